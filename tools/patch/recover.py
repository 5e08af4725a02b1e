"""Ends an apply that was cut off: every file as before, or, when all were written, every file as the patch wants it."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tools.errors import PatchError, why_not
from tools.ledger import Ledger, State, advance, end, is_used, ledger_of, locked, pending_state, read_note, sync
from tools.patch.plan import Plan, is_carried_out, read_plan, take_back, tidy


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """A file that was edited after the patch had replaced it, and where its old text is; None when that is gone."""

    path: str
    old: str | None


@dataclass(frozen=True, slots=True)
class Recovery:
    """What became of an apply that was cut off; paths are relative to its repository, outside git to its folder.

    `is_applied`: the patch is in every file; else every file is as before, but those left alone.
    """

    paths: tuple[str, ...]
    is_applied: bool
    left_alone: tuple[LeftAlone, ...] = ()

    @property
    def message(self) -> str:
        """The recovery in one line."""
        count = len(self.paths) - len(self.left_alone)
        what = "written and tidied up" if self.is_applied else "put back as before it"
        said = f"an apply was cut off here; {count} file{'' if count == 1 else 's'} {what}"
        return "; ".join([said, *map(_told, self.left_alone)])


def _told(file: LeftAlone) -> str:
    where = f"the text before the patch is in {file.old}" if file.old else "the text before the patch is gone"
    return f"{file.path} was edited since and is left alone, {where}"


def recover(tree: Path) -> Recovery | None:
    """Settle what an apply left around `tree`; None when there is nothing. May itself be cut off, and called again."""
    ledger = ledger_of(tree)
    if pending_state(ledger) is None:
        _sweep(ledger)
        return None
    try:
        with locked(ledger):
            state = pending_state(ledger)
            return None if state is None else _settled(ledger, state)
    except OSError as error:
        message = f"an apply was cut off here and cannot be settled: {why_not(error)}"
        raise PatchError("recovery-failed", message, "check permissions and free space, then try again") from error


def _sweep(ledger: Ledger) -> None:
    """Take away the ledger's folder where an apply was cut off before its note."""
    if is_used(ledger):
        with suppress(OSError, PatchError), locked(ledger):
            pass


def _settled(ledger: Ledger, state: State) -> Recovery:
    plan = read_plan(read_note(ledger, state), ledger)
    is_applied = state == "done" or (state == "replacing" and is_carried_out(plan))
    left_alone: tuple[int, ...] = ()
    if not is_applied:
        left_alone = take_back(plan, len(plan.files) if state == "replacing" else 0, durable=True)
    else:
        # Noted first: what is edited from here on must not look like a patch half written.
        advance(ledger, state, "done")
        sync(ledger.folders)
        tidy(plan)
    end(ledger)
    kept = tuple(_left_alone(plan, index) for index in left_alone)
    return Recovery(tuple(file.path for file in plan.files), is_applied, kept)


def _left_alone(plan: Plan, index: int) -> LeftAlone:
    old = plan.old(index)
    return LeftAlone(plan.files[index].path, old.relative_to(plan.root).as_posix() if old.exists() else None)
