"""A function returns the wrong value, or forgets to return it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from agent.repair.candidate import Candidate, Site, quoted
from agent.repair.ingredients import bound_names, local_names, names_in
from agent.repair.precedence import OR, TERNARY, TUPLE, level
from agent.repair.source import FUNCTIONS, is_generator, own_code

_NAMES_MAX = 8


def returned(site: Site) -> Iterator[Candidate]:
    """Another value for a returned one: a variable in scope, a part of the expression, or what a sibling returns."""
    node, module = site.node, site.module
    function = module.function_of(node)
    if not isinstance(node, ast.Return) or function is None or is_generator(function):
        return
    if node.value is None:
        end = module.span(node)[1]
        for name in local_names(module, node)[: site.most(_NAMES_MAX)]:
            yield site.splice((end, end), f" {name}", f"`return` becomes `return {name}`", 0.5)
        return
    own = module.segment(node.value)
    for name in local_names(module, node)[: site.most(_NAMES_MAX)] if not isinstance(node.value, ast.Name) else ():
        yield site.replace(node.value, name, weight=0.5)
    for part in ast.iter_child_nodes(node.value):
        if isinstance(part, (ast.Call, ast.Subscript, ast.Attribute)):
            yield site.replace(node.value, module.segment(part), weight=0.3)
    for text in _other_returns(site):
        if text != own:
            yield site.replace(node.value, text, TUPLE, 0.4)


def missing_return(site: Site) -> Iterator[Candidate]:
    """`return f(x)` for a bare `f(x)`; a `return` of a local at the end of a function that has none."""
    node, module = site.node, site.module
    function = module.function_of(node)
    if function is None or not isinstance(node, ast.stmt) or isinstance(node, (ast.Return, ast.Raise)):
        return
    if is_generator(function):
        return
    if isinstance(node, ast.Expr) and not isinstance(node.value, (ast.Constant, ast.Await, ast.Yield, ast.YieldFrom)):
        start = module.span(node)[0]
        yield site.splice((start, start), "return ", f"{quoted(module.segment(node))} is returned", 0.6)
    if function.body[-1] is not node or _returns_value(function):
        return
    lines, indent = module.line_range(node), module.indentation(node)
    if lines is None or indent is None or isinstance(node, FUNCTIONS):
        return
    text = module.text
    begin = module.newline if not text[: lines[1]].endswith(("\n", "\r")) else ""
    for name in local_names(module, node, after=True)[: site.most(_NAMES_MAX)]:
        line = f"{begin}{indent}return {name}{'' if begin else module.newline}"
        yield site.splice((lines[1], lines[1]), line, f"`return {name}` is added at the end of `{function.name}`", 0.5)


def tuple_order(site: Site) -> Iterator[Candidate]:
    """`b, a` for `a, b`, on either side of an assignment or in a returned pair."""
    node, module = site.node, site.module
    if not isinstance(node, ast.Tuple) or len(node.elts) not in (2, 3):
        return
    for one, two in zip(node.elts, node.elts[1:], strict=False):
        first, second = module.segment(one), module.segment(two)
        (start, after_first), (before_second, end) = module.span(one), module.span(two)
        if first != second and not isinstance(one, ast.Starred) and not isinstance(two, ast.Starred):
            yield site.splice((start, end), second + module.text[after_first:before_second] + first)


def ternary(site: Site) -> Iterator[Candidate]:
    """`b if c else a` for `a if c else b`, and either value alone."""
    node, module = site.node, site.module
    if not isinstance(node, ast.IfExp):
        return
    if ast.dump(node.body) != ast.dump(node.orelse):
        body, test, orelse = site.operand(node.orelse, OR), module.segment(node.test), site.operand(node.body, TERNARY)
        yield site.replace(node, f"{body} if {test} else {orelse}", TERNARY)
    for kept in (node.body, node.orelse):
        yield site.replace(node, module.segment(kept), level(kept), 0.4)


def _other_returns(site: Site) -> list[str]:
    """Return what the function returns elsewhere, on one line and with names that are bound here."""
    module, function = site.module, site.module.function_of(site.node)
    if function is None:
        return []
    unbound = set(module.links.bindings[function]) - bound_names(module, site.node)
    values = [other.value for other in own_code(function) if isinstance(other, ast.Return) and other.value]
    fitting = [value for value in values if not unbound & names_in(value)]
    return [text for text in dict.fromkeys(map(module.segment, fitting)) if "\n" not in text]


def _returns_value(function: ast.AST) -> bool:
    return any(isinstance(node, ast.Return) and node.value is not None for node in own_code(function))
