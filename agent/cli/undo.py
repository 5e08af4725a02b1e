"""`regreen undo`: what regreen wrote to the tree is taken back, where nobody changed it since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.trace.applies import Entry
    from tools.errors import ToolError
    from tools.patch import Change


def undo(
    count: Annotated[int, typer.Argument(metavar="[N]", help="How many applies; default 1.", min=1)] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> int:
    """Take the last applies of regreen back."""
    import os
    from pathlib import Path

    from agent.cli.places import recover_here
    from agent.trace.applies import apply_log
    from agent.trace.taking_back import take_back
    from tools.errors import PatchError
    from tools.ledger import ledger_of
    from tools.workspace.git import GitError

    try:
        recover_here(Path.cwd())
        log = apply_log(ledger_of(Path.cwd()), os.environ)
        entries = log.entries()
        wanted = _wanted(entries, count)
        if not wanted:
            why = "all of it is taken back already" if entries else "regreen applied nothing here"
            return _nothing(why, as_json=as_json)
        return _told(wanted, take_back(log, wanted), as_json=as_json)
    except (PatchError, GitError) as error:
        return _refused(error, as_json=as_json)


def _wanted(entries: tuple[Entry, ...], count: int) -> tuple[Entry, ...]:
    """The last applies that are still in effect, oldest first."""
    from agent.core.errors import UsageProblem
    from agent.trace.applies import in_effect

    applies = in_effect(entries)
    if applies and len(applies) < count:
        known = f"{len(applies)} {'apply is' if len(applies) == 1 else 'applies are'} in effect here"
        raise UsageProblem(f"{known}, not {count}", f"`regreen undo {len(applies)}` takes back all of them")
    return applies[-count:]


def _nothing(why: str, *, as_json: bool) -> int:
    import sys

    from agent.cli.output import print_json

    print(f"nothing to undo: {why}", file=sys.stderr)
    if as_json:
        print_json({"status": "nothing_to_do", "reason": why, "undone": [], "files": []})
    return 0


def _told(entries: Sequence[Entry], changes: Sequence[Change], *, as_json: bool) -> int:
    import sys
    import time

    from agent.cli.apply import file_rows, sentences
    from agent.cli.output import print_json

    rows = file_rows(changes)
    for entry in reversed(entries):
        at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry.time))
        print(f"taken back: `{entry.about}`, {at}", file=sys.stderr)
    print(*sentences(rows, check=False), sep="\n", file=sys.stderr)
    commits = [entry.move for entry in entries if entry.move is not None and entry.move.is_commit]
    if commits:
        print(f"{commits[0].branch} is back at {commits[0].old or 'no commit'}", file=sys.stderr)
    if as_json:
        undone = [{"about": entry.about, "time": entry.time} for entry in reversed(entries)]
        print_json({"status": "undone", "undone": undone, "files": rows})
    return 0


def _refused(error: ToolError, *, as_json: bool) -> int:
    from agent.cli.output import complain, print_json, translated
    from agent.core.verdict import EXIT_CODES
    from agent.trace.taking_back import Strayed

    status, reason, hint = translated(error)
    paths = list(error.paths) if isinstance(error, Strayed) else []
    hint = hint or "nothing was undone; bring these files to what regreen left, or edit them by hand"
    if as_json:
        files = [{"path": path, "action": "left_alone"} for path in paths]
        print_json({"status": str(status), "reason": reason, "hint": hint, "undone": [], "files": files})
    complain(reason, hint)
    return EXIT_CODES[status]
