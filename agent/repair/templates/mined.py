"""A condition, an argument or a call is missing that stands elsewhere in the file."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice, permutations

from agent.repair.candidate import Candidate, Site, quoted
from agent.repair.ingredients import TESTED, Piece, calls, conditions, local_names, nearby, unread, visible_names
from agent.repair.precedence import AND, ATOM, COMPARE, NOT, OR, level
from agent.repair.source import FUNCTIONS, Module
from agent.repair.templates.attributes import class_attributes
from agent.repair.templates.boolean import is_condition

_NAMES_MAX = 5
_COMPARED_MAX = 3
_MINED_MAX = 20
_CALLS_MAX = 12
_METHODS_MAX = 6
LONGEST_METHOD = 40  # characters
_CONSTANTS = ("None", "True", "False", "0", "1", '""')


def mined_condition(site: Site) -> Iterator[Candidate]:
    """For a condition that is a constant: what is asked elsewhere, or a plain question about a name."""
    node, module = site.node, site.module
    if (
        not isinstance(node, ast.Constant)
        or not isinstance(module.parent(node), TESTED)
        or module.field(node) != "test"
    ):
        return
    for name in local_names(module, node)[: site.most(_NAMES_MAX)]:
        yield site.replace(node, name)
        yield site.replace(node, f"not {name}", NOT)
        yield site.replace(node, f"{name} is None", COMPARE)
        yield site.replace(node, f"{name} is not None", COMPARE)
    for piece, near in islice(nearby(module, node, conditions(module)), site.most(_MINED_MAX)):
        yield site.replace(node, piece.text, _level(piece), near)
        yield site.replace(node, f"not ({piece.text})", NOT, near * 0.5)
    for one, other in permutations(local_names(module, node)[:_COMPARED_MAX], 2):
        for sign in ("==", "<", "<=") if one < other else ("<", "<="):
            yield site.replace(node, f"{one} {sign} {other}", COMPARE, 0.2)
    for name in local_names(module, node)[: site.most(_NAMES_MAX)]:
        for own in (f"self.{name}", f"self._{name}"):
            if own.partition(".")[2] in class_attributes(module, node):
                yield site.replace(node, f"{name} == {own}", COMPARE, 0.3)


def mined_part(site: Site) -> Iterator[Candidate]:
    """`a and b` or `a or b` for a condition `a`, with a `b` that is asked elsewhere in the file."""
    node, module = site.node, site.module
    if not isinstance(node, ast.expr) or not is_condition(site, node) or isinstance(node, ast.Constant):
        return
    own = module.segment(node)
    pieces = [(piece, near) for piece, near in nearby(module, node, conditions(module)) if piece.text not in own]
    for piece, near in pieces[: site.most(_MINED_MAX)]:
        for word, binding in (("and", AND), ("or", OR)):
            part = piece.text if _level(piece) > binding else f"({piece.text})"
            text = f"{site.operand(node, binding)} {word} {part}"
            yield site.replace(node, text, binding, near)


def mined_argument(site: Site) -> Iterator[Candidate]:
    """One more positional argument: what another call of the same function passes there, an unread name, a constant."""
    node, module = site.node, site.module
    if not isinstance(node, ast.Call) or node.keywords or any(isinstance(arg, ast.Starred) for arg in node.args):
        return
    if len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp):
        return
    at = module.span(node.args[-1])[1] if node.args else module.span(node)[1] - 1
    if node.args and module.text[at : module.span(node)[1] - 1].strip():
        return
    for text, weight in _arguments(site, node):
        added = f", {text}" if node.args else text
        yield site.splice((at, at), added, f"the argument {quoted(text)} is added", weight)


def keyword_value(site: Site) -> Iterator[Candidate]:
    """Another value for a keyword argument: the name it is called by, an attribute of that name, what other calls pass,
    a constant.
    """
    node, module = site.node, site.module
    holder = module.parent(node)
    if not isinstance(holder, ast.keyword) or holder.arg is None or not isinstance(node, (ast.Constant, ast.Name)):
        return
    own, known = module.segment(node), visible_names(module, node)
    texts = {holder.arg: 1.0} if holder.arg in known else {}
    if "self" in known:
        texts |= {f"self.{holder.arg}": 0.8, f"self._{holder.arg}": 0.4}
    if isinstance(node, ast.Name) and node.id not in {"self", "cls", holder.arg}:
        texts[f"{node.id}.{holder.arg}"] = 0.5
    others = (piece for _, given in calls(module) for piece in given if isinstance(piece.node, ast.keyword))
    same = (piece for piece in others if getattr(piece.node, "arg", "") == holder.arg and piece.node is not holder)
    for piece, near in islice(nearby(module, node, same), site.most(_NAMES_MAX)):
        texts.setdefault(piece.text.partition("=")[2].strip(), near * 0.8)
    for name in [*local_names(module, node)[: site.most(_NAMES_MAX)], *_CONSTANTS]:
        texts.setdefault(name, 0.25)
    for text, weight in texts.items():
        if text != own:
            yield site.replace(node, text, level(ast.parse(text, mode="eval").body), weight)


def mined_call(site: Site) -> Iterator[Candidate]:
    """`f(x)` for `x`, with a function that the file calls with one argument, or defines for one; `x.m()`, with a method
    that it calls with constants only.

    For an `x` that does nothing, it is a function that nothing reads.
    """
    node, module = site.node, site.module
    if not isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.Constant)):
        return
    if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load) or module.field(node) not in {
        "value",
        "args",
        "test",
    }:
        return
    if isinstance(module.parent(node), (ast.Attribute, ast.Subscript, ast.Starred)):
        return
    known, own, function = visible_names(module, node), module.segment(node), module.function_of(node)
    if isinstance(module.parent(node), ast.Expr):
        is_idle = isinstance(node, ast.Name) and function is not None
        fitting = [name for name in unread(module, function) if name in known] if is_idle else []
    else:
        fitting = [name for name in _functions_of_one(module) if name.partition(".")[0] in known]
    for name in fitting[: site.most(_CALLS_MAX)]:
        if not own.startswith(f"{name}("):
            yield site.replace(node, f"{name}({own})", ATOM)
    for call in _method_calls(module)[: site.most(_METHODS_MAX)]:
        if not own.endswith(call) and not isinstance(module.parent(node), ast.Expr):
            yield site.replace(node, f"{site.operand(node, ATOM)}{call}", ATOM)


def _arguments(site: Site, node: ast.Call) -> Iterator[tuple[str, float]]:
    module, count = site.module, len(node.args)
    called = getattr(node.func, "attr", getattr(node.func, "id", ""))
    same = [given for other, given in calls(module) if other is not node and _called(other) == called and called]
    pieces = [piece for given in same for piece in given[count:] if len(given) > count]
    for piece, near in islice(nearby(module, node, pieces), site.most(_NAMES_MAX)):
        yield piece.text, max(near, 0.6)
    yield from ((text, 0.5) for text in islice(_of_own(module, node, pieces), site.most(_NAMES_MAX)))
    function = module.function_of(node)
    yield from ((name, 0.7) for name in (unread(module, function) if function else ()))
    yield from ((name, 0.2) for name in local_names(module, node)[: site.most(_NAMES_MAX)])
    yield from ((text, 0.1) for text in _CONSTANTS)


def _of_own(module: Module, node: ast.AST, pieces: Iterable[Piece]) -> Iterator[str]:
    """Attributes read elsewhere of what has no name here, as those of what has one: `b.value` for `a.value`."""
    known = visible_names(module, node)
    read = (piece.node for piece in pieces if isinstance(piece.node, ast.Attribute) and not piece.names <= known)
    attributes = dict.fromkeys(one.attr for one in read if isinstance(one.value, ast.Name))
    return (f"{name}.{attribute}" for attribute in attributes for name in local_names(module, node))


def _called(node: ast.Call) -> str:
    return str(getattr(node.func, "attr", getattr(node.func, "id", "")))


def _level(piece: Piece) -> int:
    return level(piece.node) if isinstance(piece.node, ast.expr) else ATOM


@lru_cache(maxsize=8)
def _functions_of_one(module: Module) -> tuple[str, ...]:
    """Functions called for their value with one plain argument, the commonest first, then those defined with one."""
    called = [
        (module.segment(node.func), _is_used(module, node))
        for node, _ in calls(module)
        if len(node.args) == 1 and not node.keywords and _is_function(node.func)
    ]
    counted = Counter(name for name, is_used in called if is_used)
    ordered = {name for name, is_used in called if not is_used and name not in counted}
    defined = [
        node.name
        for node in module.tree.body
        if isinstance(node, FUNCTIONS) and len(node.args.args) - len(node.args.defaults) == 1
    ]
    names = [*(name for name, _ in counted.most_common()), *(name for name in defined if name not in ordered)]
    return tuple(dict.fromkeys(names))


@lru_cache(maxsize=8)
def _method_calls(module: Module) -> tuple[str, ...]:
    """What is called on values with constants alone, as `.decode("utf-8")`, the commonest first."""
    found: Counter[str] = Counter()
    for node, _ in calls(module):
        is_plain = not node.keywords and all(isinstance(one, ast.Constant) for one in node.args)
        if isinstance(node.func, ast.Attribute) and is_plain and _is_used(module, node) and not _is_function(node.func):
            text = module.segment(node)[len(module.segment(node.func.value)) :].strip()
            found[text] += len(text) <= LONGEST_METHOD and text.startswith(".") and text.isprintable()
    return tuple(text for text, times in found.most_common() if times)


def _is_used(module: Module, node: ast.AST) -> bool:
    """Whether something is made of the value of a call, awaited or not."""
    parent = module.parent(node)
    return not isinstance(module.parent(parent) if isinstance(parent, ast.Await) else parent, ast.Expr)


def _is_function(node: ast.expr) -> bool:
    """Whether a call is written as of a function, `f` or `module.f` or `self.f`, not as a method of a value."""
    return isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
                                          and node.value.id in {"self", "cls", "re", "math", "os"})  # fmt: skip
