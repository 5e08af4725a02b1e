"""Writes decided changes: all files or none."""

import os
import secrets
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from tools.errors import PatchError
from tools.patch.decide import decide
from tools.patch.parse import parse_patch
from tools.patch.paths import check_name, file_mode, inside
from tools.patch.types import Change
from tools.patch.validate import DEFAULT_CHECKS, Check


def apply_patch(text: str, tree: Path, checks: Sequence[Check] = DEFAULT_CHECKS) -> tuple[Change, ...]:
    """Parse, decide and write a patch under `tree`; a PatchError means that no file was touched."""
    changes = decide(parse_patch(text), tree, checks)
    write(changes, tree)
    return changes


def write(changes: Sequence[Change], tree: Path) -> None:
    """Write all changes or, on any failure, none; each file must still hold what the change was decided on."""
    try:
        places = [_unchanged(change, tree) for change in changes]
        # Unwound in reverse: files restored, temporary files removed, then folders made for nothing.
        with ExitStack() as folders, ExitStack() as leftovers, ExitStack() as undo:
            for place in places:
                _make_parents(place, folders)
            staged = [_both_staged(change, place, leftovers) for change, place in zip(changes, places, strict=True)]
            _replace_all(staged, places, undo)
            undo.pop_all()
            folders.pop_all()
    except OSError as error:
        message = f"writing failed, every file is as it was: {error.strerror}: {error.filename or ''}"
        raise PatchError("write-failed", message, "check permissions and free space") from error


def _unchanged(change: Change, tree: Path) -> Path:
    check_name(change.path)
    place = inside(tree, change.path)
    held = place.read_bytes() if file_mode(place) is not None else None
    if held != change.before:
        message = f"{change.path} changed after the patch was checked against it"
        raise PatchError("changed-meanwhile", message, "apply the patch again", change.path)
    return place


def _make_parents(place: Path, folders: ExitStack) -> None:
    missing = [parent for parent in place.parents if file_mode(parent) is None]
    for parent in reversed(missing):
        parent.mkdir()
        folders.callback(parent.rmdir)


def _both_staged(change: Change, place: Path, leftovers: ExitStack) -> tuple[Path | None, Path | None]:
    """Temporary files beside the place with its new bytes and, to go back to, its old ones; None for no file."""
    old_mode = change.mode if change.source_mode is None else change.source_mode
    new = None if change.after is None else _staged(place, change.after, change.mode, leftovers)
    old = None if change.before is None else _staged(place, change.before, old_mode, leftovers)
    return new, old


def _staged(place: Path, data: bytes, mode: int, leftovers: ExitStack) -> Path:
    temporary = place.with_name(f".regreen-{secrets.token_hex(8)}")
    leftovers.callback(temporary.unlink, missing_ok=True)
    # A new file gets what the user's umask leaves; an old one keeps its exact mode and owner.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        if file_mode(place) is not None:
            _keep_owner(descriptor, place)
            os.fchmod(descriptor, mode)
        file.flush()
        os.fsync(descriptor)
    return temporary


def _keep_owner(descriptor: int, place: Path) -> None:
    owner, own = place.stat(), os.fstat(descriptor)
    if (owner.st_uid, owner.st_gid) != (own.st_uid, own.st_gid):
        with suppress(PermissionError):
            os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _replace_all(staged: Sequence[tuple[Path | None, Path | None]], places: Sequence[Path], undo: ExitStack) -> None:
    for (new, old), place in zip(staged, places, strict=True):
        undo.callback(_restore, place, old)
        if new is None:
            place.unlink()
        else:
            new.replace(place)
    for folder in {place.parent for place in places}:
        _sync_folder(folder)


def _restore(place: Path, old: Path | None) -> None:
    if old is None:
        place.unlink(missing_ok=True)
    else:
        old.replace(place)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
