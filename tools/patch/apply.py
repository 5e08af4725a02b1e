"""Writes decided changes: all files or none, and with a ledger so that this holds whenever the process is killed."""

import os
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from tools.errors import PatchError, why_not
from tools.ledger import Ledger, advance, begin, end, locked, pending_state, sync
from tools.patch.decide import decide
from tools.patch.paths import check_name, file_mode, inside
from tools.patch.plan import Plan, digest_at, plan_of, take_back, tidy, write_plan
from tools.patch.read.parse import parse_patch
from tools.patch.types import Change
from tools.patch.validate import DEFAULT_CHECKS, Check


def apply_patch(text: str, tree: Path, checks: Sequence[Check] = DEFAULT_CHECKS) -> tuple[Change, ...]:
    """Parse, decide and write a patch under `tree`; a PatchError means that no file was touched."""
    changes = decide(parse_patch(text), tree, checks)
    write(changes, tree)
    return changes


def write(changes: Sequence[Change], tree: Path, ledger: Ledger | None = None) -> None:
    """Write all changes or, on any failure, none; each file must still hold what the change was decided on.

    With the tree's ledger, `recover` brings about the same after a kill or a power failure, and one process writes at
    a time. Without one nothing is forced to the disk: that is for trees nobody would miss.
    """
    try:
        with ExitStack() as stack:
            if ledger is not None:
                stack.enter_context(locked(ledger))
                _refuse_unfinished(ledger)
            for change in changes:
                _check_unchanged(change, tree)
            _carry_out(plan_of(changes, tree, ledger.root if ledger else tree), changes, ledger)
    except OSError as error:
        message = f"writing failed, every file is as it was: {why_not(error)}"
        raise PatchError("write-failed", message, "check permissions and free space") from error


def _refuse_unfinished(ledger: Ledger) -> None:
    if pending_state(ledger) is not None:
        message = f"an apply was cut off in {ledger.root}"
        raise PatchError("unfinished", message, "`regreen apply --recover` settles it")


def _check_unchanged(change: Change, tree: Path) -> None:
    check_name(change.path)
    place = inside(tree, change.path)
    held = place.read_bytes() if file_mode(place) is not None else None
    if held != change.before:
        raise _changed_meanwhile(change)


def _changed_meanwhile(change: Change) -> PatchError:
    message = f"{change.path} changed after the patch was checked against it"
    return PatchError("changed-meanwhile", message, "apply the patch again", change.path)


def _carry_out(plan: Plan, changes: Sequence[Change], ledger: Ledger | None) -> None:
    reached = 0
    try:
        if ledger is not None:
            begin(ledger, write_plan(plan))
        staged = _stage(plan, changes)
        if ledger is not None:
            sync(staged)
            advance(ledger, "staging", "replacing")
            sync(ledger.folders | plan.parents | {(plan.root / folder).parent for folder in plan.folders})
        for index, change in enumerate(changes):
            # Forcing files to the disk takes long enough for somebody to save one of them in his editor.
            if digest_at(plan.place(index)) != plan.files[index].before:
                raise _changed_meanwhile(change)
            reached = index + 1
            _replace(plan, index, change)
        if ledger is not None:
            sync(plan.parents)
    except BaseException:
        _back(plan, reached, ledger)
        raise
    # Everything is written: what cannot be cleared away now is left to `recover`.
    with suppress(OSError):
        if ledger is not None:
            advance(ledger, "replacing", "done")
        tidy(plan)
        if ledger is not None:
            end(ledger)


def _stage(plan: Plan, changes: Sequence[Change]) -> list[Path]:
    """Put each file's new bytes and its old ones beside it; gives the files that were written for that."""
    written: list[Path] = []
    for folder in plan.folders:
        (plan.root / folder).mkdir()
    for index, change in enumerate(changes):
        place, old = plan.place(index), plan.old(index)
        if change.after is not None:
            written.append(_create(plan.new(index), change.after, change.mode, place))
        if change.before is None:
            continue
        try:
            old.hardlink_to(place)  # the file itself, with its times and all
        except OSError:  # a file system without links
            mode = change.mode if change.source_mode is None else change.source_mode
            written.append(_create(old, change.before, mode, place))
    return written


def _create(temporary: Path, data: bytes, mode: int, place: Path) -> Path:
    # A new file gets what the user's umask leaves; an old one keeps its exact mode and owner.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        if file_mode(place) is not None:
            _keep_owner(descriptor, place)
            os.fchmod(descriptor, mode)
    return temporary


def _keep_owner(descriptor: int, place: Path) -> None:
    owner, own = place.stat(), os.fstat(descriptor)
    if (owner.st_uid, owner.st_gid) != (own.st_uid, own.st_gid):
        with suppress(PermissionError):
            os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _replace(plan: Plan, index: int, change: Change) -> None:
    if change.after is None:
        plan.place(index).unlink()
    else:
        plan.new(index).replace(plan.place(index))


def _back(plan: Plan, reached: int, ledger: Ledger | None) -> None:
    """Make every file as it was; PatchError `half-written` when even that fails."""
    try:
        left_alone = take_back(plan, reached, durable=ledger is not None)
        if ledger is not None:
            end(ledger)
    except OSError as error:
        message = f"writing failed, and so did going back: {why_not(error)}"
        hint = "check permissions and free space, then `regreen apply --recover`"
        raise PatchError("half-written", message, hint) from error
    if left_alone:
        index = left_alone[0]
        message = f"{plan.files[index].path} was edited while it was written; its old text is in {plan.old(index).name}"
        raise PatchError("half-written", message, "bring the two together", plan.files[index].path)
