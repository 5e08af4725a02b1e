"""A condition joins its parts wrongly or says the opposite."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from agent.repair.candidate import Candidate, Site
from agent.repair.precedence import COMPARE, NOT, OPERATORS, level

_OTHER: dict[type[ast.boolop], tuple[str, type[ast.boolop]]] = {ast.And: ("or", ast.Or), ast.Or: ("and", ast.And)}


def connective(site: Site) -> Iterator[Candidate]:
    """`and` for `or`."""
    node = site.node
    if not isinstance(node, ast.BoolOp):
        return
    word, operator = _OTHER[type(node.op)]
    binding = OPERATORS[operator]
    text = f" {word} ".join(site.operand(value, binding) for value in node.values)
    yield site.replace(node, text, binding)


def negation(site: Site) -> Iterator[Candidate]:
    """`not x` for `x` in a condition, and the other way round; plain comparisons are left to their own template."""
    node, module = site.node, site.module
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield site.replace(node, module.segment(node.operand), level(node.operand))
    elif isinstance(node, ast.expr) and not _has_opposite(node) and _is_truth(site, node):
        yield site.replace(node, f"not {site.operand(node, NOT)}", NOT)


def truthiness(site: Site) -> Iterator[Candidate]:
    """`x is not None` for the truth of `x`, `x is None` for `not x`, and the other way round."""
    node, module = site.node, site.module
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=ast.Name() | ast.Attribute() | ast.Subscript() | ast.Call() as value):
            yield site.replace(node, f"{module.segment(value)} is None", COMPARE)
        case ast.Name() | ast.Attribute() | ast.Subscript() | ast.Call() if is_condition(site, node):
            yield site.replace(node, f"{module.segment(node)} is not None", COMPARE)
        case ast.Compare(left=value, ops=[operator], comparators=[ast.Constant(value=None)]):
            if isinstance(operator, ast.Is):
                yield site.replace(node, f"not {site.operand(value, NOT)}", NOT)
            elif isinstance(operator, ast.IsNot) and _is_truth(site, node):
                yield site.replace(node, module.segment(value), level(value))


def is_condition(site: Site, node: ast.AST) -> bool:
    """Tell whether a node is used for its truth: a test, a filter, or a part of one."""
    field, parent = site.module.field(node), site.module.parent(node)
    return field in {"test", "ifs", "guard"} or (isinstance(parent, ast.BoolOp) and is_condition(site, parent))


def _is_truth(site: Site, node: ast.expr) -> bool:
    return is_condition(site, node) or isinstance(site.module.parent(node), (ast.BoolOp, ast.Return))


def _has_opposite(node: ast.expr) -> bool:
    return isinstance(node, ast.Compare) and len(node.ops) == 1
