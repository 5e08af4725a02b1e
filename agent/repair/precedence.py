"""How tightly Python's expressions bind, so that a spliced expression gets parentheses when it needs them."""

from __future__ import annotations

import ast

TUPLE, TERNARY, OR, AND, NOT, COMPARE, BIT_OR, BIT_XOR, BIT_AND, SHIFT, SUM, TERM, UNARY, POWER, AWAIT, ATOM = range(16)

OPERATORS: dict[type[ast.AST], int] = {
    ast.Or: OR,
    ast.And: AND,
    ast.Not: NOT,
    ast.BitOr: BIT_OR,
    ast.BitXor: BIT_XOR,
    ast.BitAnd: BIT_AND,
    ast.LShift: SHIFT,
    ast.RShift: SHIFT,
    ast.Add: SUM,
    ast.Sub: SUM,
    ast.Mult: TERM,
    ast.Div: TERM,
    ast.FloorDiv: TERM,
    ast.Mod: TERM,
    ast.MatMult: TERM,
    ast.Invert: UNARY,
    ast.UAdd: UNARY,
    ast.USub: UNARY,
    ast.Pow: POWER,
}
_LEVELS: dict[type[ast.AST], int] = {
    ast.Tuple: TUPLE,
    ast.NamedExpr: TUPLE,
    ast.Yield: TUPLE,
    ast.YieldFrom: TUPLE,
    ast.Starred: TUPLE,
    ast.Lambda: TERNARY,
    ast.IfExp: TERNARY,
    ast.Compare: COMPARE,
    ast.Await: AWAIT,
}
# What a child must reach at least to stand bare in this place; any other place takes all but a tuple.
_PLACES: dict[tuple[type[ast.AST], str], int] = {
    (ast.Expr, "value"): TUPLE,
    (ast.Assign, "value"): TUPLE,
    (ast.Return, "value"): TUPLE,
    (ast.Subscript, "slice"): TUPLE,
    (ast.For, "iter"): TUPLE,
    (ast.IfExp, "body"): OR,
    (ast.IfExp, "test"): OR,
    (ast.comprehension, "iter"): OR,
    (ast.comprehension, "ifs"): OR,
    (ast.Starred, "value"): BIT_OR,
    (ast.Compare, "left"): BIT_OR,
    (ast.Compare, "comparators"): BIT_OR,
    (ast.Attribute, "value"): ATOM,
    (ast.Subscript, "value"): ATOM,
    (ast.Call, "func"): ATOM,
    (ast.Await, "value"): ATOM,
}


def level(node: ast.AST) -> int:
    """Return how tightly a node's outermost operator binds."""
    if isinstance(node, (ast.BinOp, ast.BoolOp, ast.UnaryOp)):
        return OPERATORS[type(node.op)]
    return _LEVELS.get(type(node), ATOM)


def required(parent: ast.AST | None, field: str) -> int:
    """Return the level an expression must reach to stand in this field without parentheses."""
    match parent:
        case ast.BinOp(op=ast.Pow()):
            return AWAIT if field == "left" else UNARY
        case ast.BinOp(op=operator):
            return OPERATORS[type(operator)] + (field == "right")
        case ast.BoolOp(op=operator) | ast.UnaryOp(op=operator):
            return OPERATORS[type(operator)]
    return TERNARY if parent is None else _PLACES.get((type(parent), field), TERNARY)
