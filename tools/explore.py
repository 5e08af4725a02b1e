"""Tools that look: folders and files of the workspace, never outside it, never what git ignores."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tools.clip import lines_to_show
from tools.context import ToolContext
from tools.errors import ToolError
from tools.patch.encoding import read
from tools.secrets.files import refuse_secret_file
from tools.spec import Result

MAX_LINES = 400
MAX_ENTRIES = 500


@dataclass(frozen=True, slots=True)
class Lines:
    """Which lines of a file were shown, both ends included; 1-based."""

    path: str
    first: int
    last: int


def list_dir(ctx: ToolContext, path: str = ".") -> str:
    """List the files below a folder."""
    folder = resolve(ctx, path)
    if not folder.is_dir():
        raise ToolError("not-a-folder", f"{path} is not a folder", "list_dir() shows the root")
    names = tracked(ctx, "" if folder == ctx.workspace.tree else folder.relative_to(ctx.workspace.tree).as_posix())
    more = [f"... and {len(names) - MAX_ENTRIES} more; name a folder below"] if len(names) > MAX_ENTRIES else []
    return "\n".join([*names[:MAX_ENTRIES], *more]) or "(empty)"


def read_file(ctx: ToolContext, path: str, start: int = 1, end: int = 0) -> Result:
    """Show a text file, or its lines from start to end."""
    file = resolve(ctx, path)
    relative = file.relative_to(ctx.workspace.tree).as_posix()
    if not file.is_file() or not (ctx.workspace.has(relative) or relative in tracked(ctx, relative)):
        raise ToolError(
            "no-such-file", f"there is no file {path} in the repository", "use list_dir or search to find it"
        )
    refuse_secret_file(relative, ctx.denied)
    text = read(relative, file.read_bytes())[0].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.removesuffix("\n").split("\n") if text else []  # str.splitlines knows ends that Python does not
    wanted = min(len(lines), end or len(lines))
    if start < 1 or start > max(1, len(lines)) or 0 < end < start:
        raise ToolError("no-such-line", f"{path} has {len(lines)} lines", "ask for a line it has")
    last = start - 1 + lines_to_show(lines[start - 1 : wanted], MAX_LINES)
    if not lines:
        return Result("(empty file)")
    where = [f"lines {start} to {last} of {len(lines)}:"] if last - start + 1 < len(lines) else []
    rest = [f"... {wanted - last} more lines; read on with start={last + 1}"] if last < wanted else []
    return Result("\n".join([*where, *lines[start - 1 : last], *rest]), Lines(relative, start, last))


def resolve(ctx: ToolContext, path: str) -> Path:
    """A path inside the workspace; ToolError `path-outside` for any other."""
    tree = ctx.workspace.tree.resolve()
    resolved = (tree / path).resolve()
    if Path(path).is_absolute() or not resolved.is_relative_to(tree) or ".git" in resolved.relative_to(tree).parts:
        raise ToolError("path-outside", f"{path} lies outside the repository", "use a path relative to its root")
    return resolved


def tracked(ctx: ToolContext, below: str) -> list[str]:
    """Files below a path that git tracks or would track, sorted."""
    where = [f":(literal,top){below}"] if below else []
    listed = ctx.workspace.git("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *where)
    return sorted({name.decode(errors="surrogateescape") for name in listed.split(b"\0") if name})
