"""A case is not handled before the statement: nothing, or something empty."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache

from agent.repair.bindings import Kind
from agent.repair.candidate import Candidate, Site
from agent.repair.ingredients import names_in, read_in
from agent.repair.precedence import ATOM, OR, TERNARY
from agent.repair.source import FUNCTIONS, Module, is_generator, own_code

_NAMES_MAX = 3
_RETURNED = ("None", "[]", "{}", '""', "0", "False", "True")
_OTHERWISE = ("None", "0", '""', "[]")
_DEFAULTS = ("0", '""', "[]", "{}", "False")
_LOCAL_KINDS = (Kind.PARAMETER, Kind.VARIABLE)
_NEED_A_COLLECTION = frozenset({"dict", "len", "list", "max", "min", "set", "sorted", "sum", "tuple"})
_READS_NOTHING = (ast.Pass, ast.Break, ast.Continue, ast.Global, ast.Nonlocal, ast.Import, ast.ImportFrom)
_UNGUARDED = (*_READS_NOTHING, *FUNCTIONS, ast.ClassDef)


def guard(site: Site) -> Iterator[Candidate]:
    """Before the statement: `if x is None: return …`, `if not x: return …`, `continue`, `break` or `x = []`."""
    node, module = site.node, site.module
    if not isinstance(node, ast.stmt) or isinstance(node, _UNGUARDED) or module.function_of(node) is None:
        return
    indent, start = module.indentation(node), module.span(node)[0]
    if indent is None or module.text.startswith("elif", start):
        return
    at = start - len(indent)
    unit = "\t" if "\t" in indent else " " * 4
    for test, exit_, weight in _guards(site, node):
        text = f"{indent}if {test}:{module.newline}{indent}{unit}{exit_}{module.newline}"
        yield site.splice((at, at), text, f"`if {test}: {exit_}` comes before this line", weight)


def default_value(site: Site) -> Iterator[Candidate]:
    """`x or []` for `x` where something is needed to loop over, count, add or look into."""
    node, module = site.node, site.module
    if not isinstance(node, (ast.Name, ast.Attribute)) or not _is_needed(module, node):
        return
    own = module.segment(node)
    for value in ("[]", '""', "{}", "0", "()"):
        yield site.replace(node, f"{own} or {value}", OR)
    yield site.replace(node, f"[] if {own} is None else {own}", TERNARY, 0.3)


def lookup(site: Site) -> Iterator[Candidate]:
    """`d.get(k, default)` for `d[k]`, another default for `d.get(k)`, and `d[k]` for `d.get(k)`."""
    module = site.module
    match site.node:
        case ast.Subscript(value=value, slice=key, ctx=ast.Load()) as node if not _is_position(key):
            base = site.operand(value, ATOM)
            for default in ("", *(f", {empty}" for empty in _DEFAULTS)):
                yield site.replace(node, f"{base}.get({module.segment(key)}{default})")
        case ast.Call(func=ast.Attribute(value=value, attr="get"), args=[key, *rest], keywords=[]) as node:
            base, own = site.operand(value, ATOM), [module.segment(default) for default in rest]
            yield site.replace(node, f"{base}[{module.segment(key)}]")
            for default in (*_DEFAULTS, module.segment(key)):
                if [default] != own:
                    yield site.replace(node, f"{base}.get({module.segment(key)}, {default})")


def value_or_none(site: Site) -> Iterator[Candidate]:
    """`a if b else 0` and the like for a value `a` that looks at `b`."""
    node, module = site.node, site.module
    if not isinstance(node, ast.expr) or module.field(node) != "value" or isinstance(node, ast.IfExp):
        return
    statement = module.parent(node)
    if not isinstance(statement, ast.Assign | ast.Return):
        return
    names = read_in(node)
    inner = (one for one in ast.walk(node) if isinstance(one, ast.Name | ast.Attribute) and one is not node)
    read = (one for one in inner if names_in(one) <= names)
    whole = (one for one in read if module.field(one) != "func" and not isinstance(module.parent(one), ast.Attribute))
    own = site.operand(node, OR)
    for name in list(dict.fromkeys(map(module.segment, whole)))[: site.most(_NAMES_MAX)]:
        for other in _OTHERWISE:
            yield site.replace(node, f"{own} if {name} else {other}", TERNARY)


def _guards(site: Site, node: ast.stmt) -> Iterator[tuple[str, str, float]]:
    """Return test, way out and weight of each guard."""
    function = site.module.function_of(node)
    exits = _returned_values(function) if function else ()
    in_loop = site.module.loop_of(node) is not None
    for name in _guarded_names(site, node):
        for test, weight in ((f"{name} is None", 1.0), (f"not {name}", 0.8)):
            for rank, value in enumerate(exits):
                yield test, f"return {value}".rstrip(), weight / (1 + rank / 4)
            if test == f"not {name}" and exits != ("",):
                yield test, f"return {name}", weight * 0.4
            elif test != f"not {name}":
                yield test, f"{name} = []", weight * 0.5
                yield test, f"{name} = {{}}", weight * 0.5
            if in_loop:
                yield test, "continue", weight
                yield test, "break", weight * 0.5


@lru_cache(maxsize=64)
def _returned_values(function: ast.AST) -> tuple[str, ...]:
    """Return values to return, those the function already returns first; a bare return where it gives none."""
    returned = [inner.value for inner in own_code(function) if isinstance(inner, ast.Return)]
    if is_generator(function) or not any(returned):
        return ("",)
    plain = [ast.unparse(value).replace("''", '""') for value in returned if value and _is_plain(value)]
    return tuple(dict.fromkeys([*plain, *_RETURNED]))[:6]


def _guarded_names(site: Site, node: ast.stmt) -> list[str]:
    """Return up to three variables the statement's own code reads, those it looks into first."""
    module = site.module
    local = [b for b in module.names(node) if b.kind in _LOCAL_KINDS and not isinstance(b.scope, ast.Module)]
    bound = {binding.name for binding in local} - {"self", "cls"}
    lines = module.own_lines(node)
    read = [name for name in _names_read(node) if name.id in bound and name.lineno in lines]
    looked_into = [name.id for name in read if isinstance(module.parent(name), (ast.Attribute, ast.Subscript))]
    return list(dict.fromkeys([*looked_into, *(name.id for name in read)]))[:_NAMES_MAX]


def _names_read(node: ast.AST) -> list[ast.Name]:
    """Return the names a node loads, in source order."""
    names = [name for name in ast.walk(node) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Load)]
    return sorted(names, key=lambda name: (name.lineno, name.col_offset))


def _is_needed(module: Module, node: ast.expr) -> bool:
    """Tell whether None would raise here."""
    parent, field = module.parent(node), module.field(node)
    if field == "iter" or isinstance(parent, (ast.Assign, ast.BinOp, ast.Return)):
        return isinstance(getattr(node, "ctx", None), ast.Load)
    return isinstance(parent, ast.Call) and field == "args" and module.segment(parent.func) in _NEED_A_COLLECTION


def _is_plain(node: ast.expr) -> bool:
    match node:
        case ast.Constant() | ast.List(elts=[]) | ast.Tuple(elts=[]) | ast.Dict(keys=[]):
            return True
    return False


def _is_position(node: ast.expr) -> bool:
    """Tell whether a subscript cannot be a key: a slice, a number, a sum."""
    number = isinstance(node, ast.Constant) and isinstance(node.value, int)
    return number or isinstance(node, (ast.Slice, ast.Tuple, ast.BinOp, ast.UnaryOp))
