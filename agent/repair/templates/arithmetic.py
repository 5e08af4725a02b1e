"""An arithmetic expression uses the wrong operator, order, operand or sign."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from agent.repair.candidate import Candidate, Site
from agent.repair.precedence import OPERATORS, POWER, UNARY, level

SYMBOLS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
}
_SWAPS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add, ast.Mult, ast.Mod),
    ast.Mult: (ast.Div, ast.Add, ast.Pow, ast.FloorDiv),
    ast.Div: (ast.FloorDiv, ast.Mult, ast.Mod),
    ast.FloorDiv: (ast.Div, ast.Mod, ast.Mult),
    ast.Mod: (ast.FloorDiv, ast.Div, ast.Mult),
    ast.Pow: (ast.Mult,),
    ast.BitAnd: (ast.BitOr, ast.BitXor),
    ast.BitOr: (ast.BitAnd, ast.BitXor),
    ast.BitXor: (ast.BitAnd, ast.BitOr),
    ast.LShift: (ast.RShift,),
    ast.RShift: (ast.LShift,),
}
_TEXT_SWAPS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {ast.Add: (ast.Mult,), ast.Mult: (ast.Add,)}
_ONE_WAY = (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.LShift, ast.RShift)
_SYMBOL = re.compile(r"#[^\r\n]*|\*\*|//|<<|>>|[-+*/%&|^@]")


def arithmetic(site: Site) -> Iterator[Candidate]:
    """`+` for `-`, `/` for `//` and the like; a text can be added to one, or repeated."""
    node = site.node
    if not isinstance(node, ast.BinOp) or (_is_text(node.left) and _is_text(node.right)):
        return
    swaps = _TEXT_SWAPS if _is_text(node.left) or _is_text(node.right) else _SWAPS
    for rank, operator in enumerate(swaps.get(type(node.op), ())):
        yield _with_operator(site, node, operator, 1.0 / (rank + 1))


def operand_order(site: Site) -> Iterator[Candidate]:
    """`a - b` for `b - a`, where the order matters."""
    node = site.node
    if not isinstance(node, ast.BinOp) or not (isinstance(node.op, _ONE_WAY) or _may_be_text(node)):
        return
    if isinstance(node.op, ast.Mod) and _is_text(node.left):
        return
    symbol, binding = SYMBOLS[type(node.op)], OPERATORS[type(node.op)]
    left_level, right_level = _operand_levels(type(node.op))
    left, right = site.operand(node.right, left_level), site.operand(node.left, right_level)
    if left != right:
        yield site.replace(node, f"{left} {symbol} {right}", binding)


def operand_drop(site: Site) -> Iterator[Candidate]:
    """`a` or `b` for `a + b`."""
    if not isinstance(site.node, ast.BinOp):
        return
    for kept in (site.node.left, site.node.right):
        yield site.replace(site.node, site.module.segment(kept), level(kept))


def sign(site: Site) -> Iterator[Candidate]:
    """`x` for `-x`, and `-x` for a returned or added `x`."""
    node, module = site.node, site.module
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Invert)):
        yield site.replace(node, module.segment(node.operand), level(node.operand))
        return
    counted = isinstance(module.parent(node), (ast.Return, ast.BinOp))
    if counted and isinstance(node, (ast.Name, ast.Attribute, ast.Call)):
        yield site.replace(node, f"-{module.segment(node)}", UNARY, 0.5)


def _with_operator(site: Site, node: ast.BinOp, operator: type[ast.operator], weight: float) -> Candidate:
    """Swap the symbol alone where that keeps the grouping, else rewrite the whole expression."""
    start, end = site.module.span(node.left)[1], site.module.span(node.right)[0]
    spans = [found.span() for found in _SYMBOL.finditer(site.module.text, start, end) if found.group()[0] != "#"]
    left_level, right_level = _operand_levels(operator)
    left, right = site.operand(node.left, left_level), site.operand(node.right, right_level)
    symbol, binding = SYMBOLS[operator], OPERATORS[operator]
    whole = site.module.segment(node)
    grouped = (left, right) == (site.module.segment(node.left), site.module.segment(node.right))
    if grouped and site.fitted(node, whole, binding) == whole:
        return site.splice(spans[0], symbol, weight=weight)
    return site.replace(node, f"{left} {symbol} {right}", binding, weight)


def _operand_levels(operator: type[ast.operator]) -> tuple[int, int]:
    """Return what the left and the right operand must reach to stand bare."""
    binding = OPERATORS[operator]
    return (POWER + 1, UNARY) if operator is ast.Pow else (binding, binding + 1)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)))


def _may_be_text(node: ast.BinOp) -> bool:
    return isinstance(node.op, ast.Add) and (_is_text(node.left) or _is_text(node.right))
