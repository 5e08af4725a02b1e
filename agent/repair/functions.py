"""Which function a line belongs to, and where that function is in another text of the same module."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from agent.repair.source import Module
from tools.testing.lab.said import FunctionAt

Function = ast.FunctionDef | ast.AsyncFunctionDef


def function_lines(module: Module, line: int) -> range | None:
    """Lines of the outermost function around a line; None at module or class level."""
    found = next((node for _, node in _outermost(module.tree, "") if line in _lines(node)), None)
    return None if found is None else _lines(found)


def qualified_name(module: Module, line: int) -> str | None:
    """Dotted name of the outermost function around a line (methods carry their class)."""
    return next((name for name, node in _outermost(module.tree, "") if line in _lines(node)), None)


def function_at(path: str, text: str, name: str) -> FunctionAt | None:
    """Where the function of that dotted name begins in a text; None when it is not there or does not parse."""
    try:
        tree = ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError):
        return None
    found = next((node for dotted, node in _outermost(tree, "") if dotted == name), None)
    return None if found is None else FunctionAt(path, found.name, _lines(found).start)


def _lines(node: Function) -> range:
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return range(first, (node.end_lineno or node.lineno) + 1)


def _outermost(node: ast.AST, prefix: str) -> Iterator[tuple[str, Function]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{prefix}{child.name}", child
        elif isinstance(child, ast.ClassDef):
            yield from _outermost(child, f"{prefix}{child.name}.")
        else:
            yield from _outermost(child, prefix)
