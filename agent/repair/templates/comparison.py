"""A comparison uses the wrong operator; boundary slips first."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from agent.repair.candidate import Candidate, Site
from agent.repair.precedence import ATOM, NOT

_ORDER_AND_EQUALITY: dict[type[ast.cmpop], tuple[tuple[str, float], ...]] = {
    ast.Lt: (("<=", 1.0), (">", 0.6), (">=", 0.5), ("==", 0.2), ("!=", 0.2)),
    ast.LtE: (("<", 1.0), (">=", 0.6), (">", 0.5), ("==", 0.3), ("!=", 0.2)),
    ast.Gt: ((">=", 1.0), ("<", 0.6), ("<=", 0.5), ("==", 0.2), ("!=", 0.3)),
    ast.GtE: ((">", 1.0), ("<=", 0.6), ("<", 0.5), ("==", 0.3), ("!=", 0.2)),
    ast.Eq: (("!=", 0.7), ("<=", 0.4), (">=", 0.4), ("<", 0.2), (">", 0.2)),
    ast.NotEq: (("==", 0.7), ("<", 0.3), (">", 0.4), ("<=", 0.2), (">=", 0.2)),
}
_IDENTITY_AND_MEMBERSHIP: dict[type[ast.cmpop], tuple[tuple[str, float], ...]] = {
    ast.Eq: (("is", 0.3), ("in", 0.6)),
    ast.NotEq: (("is not", 0.3), ("not in", 0.6)),
    ast.Is: (("is not", 1.0), ("==", 0.8)),
    ast.IsNot: (("is", 1.0), ("!=", 0.8)),
    ast.In: (("not in", 1.0), ("==", 0.5)),
    ast.NotIn: (("in", 1.0), ("!=", 0.5)),
}
_SYMBOL = re.compile(r"#[^\r\n]*|not\s+in|is\s+not|is|in|<=|>=|==|!=|<|>")


def comparison(site: Site) -> Iterator[Candidate]:
    """`<` for `<=`, `==` for `!=` and the like."""
    return _swaps(site, _ORDER_AND_EQUALITY)


def membership(site: Site) -> Iterator[Candidate]:
    """`is` for `==`, `in` for `not in` and the like."""
    return _swaps(site, _IDENTITY_AND_MEMBERSHIP)


def instance(site: Site) -> Iterator[Candidate]:
    """`isinstance(x, T)` for `type(x) == T`."""
    match site.node:
        case ast.Compare(
            left=ast.Call(func=ast.Name(id="type"), args=[value]),
            ops=[ast.Eq() | ast.Is() | ast.NotEq() | ast.IsNot() as operator],
            comparators=[ast.Name() | ast.Attribute() as kind],
        ):
            text = f"isinstance({site.module.segment(value)}, {site.module.segment(kind)})"
            is_other = isinstance(operator, ast.NotEq | ast.IsNot)
            yield site.replace(site.node, f"not {text}" if is_other else text, NOT if is_other else ATOM)


def _swaps(site: Site, table: dict[type[ast.cmpop], tuple[tuple[str, float], ...]]) -> Iterator[Candidate]:
    if not isinstance(site.node, ast.Compare):
        return
    left = site.node.left
    for operator, right in zip(site.node.ops, site.node.comparators, strict=True):
        span = _symbol_span(site, left, right)
        for symbol, weight in table.get(type(operator), ()) if span else ():
            yield site.splice(span, symbol, weight=weight)
        left = right


def _symbol_span(site: Site, left: ast.expr, right: ast.expr) -> tuple[int, int]:
    """Return where the operator between two operands is written, past parentheses and comments."""
    start, end = site.module.span(left)[1], site.module.span(right)[0]
    found = [match.span() for match in _SYMBOL.finditer(site.module.text, start, end) if match.group()[0] != "#"]
    return found[0]
