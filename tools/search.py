"""The tool that finds text, through git's own search."""

from __future__ import annotations

from typing import Annotated

from tools.context import ToolContext
from tools.errors import ToolError
from tools.explore import resolve
from tools.workspace.git import GitError

MAX_HITS = 100
MAX_LINE = 200


def search(
    ctx: ToolContext,
    pattern: Annotated[str, "Extended regular expression."],
    path: Annotated[str, "File or folder relative to the repository root."] = ".",
) -> str:
    """Find lines that match a pattern, as `path:line:text`."""
    below = resolve(ctx, path)
    try:
        found = ctx.workspace.git(
            "grep", "-nIE", "--untracked", "--no-color", "-e", pattern, "--", f":(literal){below}"
        )
    except GitError as error:
        if "grep failed" in error.message:  # git says nothing when nothing matched
            return "no match"
        raise ToolError("bad-pattern", f"{pattern!r}: {error.message}", "mend the regular expression") from error
    lines = [line[:MAX_LINE] for line in found.decode(errors="replace").splitlines()]
    more = [f"... and {len(lines) - MAX_HITS} more; narrow the pattern or the path"] if len(lines) > MAX_HITS else []
    return "\n".join([*lines[:MAX_HITS], *more])
