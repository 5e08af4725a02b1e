"""Which runs may be deleted, and deleting them: their refs first, then their folder. Only those that have ended."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path

from agent.trace.journal import NAME, read_journal
from agent.trace.lock import Held, held
from agent.trace.runs import RunStore
from tools.workspace.git import Repository, run_git

DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Days since its end that a run is kept, and megabytes that all may take; None for no limit."""

    days: float | None = None
    megabytes: float | None = None


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a run, and why; `size` in bytes, without its objects in git."""

    run_id: str
    goes: bool
    why: str
    size: int


def judged(store: RunStore, limits: Limits) -> tuple[Fate, ...]:
    """The fate of every run, oldest first."""
    fates = [_by_age(store.folder / run_id, limits.days) for run_id in store.ids()]
    if limits.megabytes is None:
        return tuple(fates)
    over = sum(fate.size for fate in fates if not fate.goes) - limits.megabytes * 1e6
    for at, fate in enumerate(fates):
        if over > 0 and not fate.goes and fate.why == "":
            fates[at] = replace(fate, goes=True, why="the oldest beyond the size")
            over -= fate.size
    return tuple(fates)


def delete(store: RunStore, run_id: str, repository: Repository | None) -> bool:
    """Delete a run; False when somebody works on it at this moment, or it cannot be deleted."""
    folder = store.folder / run_id
    try:
        with held(folder):
            if repository is not None:
                _delete_refs(repository, f"refs/regreen/runs/{run_id}/")
            shutil.rmtree(folder)
    except (Held, OSError):
        return False
    return True


def _delete_refs(repository: Repository, prefix: str) -> None:
    listed = run_git(["for-each-ref", "--format=%(refname)", prefix], repository.root).decode().split()
    for ref in listed:
        run_git(["update-ref", "-d", ref], repository.root)


def _by_age(folder: Path, days: float | None) -> Fate:
    """Gone by age, or not; the reason of one that stays is "" where its size may still decide."""
    size = sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())
    last = None
    for event in read_journal(folder / NAME):
        last = event if event.event in ("run_ended", "resumed") else last
    if last is None or last.event != "run_ended":
        return Fate(folder.name, False, f"it has not ended; `regreen resume {folder.name}` goes on with it", size)
    age = (time.time() - last.time) / DAY_SECONDS
    if days is not None and age > days:
        return Fate(folder.name, True, f"ended {age:.1f} days ago", size)
    return Fate(folder.name, False, "", size)
