"""The folder of a batch: a folder a task with its order, its claim and its result; what is there is never repeated."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from agent.batch.order import digest
from agent.core.errors import UsageProblem
from agent.core.task import Task
from agent.core.verdict import Status
from agent.trace.journal import NAME, read_journal
from tools.files import write_whole

FORMAT = 1
LONGEST_NAME = 120
# The ground gave way: such a task has not had its chance yet.
FAILED = frozenset({Status.INFRA_FAILURE, Status.USAGE, Status.INTERNAL_ERROR, Status.INTERRUPTED})
ANOTHER = "name another folder with --out, or the task file it was made for"


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a task, as short as it can be told. `spent_usd` is of all its attempts, None where it is unknown.

    `is_done` is False for a task that failed for want of ground, or was cut short: by the batch's own end, or as the
    money of the day is gone (`day_spent`). The same command tries it again.
    """

    instance_id: str
    status: str
    is_done: bool
    seconds: float
    spent_usd: float | None
    day_spent: bool = False


@dataclass(frozen=True, slots=True)
class TaskFolder:
    """The folder of one task."""

    path: Path

    @property
    def order(self) -> Path:
        return self.path / "order.json"

    @property
    def log(self) -> Path:
        return self.path / "log.txt"

    def claim(self) -> int | None:
        """Take the task, or None where another process has it; the file descriptor holds it until it is closed.

        It is a lock, not a mark: whoever dies lets go of it.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        held = os.open(self.path / "claim", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(held)
            return None
        return held

    def read(self) -> dict[str, Any] | None:
        """The result as it was written; None while there is none."""
        try:
            row = json.loads((self.path / "result.json").read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return None
        return row if isinstance(row, dict) else None

    def write(self, row: Mapping[str, Any]) -> None:
        """Put a result on the disk: from here on the task has ended. What only helps to repeat it is dropped."""
        write_whole(self.path / "result.json", json.dumps(row))
        shutil.rmtree(self.path / "suites", ignore_errors=True)

    def spent_usd(self) -> float | None:
        """What all runs of the task have paid for, killed ones too, by their journals."""
        costs = [
            event.fields.get("cost_usd")
            for journal in sorted(self.path.glob(f"runs/*/{NAME}"))
            for event in read_journal(journal)
            if event.event == "usage"
        ]
        known = [float(cost) for cost in costs if isinstance(cost, int | float)]
        return sum(known) if len(known) == len(costs) else None


@dataclass(frozen=True, slots=True)
class BatchFolder:
    """Where a batch is kept."""

    path: Path

    def task(self, instance_id: str) -> TaskFolder:
        """The folder of a task, whatever its id is made of."""
        name = quote(instance_id, safe="@=+,")
        if len(name) > LONGEST_NAME or name.startswith("."):
            name = f"{name[:80].lstrip('.')}-{hashlib.sha256(instance_id.encode('utf-8')).hexdigest()[:12]}"
        return TaskFolder(self.path / "tasks" / name)

    def names(self) -> set[str]:
        """The folders of tasks that are there."""
        return {path.name for path in (self.path / "tasks").iterdir()}

    def ends(self, tasks: Iterable[Task]) -> dict[str, Ended]:
        """What is known of these tasks; one that was interrupted with money spent is known as well.

        UsageProblem where a result is of a task of that name with another content.
        """
        known = self.names()
        ends = {task.instance_id: self.end(task) for task in tasks if self.task(task.instance_id).path.name in known}
        return {name: end for name, end in ends.items() if end is not None}

    def end(self, task: Task) -> Ended | None:
        """How a task ended; None where it never did and never cost anything."""
        folder = self.task(task.instance_id)
        row = folder.read()
        if row is None:
            spent = folder.spent_usd()
            return None if spent == 0 else Ended(task.instance_id, Status.INTERRUPTED, False, 0.0, spent)
        if row["digest"] != digest(task):
            what = f"{self.path} holds a result of {task.instance_id} as it was in another task file"
            raise UsageProblem(what, ANOTHER)
        is_done = row["status"] not in FAILED and not row["cut"]
        day_spent = row["cut"] and bool(row.get("day_spent"))
        return Ended(task.instance_id, row["status"], is_done, row["seconds"], row["spent_usd"], day_spent)


def open_folder(out: Path, tasks: Sequence[Task]) -> BatchFolder:
    """The folder for these tasks, new or as it was left; UsageProblem where it belongs to others."""
    mark = out / "batch.json"
    try:
        if not mark.exists():
            if out.exists() and (not out.is_dir() or any(out.iterdir())):
                raise UsageProblem(f"{out} is not the folder of a batch", "name a new folder with --out")
            (out / "tasks").mkdir(parents=True)
            write_whole(mark, json.dumps({"format": FORMAT}))
        row = json.loads(mark.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageProblem(f"{mark} cannot be read", ANOTHER) from error
    if not isinstance(row, dict) or row.get("format") != FORMAT:
        raise UsageProblem(f"{out} was made by another version of regreen", "name a new folder with --out")
    folder = BatchFolder(out)
    _check_tasks(folder, tasks)
    return folder


def _check_tasks(folder: BatchFolder, tasks: Sequence[Task]) -> None:
    """Refuse a folder with tasks that this source does not have."""
    names = {folder.task(task.instance_id).path.name for task in tasks}
    strange = sorted(folder.names() - names)
    if strange:
        what = f"{folder.path} holds {len(strange)} tasks that the source lacks, like {strange[0]}"
        raise UsageProblem(what, ANOTHER)
