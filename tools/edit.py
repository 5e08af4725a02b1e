"""Tools that change the workspace and show what was changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from tools.context import ToolContext
from tools.patch import Change, decide, decode, git_diff, split_lines
from tools.secrets.files import readable_patch
from tools.spec import Result
from tools.workspace.put import put


def apply_patch(ctx: ToolContext, patch: Annotated[str, "One raw string."]) -> Result:
    """Apply a patch: all of it exactly, or nothing with the reason.

    Write a unified diff without line numbers; several hunks and files are fine:
    --- a/package/module.py
    +++ b/package/module.py
    @@ class Name
    @@ def method
     three lines of the file as they are, each after a space
    -a line to remove
    +a line to add
     three lines after it
    `@@ class Name` only where several functions have that name; outside of functions a bare `@@`.
    A new file: `--- /dev/null`, `+++ b/path`, `@@`, then every line after `+`; a removed one the other way round.
    """
    ctx.workspace.reset()  # tests may have changed files
    changes = decide(readable_patch(patch, ctx.denied), ctx.workspace.tree, ctx.checks)
    put(changes, ctx.workspace)
    return Result(f"applied:\n{_told(changes)}", changes)


def _told(changes: Sequence[Change]) -> str:
    """The diff of what was changed; of a new file, all of which the proposer has just written, only how long it is."""
    new = [change for change in changes if change.before is None and change.after is not None]
    lines = [f"{change.path}: new, {len(split_lines(decode(change.after or b'')))} lines\n" for change in new]
    return "".join([*lines, git_diff([change for change in changes if change not in new])])


def show_diff(ctx: ToolContext) -> str:
    """Show all changes so far as one diff."""
    return ctx.workspace.diff() or "no changes yet"
