"""Tools that change the workspace and show what was changed."""

from __future__ import annotations

from typing import Annotated

from tools.context import ToolContext
from tools.patch import decide, git_diff
from tools.secrets.files import readable_patch
from tools.spec import Result
from tools.workspace.put import put


def apply_patch(ctx: ToolContext, patch: Annotated[str, "The whole patch as one raw string."]) -> Result:
    """Apply a patch to the workspace: all of it exactly, or nothing with the reason.

    Write a unified diff without line numbers, each hunk under the function it is in; several hunks and files are fine:
    --- a/package/module.py
    +++ b/package/module.py
    @@ class Name
    @@ def method
     a line of the file, after a space
    -a line to remove
    +a line to add
    Give three lines of context before and after each change, exactly as the file has them, without the numbers shown in
    front. Leave out `@@ class Name` where one function has that name; outside of functions write a bare `@@`.
    A new file: `--- /dev/null`, `+++ b/path`, `@@`, then every line after a `+`; a removed one the other way round.
    """
    ctx.workspace.reset()  # tests may have changed files
    changes = decide(readable_patch(patch, ctx.denied), ctx.workspace.tree, ctx.checks)
    put(changes, ctx.workspace)
    return Result(f"applied:\n{git_diff(changes)}", changes)


def show_diff(ctx: ToolContext) -> str:
    """Show all changes so far as one diff."""
    return ctx.workspace.diff() or "no changes yet"
