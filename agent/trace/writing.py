"""Writing to the user's tree so that it can be taken back, with a commit or without; and settling what was cut off."""

from __future__ import annotations

import shutil
import stat
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from agent.trace.applies import ApplyLog, Entry, Touched, read_entry, write_entry
from tools.errors import PatchError, why_not
from tools.ledger import ledger_of
from tools.patch import Change, write
from tools.patch.paths import file_mode
from tools.patch.plan import digest, digest_at
from tools.workspace.commit import Move, carry_out
from tools.workspace.git import GitError, Repository, find_repository


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why something is written: the command, the entries it takes back, and the commit that goes with it.

    `prepare` is given the entry's folder, and makes ready there what `carry_out` needs; a GitError of it stops all.
    """

    about: str
    undoes: tuple[int, ...] = ()
    prepare: Callable[[Path], Move] | None = None


def write_logged(log: ApplyLog, changes: Sequence[Change], tree: Path, purpose: Purpose) -> None:
    """Write all changes under `tree` and make their commit, or, on a PatchError or a GitError, neither."""
    try:
        log.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        if (log.root / ".git").exists():
            raise _no_room(error) from error
        write(changes, tree, ledger_of(tree))  # outside git, without a state folder: it cannot be taken back
        return
    with log.locked():
        place = _begun(log)
        try:
            move = _noted(log, place, changes, tree, purpose)
            write(changes, tree, ledger_of(tree))
            _carried_out(move, place, changes, tree)
        except (PatchError, GitError) as error:
            if error.code != "half-written":
                shutil.rmtree(place, ignore_errors=True)
            raise
        log.finish(place)


def settle(log: ApplyLog) -> str:
    """Finish or forget what was cut off; what is to be said about it, "" for nothing. `recover` comes first."""
    said = []
    with suppress(PatchError, OSError), log.locked():
        for place in log.begun():
            entry = read_entry(place)
            if entry is None or not _is_carried_out(log.root, entry):
                shutil.rmtree(place, ignore_errors=True)
                continue
            if entry.move is not None:
                said.append(_committed(find_repository(log.root), entry.move, place))
            log.finish(place)
    return "; ".join(said)


def is_as_before(root: Path, file: Touched) -> bool:
    """Whether a file is as it was before the entry."""
    return _holds(root / file.path, file.before, file.mode_before)


def is_as_after(root: Path, file: Touched) -> bool:
    """Whether a file still is as the entry left it."""
    return _holds(root / file.path, file.after, file.mode_after)


def permissions(place: Path) -> int | None:
    """The permission bits of what is there; None for nothing."""
    mode = file_mode(place)
    return None if mode is None else stat.S_IMODE(mode)


def _holds(place: Path, sha256: str | None, mode: int | None) -> bool:
    return digest_at(place) == sha256 and mode in (None, permissions(place))


def _is_carried_out(root: Path, entry: Entry) -> bool:
    """By what its files hold: recovery leaves all of them as before, or all as after; the user may have edited some."""
    marks = {(is_as_after(root, file), is_as_before(root, file)) for file in entry.files}
    return (True, False) in marks or (False, True) not in marks


def _begun(log: ApplyLog) -> Path:
    try:
        return log.begin()
    except OSError as error:
        raise _no_room(error) from error


def _noted(log: ApplyLog, place: Path, changes: Sequence[Change], tree: Path, purpose: Purpose) -> Move | None:
    move = purpose.prepare(place) if purpose.prepare else None
    entry = replace(_entry_of(log.root, changes, tree, purpose), move=move)
    try:
        write_entry(place, entry, {str(digest(c.before)): c.before for c in changes if c.before is not None})
    except OSError as error:
        raise _no_room(error) from error
    return move


def _no_room(error: OSError) -> PatchError:
    message = f"cannot keep what taking it back needs, so nothing was written: {why_not(error)}"
    return PatchError("write-failed", message, "check permissions and free space")


def _entry_of(root: Path, changes: Sequence[Change], tree: Path, purpose: Purpose) -> Entry:
    prefix = tree.resolve().relative_to(root.resolve())
    files = tuple(_touched((prefix / change.path).as_posix(), change, tree) for change in changes)
    missing = {parent for file in files for parent in Path(file.path).parents if file_mode(root / parent) is None}
    folders = sorted((folder.as_posix() for folder in missing), key=lambda folder: folder.count("/"))
    return Entry(purpose.about, time.time(), files, tuple(folders), purpose.undoes)


def _touched(path: str, change: Change, tree: Path) -> Touched:
    before, after = digest(change.before), digest(change.after)
    mode_after = None if change.before is None or change.after is None else change.mode
    return Touched(path, before, after, permissions(tree / change.path), mode_after)


def _carried_out(move: Move | None, place: Path, changes: Sequence[Change], tree: Path) -> None:
    """Make the commit; where that is impossible by now, the files go back as they were."""
    if move is None:
        return
    try:
        carry_out(find_repository(tree), move, place)
    except GitError:
        write([change.reversed() for change in changes], tree, ledger_of(tree))
        raise


def _committed(repository: Repository, move: Move, place: Path) -> str:
    try:
        carry_out(repository, move, place)
    except GitError as error:
        what = "its commit" if move.is_commit else "staging it"
        return f"the patch is in your files, but {what} was cut off and cannot be made up for: {error.message}"
    if not move.is_commit:
        return "staging the patch was cut off and is done"
    return f"its commit was cut off and is made: {move.branch} is at {str(move.new)[:12]}" if move.new else "it is done"
