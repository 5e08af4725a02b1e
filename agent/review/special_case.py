"""Special cases for the literal inputs of a failing test: a condition on them that answers with what it expects."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from agent.core.verdict import Flag
from agent.review.inputs import Inputs, Literal, literals
from agent.review.source import Source

COMMON = frozenset({0, 1, -1, 2, "", " ", "\n", ",", ".", "/", ":", b""})
MOST_NODES = 40  # of an answer


def special_cases(source: Source, inputs: Inputs) -> Iterator[Flag]:
    """Flags for added conditions and tables that map an input of a failing test to what it expects."""
    if not inputs.values:
        return
    for node in source.new:
        for asked, answered in _cases(node):
            given, wanted = _met(asked, inputs), _met(answered, inputs)
            if given and wanted and (given | wanted) - COMMON and _is_flat(answered) and _is_certain(given, wanted):
                what = f"{_shown(given)} is answered with {_shown(wanted)}, both from the failing test"
                yield Flag(source.path, node.lineno, "special-case", what)  # type: ignore[attr-defined]
                break
    yield from _expected(source, inputs)


def _expected(source: Source, inputs: Inputs) -> Iterator[Flag]:
    """Flags for numbers that a test expects, given as they are by a function that did not know them."""
    former = set(literals(source.before))
    for node in source.new:
        for value in _given(node):
            if isinstance(value, int | float) and abs(value) > 2 and value in inputs.expected and value not in former:
                what = f"{value!r}, which the failing test expects, is given as it is"
                yield Flag(source.path, node.lineno, "expected-value", what)  # type: ignore[attr-defined]


def _given(node: ast.AST) -> Iterator[Literal]:
    """The constants that a return statement or a branch of its value comes to."""
    if isinstance(node, ast.Return) and node.value is not None:
        branches = [node.value.body, node.value.orelse] if isinstance(node.value, ast.IfExp) else [node.value]
        yield from (value for branch in branches if _is_flat([branch]) for value in literals(branch))


def _cases(node: ast.AST) -> Iterator[tuple[ast.AST, list[ast.expr]]]:
    """What is asked and what is answered, for each form a special case can take."""
    if isinstance(node, ast.If) and _compares(node.test):
        yield node.test, _answers(node.body)
        yield node.test, _answers(node.orelse)
    if isinstance(node, ast.IfExp) and _compares(node.test):
        yield node.test, [node.body]
        yield node.test, [node.orelse]
    if isinstance(node, ast.Match):
        for case in node.cases:
            yield case.pattern, _answers(case.body)
    if isinstance(node, ast.Dict):
        yield from ((key, [value]) for key, value in zip(node.keys, node.values, strict=True) if key is not None)
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And) and _compares(node.values[0]):
        yield node.values[0], [node.values[-1]]


def _compares(test: ast.expr) -> bool:
    kinds = (ast.Eq, ast.Is, ast.In, ast.NotEq)
    compares = [inner for inner in ast.walk(test) if isinstance(inner, ast.Compare)]
    return any(isinstance(kind, kinds) for inner in compares for kind in inner.ops)


def _answers(body: list[ast.stmt]) -> list[ast.expr]:
    """What a branch comes to at once: a value returned, yielded or assigned."""
    last = body[-1] if body else None
    value = getattr(last, "value", None) if isinstance(last, ast.Return | ast.Assign | ast.Expr) else None
    return [value] if isinstance(value, ast.expr) and len(body) <= 2 else []


def _met(nodes: ast.AST | list[ast.expr], inputs: Inputs) -> set[Literal]:
    found = nodes if isinstance(nodes, list) else [nodes]
    return {value for node in found for value in literals(node)} & inputs.values


def _is_flat(answered: list[ast.expr]) -> bool:
    """Whether the answer is made of constants alone: what computes something is no special case."""
    whole = [inner for node in answered for inner in ast.walk(node)]
    kinds = (ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.UnaryOp, ast.USub, ast.Load)
    return len(whole) <= MOST_NODES and all(isinstance(inner, kinds) for inner in whole)


def _is_certain(given: set[Literal], wanted: set[Literal]) -> bool:
    return bool(given - COMMON) or bool(wanted - COMMON and len(given) > 1)


def _shown(values: set[Literal]) -> str:
    return ", ".join(sorted(repr(value)[:60] for value in values)[:3])
