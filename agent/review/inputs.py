"""What failing tests pass in and expect: the literals of their source and of their recorded assertions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.review.source import Function
from tools.patch import decode
from tools.testing.results import Failure

LITERAL = re.compile(r"""(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
MOST_BYTES = 2_000_000

Literal = str | bytes | int | float | complex


@dataclass(frozen=True, slots=True)
class Inputs:
    """`values` stand in the failing tests, `expected` are those of them that results are compared with; `names` are
    what these tests are called.
    """

    values: frozenset[Literal] = frozenset()
    names: frozenset[str] = frozenset()
    expected: frozenset[Literal] = frozenset()


def inputs_of(tests: Iterable[str], failures: Iterable[Failure], root: Path) -> Inputs:
    """The inputs of tests by node id, relative to the test root; what cannot be read adds nothing."""
    nodes: list[ast.AST] = []
    names: set[str] = set()
    for test in tests:
        path, _, inside = test.partition("::")
        parts = inside.partition("[")[0].split("::") if inside else []
        names.update(part for part in parts if part)
        nodes += _nodes(root / path, parts)
    found = inputs_in(nodes, names)
    said = {value for failure in failures for value in _said(failure.assertion or failure.message)}
    return Inputs(found.values | said, found.names, found.expected)


def inputs_in(nodes: Iterable[ast.AST], names: Iterable[str]) -> Inputs:
    """The inputs that the syntax trees of tests hold."""
    trees = list(nodes)
    values = frozenset(value for tree in trees for value in literals(tree))
    expected = frozenset(value for tree in trees for node in _compared(tree) for value in literals(node))
    return Inputs(values, frozenset(names), expected)


def _compared(tree: ast.AST) -> Iterator[ast.AST]:
    """What results are compared with: single operands of `==`, the later arguments of `assertEqual`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq):
            yield from (side for side in (node.left, *node.comparators) if isinstance(side, ast.Constant | ast.UnaryOp))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("assertEqual", "assertEquals"):
            yield from (part for part in node.args if isinstance(part, ast.Constant | ast.UnaryOp))


def literals(node: ast.AST) -> Iterator[Literal]:
    """The constants below a node but truth values, None and documentation; a minus sign counts."""
    for inner in ast.walk(node):
        if (
            isinstance(inner, ast.UnaryOp)
            and isinstance(inner.op, ast.USub)
            and isinstance(inner.operand, ast.Constant)
        ):
            yield from (-value for value in (inner.operand.value,) if isinstance(value, int | float))
        elif isinstance(inner, ast.Constant) and isinstance(inner.value, str | bytes | int | float | complex):
            yield from (value for value in (inner.value,) if not isinstance(value, bool))


def _nodes(path: Path, parts: list[str]) -> list[ast.AST]:
    try:
        if path.stat().st_size > MOST_BYTES:
            return []
        tree: ast.AST = ast.parse(decode(path.read_bytes()))
    except (OSError, SyntaxError, ValueError, RecursionError):
        return []
    for part in parts:
        body = getattr(tree, "body", [])
        found = [node for node in body if isinstance(node, Function | ast.ClassDef) and node.name == part]
        if not found:
            break
        tree = found[-1]
    return [tree]


def _said(text: str) -> Iterator[Literal]:
    for found in LITERAL.finditer(text[:4000]):
        try:
            yield ast.literal_eval(found[0])
        except (SyntaxError, ValueError):
            continue
