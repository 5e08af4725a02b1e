"""Measures our source against the house's limits. Standard library only."""

import ast
from collections.abc import Iterator
from pathlib import Path

FILE_LINES = 300
FUNCTION_LINES = 40  # from the first statement to the last: a long signature is the parameters' matter
PARAMETERS = 5  # positional ones, self and cls not counted, and again as many keyword-only collaborators
NESTING = 3
# In a command every option is a parameter.
COMMANDS = "agent/cli/"
# The batch worker, the top of the command line; and the plug-in, which must outlive the target's code around it.
BROAD_EXCEPT_ALLOWED = ("agent/batch/", "agent/cli/app.py", "tools/testing/plugin/")

Function = ast.FunctionDef | ast.AsyncFunctionDef
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)


def violations(root: Path, folders: tuple[str, ...]) -> list[str]:
    """Return one line, `path:line: what`, for each limit broken in the Python files of these folders of root."""
    paths = sorted(path for folder in folders for path in (root / folder).rglob("*.py"))
    return [line for path in paths for line in _in_file(path.relative_to(root).as_posix(), path.read_text("utf-8"))]


def _in_file(name: str, source: str) -> Iterator[str]:
    if (lines := len(source.splitlines())) > FILE_LINES:
        yield f"{name}:1: {lines} lines in the file, at most {FILE_LINES}"
    for node in ast.walk(ast.parse(source, name)):
        if isinstance(node, Function):
            yield from (f"{name}:{node.lineno}: {node.name} {what}" for what in _in_function(name, node))
        if isinstance(node, ast.ExceptHandler) and _is_broad(node) and not name.startswith(BROAD_EXCEPT_ALLOWED):
            yield f"{name}:{node.lineno}: catches everything; name the exceptions or raise again"


def _in_function(name: str, function: Function) -> Iterator[str]:
    lines = (function.end_lineno or 0) - function.body[0].lineno + 1
    if lines > FUNCTION_LINES:
        yield f"has {lines} lines, at most {FUNCTION_LINES}"
    if (depth := _depth(function.body)) > NESTING:
        yield f"nests {depth} deep, at most {NESTING}"
    if name.startswith(COMMANDS):
        return
    arguments = function.args
    positional = [arg.arg for arg in (*arguments.posonlyargs, *arguments.args) if arg.arg not in ("self", "cls")]
    for kind, count in (("positional", len(positional)), ("keyword-only", len(arguments.kwonlyargs))):
        if count > PARAMETERS:
            yield f"takes {count} {kind} parameters, at most {PARAMETERS}"


def _depth(body: list[ast.stmt]) -> int:
    return max((_depth_of(statement) for statement in body), default=0)


def _depth_of(statement: ast.stmt) -> int:
    if not isinstance(statement, BLOCKS):
        return 0
    return max((1 + _depth(_inner(statement)), *(_depth_of(branch) for branch in _elifs(statement))))


def _inner(statement: ast.stmt) -> list[ast.stmt]:
    holders = [statement, *getattr(statement, "handlers", []), *getattr(statement, "cases", [])]
    bodies = [getattr(holder, part, []) for holder in holders for part in ("body", "orelse", "finalbody")]
    branches = _elifs(statement)
    return [inner for body in bodies for inner in body if inner not in branches]


def _elifs(statement: ast.stmt) -> list[ast.stmt]:
    """An elif is an if alone in the else branch that starts in its parent's column: as deep, not deeper."""
    if isinstance(statement, ast.If) and len(statement.orelse) == 1:
        (branch,) = statement.orelse
        if isinstance(branch, ast.If) and branch.col_offset == statement.col_offset:
            return [branch]
    return []


def _is_broad(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    broad = any(kind is None or ast.unparse(kind) in ("Exception", "BaseException") for kind in caught)
    ends_in_raise = isinstance(handler.body[-1], ast.Raise) and handler.body[-1].exc is None
    return broad and not ends_in_raise
