"""The tool that finds where a function or class is defined, and shows it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tools.context import ToolContext
from tools.errors import ToolError
from tools.explore import tracked
from tools.patch import decode
from tools.secrets.files import is_secret_file

MAX_SHOWN = 5
MAX_LINES = 80


def find_symbol(ctx: ToolContext, name: str) -> str:
    """Show the definitions of a function, method or class; `Class.method` works."""
    if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", name):
        raise ToolError("bad-name", f"{name!r} is not a name", "give a name such as `parse` or `Parser.feed`")
    found = list(_definitions(ctx, name))
    if not found:
        raise ToolError("no-symbol", f"no function or class {name} is defined here", "search for where it is used")
    rest = [f"... and {len(found) - MAX_SHOWN} more"] if len(found) > MAX_SHOWN else []
    return "\n\n".join([*found[:MAX_SHOWN], *rest])


def _definitions(ctx: ToolContext, name: str) -> Iterator[str]:
    last = name.rsplit(".", 1)[-1]
    for path in tracked(ctx, ""):
        if not path.endswith(".py") or is_secret_file(path, ctx.denied) or (ctx.workspace.tree / path).is_symlink():
            continue
        try:
            text = decode((ctx.workspace.tree / path).read_bytes())
            if last not in text:
                continue
            tree = ast.parse(text.removeprefix("\ufeff"))
        except (OSError, SyntaxError, ValueError):
            continue
        lines = text.split("\n")
        yield from (_shown(path, node, lines) for dotted, node in _named(tree, "") if _matches(dotted, name))


def _matches(dotted: str, name: str) -> bool:
    return dotted == name or dotted.endswith(f".{name}")


def _named(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.stmt]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield f"{prefix}{child.name}", child
            yield from _named(child, f"{prefix}{child.name}.")
        else:
            yield from _named(child, prefix)


def _shown(path: str, node: ast.stmt, lines: list[str]) -> str:
    end = node.end_lineno or node.lineno
    last = min(end, node.lineno + MAX_LINES - 1)
    more = [f"... to line {end}"] if last < end else []
    return "\n".join([f"{path}:{node.lineno}:", *lines[node.lineno - 1 : last], *more])
