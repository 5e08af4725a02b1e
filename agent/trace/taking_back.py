"""Taking applies back: the files as they were before them, where they still are as the applies left them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from agent.trace.applies import ApplyLog, Entry, Touched
from agent.trace.writing import Purpose, is_as_after, permissions, write_logged
from tools.errors import PatchError
from tools.patch import Change
from tools.patch.paths import inside
from tools.workspace.commit import Move, prepare_return
from tools.workspace.git import find_repository


class Strayed(PatchError):
    """Files are not as regreen left them, so nothing is undone."""

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__("not-as-left", f"not as regreen left it: {', '.join(paths)}")
        self.paths = tuple(paths)
        self.args = (self.paths,)  # so that it can be pickled


def take_back(log: ApplyLog, entries: Sequence[Entry]) -> tuple[Change, ...]:
    """Take back entries, given oldest first, all at once; gives what was written.

    A Strayed, another PatchError, or a GitError about their commits means that nothing was.
    """
    way = _way(entries)
    strayed = [path for path, (newest, oldest) in way.items() if oldest is None or not _is_left(log.root, newest)]
    if strayed:
        raise Strayed(strayed)
    found = [_change(log, oldest) for _, oldest in way.values() if oldest is not None]
    changes = tuple(change for change in found if change.before != change.after or change.source_mode is not None)
    moves = [entry.move for entry in reversed(entries) if entry.move is not None and entry.move.is_commit]
    about = f"undo of {', '.join(f'`{entry.about}`' for entry in entries)}"
    prepare = partial(_way_of_commits, log.root, moves) if moves else None
    write_logged(log, changes, log.root, Purpose(about, tuple(entry.number for entry in entries), prepare))
    _tidy(log.root, entries, [oldest[1] for _, oldest in way.values() if oldest is not None])
    return changes


Step = tuple[int, Touched]


def _way(entries: Sequence[Entry]) -> dict[str, tuple[Touched, Step | None]]:
    """By file its last state and its first, with the entry that keeps that; None where it was edited between two."""
    way: dict[str, tuple[Touched, Step | None]] = {}
    for entry in reversed(entries):
        for file in entry.files:
            newest, later = way.get(file.path, (file, (0, file)))
            is_linked = newest is file or (later is not None and later[1].before == file.after)
            way[file.path] = (newest, (entry.number, file) if is_linked else None)
    return way


def _way_of_commits(root: Path, moves: Sequence[Move], folder: Path) -> Move:
    return prepare_return(find_repository(root), moves, folder)


def _is_left(root: Path, file: Touched) -> bool:
    try:
        inside(root, file.path)
    except PatchError:  # a link or a folder lies there by now
        return False
    return is_as_after(root, file)


def _change(log: ApplyLog, step: Step) -> Change:
    number, file = step
    held = permissions(log.root / file.path)
    before = None if held is None else (log.root / file.path).read_bytes()
    after = None if file.before is None else log.old_bytes(number, file.before)
    if after is None and file.before is not None:
        message = f"the old text of {file.path} is no longer kept, so it cannot be taken back"
        raise PatchError("not-kept", message, f"look below {log.folder}", file.path)
    mode = file.mode_before if file.mode_before is not None else held or 0o644
    return Change(file.path, before, after, mode, source_mode=held if held not in (None, mode) else None)


def _tidy(root: Path, entries: Sequence[Entry], files: Sequence[Touched]) -> None:
    """Permission bits that the umask kept from files that came back, and folders that had been made for new ones."""
    for file in files:
        if file.mode_before not in (None, permissions(root / file.path)):
            (root / file.path).chmod(file.mode_before or 0)
    for entry in entries:
        for folder in reversed(entry.folders):
            with suppress(OSError):  # not empty: somebody else uses it now
                (root / folder).rmdir()
