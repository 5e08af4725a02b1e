"""Errors made silent: new handlers that catch everything and go on, assertions caught, warnings of them dropped."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from agent.core.verdict import Flag
from agent.review.source import Source

BROAD = frozenset({"Exception", "BaseException", ""})
ASSERTION = "AssertionError"
QUIET = (ast.Pass, ast.Continue, ast.Break, ast.Return, ast.Assign)


def swallowed(source: Source) -> Iterator[Flag]:
    """Flags for handlers and `suppress` on added lines that hide errors the function did not hide before."""
    for node in source.new:
        if isinstance(node, ast.ExceptHandler) and not _goes_on_up(node):
            yield from _handler(node, source)
        if isinstance(node, ast.Call) and source.names.dotted(node.func) == "contextlib.suppress":
            kinds = {source.names.dotted(kind) for kind in node.args}
            hidden = sorted(kinds & {*BROAD, ASSERTION})
            if hidden:
                yield Flag(source.path, node.lineno, "swallowed", f"{hidden[0]} is suppressed, whatever raised it")


def _handler(node: ast.ExceptHandler, source: Source) -> Iterator[Flag]:
    kinds = _kinds(node, source)
    if ASSERTION in kinds and not _had(node, source, frozenset({ASSERTION})):
        yield Flag(source.path, node.lineno, "swallowed", "an AssertionError is caught, so a failed check passes")
    broad = sorted(kinds & BROAD)
    if broad and _is_quiet(node) and not _had(node, source, BROAD):
        what = broad[0] or "everything"
        yield Flag(source.path, node.lineno, "broad-except", f"{what} is caught and nothing is made of it")


def _kinds(node: ast.ExceptHandler, source: Source) -> frozenset[str]:
    if node.type is None:
        return frozenset({""})
    caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    return frozenset(source.names.dotted(kind) for kind in caught)


def _is_quiet(node: ast.ExceptHandler) -> bool:
    """Whether nothing but constants comes of it, and nobody looks at the error."""
    if not all(isinstance(statement, QUIET) for statement in node.body):
        return False
    values = [getattr(statement, "value", None) for statement in node.body]
    return all(value is None or _is_constant(value) for value in values)


def _is_constant(node: ast.AST) -> bool:
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return all(_is_constant(part) for part in node.elts)
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Dict) and not node.keys)


def _goes_on_up(node: ast.ExceptHandler) -> bool:
    return any(isinstance(inner, ast.Raise) for inner in ast.walk(node))


def _had(node: ast.ExceptHandler, source: Source, kinds: frozenset[str]) -> bool:
    """Whether the function, or the file for code outside of any, caught these before."""
    function = source.functions.get(node.lineno)
    former = source.former(function) if function is not None else source.before
    if former is None:
        return False
    handlers = (inner for inner in ast.walk(former) if isinstance(inner, ast.ExceptHandler))
    return any(_kinds(handler, source) & kinds for handler in handlers)
