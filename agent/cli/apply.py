"""`regreen apply`: a patch applied exactly, or refused with the reason and nothing touched; in any folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tools.errors import PatchError
    from tools.patch import Change
    from tools.patch.recover import Recovery
    from tools.workspace.commit import Move

MOST_TOLD = 20  # files
# What became of a file, and what would.
SAID = {
    "create": ("created", "would create"),
    "delete": ("deleted", "would delete"),
    "modify": ("edited", "would edit"),
    "rename": ("renamed", "would rename"),
}
OF_THE_INDEX = ("not-staged", "index-locked", "moved-on")


def apply(
    patch: Annotated[
        str | None, typer.Argument(metavar="[PATCH|-]", help="A patch file, or - for standard input.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only say whether it applies; write nothing.")] = False,
    emit: Annotated[bool, typer.Option("--emit", help="Also print what it does as a canonical git diff.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    index: Annotated[
        bool, typer.Option("--index", help="Stage it, too; refused where its files are not staged as they are.")
    ] = False,
    run: Annotated[
        str | None, typer.Option(help="Take the patch of this run; `last` is the newest.", metavar="ID")
    ] = None,
    recover: Annotated[
        bool, typer.Option("--recover", help="Only settle an apply that was killed here; every command does it first.")
    ] = False,
) -> int:
    """Apply a patch to the current folder: exactly, or not at all."""
    import os
    import sys

    from agent.cli.output import print_json
    from agent.cli.places import recover_here
    from agent.trace.applies import apply_log
    from agent.trace.writing import Purpose, write_logged
    from tools.errors import PatchError
    from tools.ledger import ledger_of
    from tools.patch import decide, encode, git_diff, parse_patch
    from tools.workspace.git import GitError

    if recover:
        _refuse_more(patch, run, check or emit or index)
    try:
        recovery = recover_here(Path.cwd())
        if recover:
            return _recovered(recovery, as_json=as_json)
        text, tree = _patch_text(patch, run)
        changes = decide(parse_patch(text), tree)
        stage = _staging(git_diff(changes), tree, check=check) if index else None
        if not check:
            about = f"regreen apply {f'--run {run}' if run else patch}"
            write_logged(apply_log(ledger_of(tree), os.environ), changes, tree, Purpose(about, prepare=stage))
    except GitError as error:
        if error.code not in OF_THE_INDEX:
            raise
        return _refused(PatchError("not-staged", error.message, error.hint), as_json=as_json)
    except PatchError as error:
        return _refused(error, as_json=as_json)
    rows, emitted = file_rows(changes), git_diff(changes) if emit else ""
    if as_json:
        print_json({"status": "applied", "applied": not check, "files": rows, "patch": emitted})
    else:
        sys.stdout.buffer.write(encode(emitted))
        sys.stdout.buffer.flush()
    print(*sentences(rows, check=check), sep="\n", file=sys.stderr)
    return 0


def _staging(patch: str, tree: Path, *, check: bool) -> Callable[[Path], Move]:
    """What stages the patch when it is written; with `check` it is tried at once. GitError where it does not fit."""
    from functools import partial

    from tools.workspace.commit import prepare_staging
    from tools.workspace.git import find_repository
    from tools.workspace.scratch import scratch_folder

    stage = partial(prepare_staging, find_repository(tree), patch, tree.resolve())
    if check:
        with scratch_folder("index") as folder:
            stage(folder)
    return stage


def _refuse_more(patch: str | None, run: str | None, more: bool) -> None:
    from agent.core.errors import UsageProblem

    if patch is not None or run is not None or more:
        raise UsageProblem("--recover goes with --json only", "regreen apply --recover")


def _recovered(recovery: Recovery | None, *, as_json: bool) -> int:
    import sys

    from agent.cli.output import print_json

    if recovery is None:
        print("nothing to recover: no apply was cut off here", file=sys.stderr)
    if as_json:
        status = "nothing_to_do" if recovery is None else "recovered"
        print_json({"status": status, "recovered": [] if recovery is None else _recovered_rows(recovery)})
    return 0


def _recovered_rows(recovery: Recovery) -> list[dict[str, Any]]:
    """A row a file, by its path from the repository's root: the patch is in it, or it is as before, or left alone."""
    action = "patched" if recovery.is_applied else "put_back"
    edited = {file.path: file.old for file in recovery.left_alone}
    return [
        {"path": path, "action": "left_alone" if path in edited else action, "old": edited.get(path)}
        for path in recovery.paths
    ]


def _patch_text(patch: str | None, run: str | None) -> tuple[str, Path]:
    import sys

    from agent.core.errors import UsageProblem
    from tools.patch import decode_patch

    if (patch is None) == (run is None):
        raise UsageProblem("name one patch: a file, - for standard input, or --run ID", "regreen apply fix.diff")
    if run is not None:
        return _patch_of_run(run)
    if patch == "-":
        return decode_patch(sys.stdin.buffer.read()), Path.cwd()
    file = Path(str(patch))
    if file.is_dir():
        raise UsageProblem(f"{patch} is a folder, not a patch file", "name a file, or - for standard input")
    if not file.exists():
        raise UsageProblem(f"no such patch file: {patch}", "name a file, or - for standard input")
    return decode_patch(file.read_bytes()), Path.cwd()


def _patch_of_run(run: str) -> tuple[str, Path]:
    from agent.cli.places import store_here
    from agent.core.errors import UsageProblem
    from agent.report.story import offered_patch
    from agent.trace.journal import NAME, read_journal
    from tools.workspace.git import find_repository

    patch = offered_patch(read_journal(store_here().find(run) / NAME))
    if not patch:
        raise UsageProblem(f"run {run!r} offers no patch", "`regreen show` tells how it ended")
    return patch, find_repository(Path.cwd()).root


def _refused(error: PatchError, *, as_json: bool) -> int:
    from agent.cli.output import complain, print_json
    from agent.core.verdict import EXIT_CODES, Status

    row = {"status": Status.REFUSED.value, "reason": error.message, "hint": error.hint}
    if as_json:
        print_json({**row, "applied": False, "code": error.code, "path": error.path, "line": error.line})
    complain(error.message, error.hint)
    return EXIT_CODES[Status.REFUSED]


def sentences(rows: Sequence[dict[str, Any]], *, check: bool) -> list[str]:
    """What a person reads: a line a file."""
    head = ["it applies; nothing was written"] if check else []
    lines = [_sentence(row, check=check) for row in rows[:MOST_TOLD]]
    more = [f"and {len(rows) - MOST_TOLD} more"] if len(rows) > MOST_TOLD else []
    return [line.encode("utf-8", "backslashreplace").decode() for line in (*head, *lines, *more)]


def _sentence(row: dict[str, Any], *, check: bool) -> str:
    names = f"{row['from']} to {row['path']}" if "from" in row else row["path"]
    return f"{SAID[row['action']][check]} {names}"


def file_rows(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """A row a file, by the path it has afterwards; one that moves is one row."""
    moved = {change.moved_from for change in changes}
    return [_file_row(change) for change in changes if change.path not in moved]


def _file_row(change: Change) -> dict[str, Any]:
    hunks = [{"start": p.start, "rule": p.rule, "drift": p.drift} for p in change.placements]
    if change.moved_from is not None:
        return {"path": change.path, "action": "rename", "from": change.moved_from, "hunks": hunks}
    action = "create" if change.before is None else "delete" if change.after is None else "modify"
    return {"path": change.path, "action": action, "hunks": hunks}
