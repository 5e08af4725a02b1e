"""A number, a truth value or an initial value is wrong."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from agent.repair.candidate import Candidate, Site
from agent.repair.precedence import ATOM, UNARY

_EMPTY_VALUES = ("None", "[]", "{}", '""', "0", "False", "True")
_LARGE = 10**15


def number(site: Site) -> Iterator[Candidate]:
    """A whole number one off, zero for one, or of the other sign."""
    node = site.node
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        yield site.replace(node, "0", weight=0.8)
    if not isinstance(node, ast.Constant) or type(node.value) is not int or node.value >= _LARGE:
        return
    value = node.value
    wanted = {value + 1: 1.0, value - 1: 1.0, 0: 0.6, 1: 0.6, 2: 0.2, -value: 0.3, value * 10: 0.1, value // 10: 0.1}
    negated = isinstance(site.module.parent(node), ast.UnaryOp)
    for new, weight in wanted.items():
        if new != value and not (negated and new < 0):
            yield site.replace(node, str(new), ATOM if new >= 0 else UNARY, weight)


def fraction(site: Site) -> Iterator[Candidate]:
    """A fractional number of the other sign, or off by a plain factor."""
    node = site.node
    if not isinstance(node, ast.Constant) or type(node.value) is not float:
        return
    value = node.value
    wanted = (0.0, 1.0, -value, value * 10, value / 10, value * 100, value / 100, value + 1, value - 1)
    for new in dict.fromkeys(wanted):
        if new != value and abs(new) < _LARGE:
            yield site.replace(node, repr(new), ATOM if new >= 0 else UNARY)


def truth(site: Site) -> Iterator[Candidate]:
    """`True` for `False`."""
    if isinstance(site.node, ast.Constant) and type(site.node.value) is bool:
        yield site.replace(site.node, str(not site.node.value))
        yield site.replace(site.node, "None", weight=0.2)


def empty_value(site: Site) -> Iterator[Candidate]:
    """Another empty value where one is assigned, returned or passed."""
    node, module = site.node, site.module
    if not isinstance(node, ast.expr) or not isinstance(module.parent(node), (ast.Assign, ast.Return, ast.keyword)):
        return
    own = module.segment(node).replace("''", '""')
    if own not in _EMPTY_VALUES and own not in {"()", "set()", "dict()", "list()"}:
        return
    for text in _EMPTY_VALUES:
        if text != own:
            yield site.replace(node, text)
    if own in {"0", "None"}:
        yield site.replace(node, 'float("inf")')
        yield site.replace(node, '-float("inf")', UNARY)
