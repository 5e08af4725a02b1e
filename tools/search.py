"""The tool that finds text: by ripgrep when it is there, else by git, else by Python."""

from __future__ import annotations

import re
import shutil
import subprocess

from tools.context import ToolContext
from tools.errors import ToolError
from tools.explore import resolve, tracked
from tools.patch import decode
from tools.secrets.files import is_secret_file, refuse_secret_file
from tools.workspace.git import GitError

MAX_HITS = 100
MAX_LINE = 200
SECONDS = 20
RIPGREP = ("--no-config", "--line-number", "--no-heading", "--with-filename", "--color=never", "--sort=path",
           "--hidden", "--no-ignore", "--glob=!.git", "--null")  # fmt: skip


def search(ctx: ToolContext, pattern: str, path: str = ".") -> str:
    """Find lines of a file or folder that match a regular expression, as `path:line:text`."""
    below = resolve(ctx, path).relative_to(ctx.workspace.tree.resolve()).as_posix()
    refuse_secret_file(below, ctx.denied)
    try:
        re.compile(pattern)
    except re.error as error:
        raise ToolError("bad-pattern", f"{pattern!r}: {error}", "mend the regular expression") from error
    hits = next(found for find in (_ripgrep, _git_grep, _python) if (found := find(ctx, pattern, below)) is not None)
    hits = [hit for hit in hits if not is_secret_file(hit.partition(":")[0], ctx.denied)]
    if not hits:
        return "no match"
    lines = [_around(pattern, hit) for hit in hits[:MAX_HITS]]
    more = [f"... and {len(hits) - MAX_HITS} more; narrow the pattern or the path"] if len(hits) > MAX_HITS else []
    return "\n".join([*lines, *more])


def _around(pattern: str, hit: str) -> str:
    """A hit whose line is long, cut to what surrounds the match."""
    if len(hit) <= MAX_LINE:
        return hit
    where, text = hit[: (at := hit.index(":", hit.index(":") + 1) + 1)], hit[at:]
    found = re.search(pattern, text)
    start = max((found.start() if found else 0) - MAX_LINE // 4, 0)
    shown = text[start : start + MAX_LINE]
    before, after = "[...] " if start else "", " [...]" if start + MAX_LINE < len(text) else ""
    return f"{where}{before}{shown}{after} (of {len(text)} characters)"


def _ripgrep(ctx: ToolContext, pattern: str, below: str) -> list[str] | None:
    """None when ripgrep is missing or does not read this pattern: its syntax is not quite Python's."""
    program = shutil.which("rg")
    if program is None:
        return None
    argv = [program, *RIPGREP, "-e", pattern, "--", below]
    here = ctx.workspace.tree
    try:
        ran = subprocess.run(argv, cwd=here, capture_output=True, timeout=SECONDS, stdin=subprocess.DEVNULL,
                             start_new_session=True)  # fmt: skip
    except subprocess.TimeoutExpired:
        return None
    if ran.returncode > 1:
        return None
    ours = set(tracked(ctx, "" if below == "." else below))
    hits = [line.removeprefix("./").partition("\0") for line in decode(ran.stdout).split("\n") if line]
    return [f"{path}:{rest}" for path, _, rest in hits if path in ours]


def _git_grep(ctx: ToolContext, pattern: str, below: str) -> list[str] | None:
    options = ("-nIP", "--untracked", "--no-color", "--full-name", "-e", pattern, "--", f":(literal,top){below}")
    try:
        return decode(ctx.workspace.git("grep", *options)).splitlines()
    except GitError as error:
        return [] if error.message == "git grep failed" else None  # it says nothing when nothing matched


def _python(ctx: ToolContext, pattern: str, below: str) -> list[str]:
    wanted = re.compile(pattern)
    hits = []
    for path in tracked(ctx, "" if below == "." else below):
        try:
            content = b"" if (ctx.workspace.tree / path).is_symlink() else (ctx.workspace.tree / path).read_bytes()
        except OSError:
            continue
        if b"\0" not in content:
            lines = enumerate(decode(content).split("\n"), start=1)
            hits += [f"{path}:{number}:{line}" for number, line in lines if wanted.search(line)]
    return hits
