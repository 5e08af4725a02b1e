"""Tools that change the workspace and show what was changed."""

from __future__ import annotations

from typing import Annotated

from tools.context import ToolContext
from tools.patch import decide, git_diff, parse_patch, write
from tools.spec import Result


def apply_patch(
    ctx: ToolContext, patch: Annotated[str, "The whole patch: a unified diff as one raw string."]
) -> Result:
    """Apply a unified diff to the workspace: all of it exactly, or nothing with the reason.

    Start each file with `--- a/path` and `+++ b/path` and each hunk with `@@ def name`; no line numbers are needed.
    Context and removed lines must be the file's own lines; three lines of context around a change place it.
    """
    changes = decide(parse_patch(patch), ctx.workspace.tree, ctx.checks)
    write(changes, ctx.workspace.tree)
    ctx.workspace.accept(change.path for change in changes)
    return Result(f"applied:\n{git_diff(changes)}", changes)


def show_diff(ctx: ToolContext) -> str:
    """Show all changes so far as one diff."""
    return ctx.workspace.diff() or "no changes yet"
