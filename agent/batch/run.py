"""Working a batch off: which task is next, what may still be spent, and what a process left behind when it ended."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from agent.batch.executor import End, Executor, Job
from agent.batch.folder import BatchFolder, Ended, TaskFolder
from agent.batch.order import Order, digest
from agent.core.errors import InfraFailure, RegreenError
from agent.core.task import Task
from agent.core.verdict import Status
from tools.files import write_whole

ATTEMPTS = 3
LEAST_SECONDS = 1.0  # with less a task is not begun
TIDY_SECONDS = 90.0  # that a task may take beyond its limit, to judge and to clean up
NO_RESULT_WRITTEN = 74  # a worker's exit code when its result could not be put on the disk


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be spent: USD and wall seconds, of the whole batch (None: no limit) and of each task.

    `cost_of_day` is the day's, of all runs together.
    """

    max_cost: float | None
    max_seconds: float | None
    cost_of_task: float
    seconds_of_task: float
    cost_of_day: float | None = None


@dataclass(slots=True)
class Tally:
    """How things stand; `ends` holds what has ended, and `stopped` the limit that ended the batch, "" for none."""

    tasks: Sequence[Task]
    ends: dict[str, Ended] = field(default_factory=dict)
    running: dict[str, float] = field(default_factory=dict)
    stopped: str = ""
    fresh: int = 0

    @property
    def spent_usd(self) -> float:
        """What is known to be spent."""
        return sum(end.spent_usd or 0.0 for end in self.ends.values())

    @property
    def done(self) -> int:
        return sum(end.is_done for end in self.ends.values())


class Watcher(Protocol):
    """Is shown how things stand, each time a task has ended."""

    def __call__(self, tally: Tally, end: Ended) -> None: ...


@dataclass(frozen=True, slots=True)
class Means:
    """What a batch works with: `order_for` says what a task's worker is told, `argv_for` how the worker is called.

    `failure` makes the row of a task whose worker left none, or was never called; `left_of_day` gives the USD that are
    left of today's, None without a limit.
    """

    executor: Executor
    order_for: Callable[[Task], Order]
    argv_for: Callable[[TaskFolder, int], Sequence[str]]
    failure: Callable[[Task, Exception], dict[str, Any]]
    watch: Watcher
    clock: Callable[[], float] = time.monotonic
    left_of_day: Callable[[], float | None] = lambda: None


class Batch:
    """One call of the command: the tasks that have not ended, until they have or the budget is gone."""

    def __init__(self, folder: BatchFolder, tasks: Sequence[Task], limits: Limits, means: Means) -> None:
        self._folder = folder
        self._limits = limits
        self._means = means
        self._began = means.clock()
        self._waiting = deque(tasks)
        self._elsewhere: deque[Task] = deque()
        self._attempts: dict[str, int] = {}
        self._tasks = {task.instance_id: task for task in tasks}
        self._day_spent = False
        self.tally = Tally(tasks, folder.ends(tasks))

    def run(self) -> Tally:
        """Work until every task has ended or a limit is reached; InfraFailure where nothing can be written any more."""
        for end in self._means.executor.map(self._jobs()):
            self._settle(end)
        return self.tally

    def _jobs(self) -> Iterator[Job | None]:
        while True:
            task = self._next()
            if task is not None and self._affordable():
                job = self._job(task)
                if job is not None or not self._waiting:
                    yield job
                continue
            if task is not None:
                self._waiting.appendleft(task)
            if not self.tally.running:
                return
            yield None  # one that runs may die and be tried again, or leave money for the next one

    def _next(self) -> Task | None:
        """The next task that has not ended; those that another process had are asked about last."""
        while self._waiting or self._elsewhere:
            is_last = not self._waiting
            task = self._elsewhere.popleft() if is_last else self._waiting.popleft()
            end = self.tally.ends.get(task.instance_id)
            if end is not None and end.is_done:
                continue
            return task
        return None

    def _affordable(self) -> bool:
        """Whether what is left pays for one more task at its worst, beside those that run."""
        limits = self._limits
        if limits.max_seconds is not None and self._seconds_left() < LEAST_SECONDS:
            self.tally.stopped = f"the time limit of {limits.max_seconds:g} s"
            return False
        if limits.cost_of_task and self._is_day_spent():
            if not self.tally.running:
                of_day = "" if limits.cost_of_day is None else f" of ${limits.cost_of_day:g}"
                self.tally.stopped = f"the limit{of_day} for all runs of this day"
            return False
        promised = limits.cost_of_task * (len(self.tally.running) + 1)
        if limits.max_cost is None or not limits.cost_of_task or self._spent() + promised <= limits.max_cost + 1e-9:
            return True
        if not self.tally.running:
            self.tally.stopped = f"the limit of ${limits.max_cost:g} (a task may take ${limits.cost_of_task:g})"
        return False

    def _is_day_spent(self) -> bool:
        """Whether a task has met the day's limit, or nothing is left of it, beside what those that run may yet need."""
        left = self._means.left_of_day()
        return self._day_spent or (left is not None and left <= 0)

    def _spent(self) -> float:
        """USD; a task with an unknown cost counts as its whole allowance."""
        allowance = self._limits.cost_of_task
        return sum(allowance if end.spent_usd is None else end.spent_usd for end in self.tally.ends.values())

    def _seconds_left(self) -> float:
        if self._limits.max_seconds is None:
            return self._limits.seconds_of_task
        return self._limits.max_seconds - (self._means.clock() - self._began)

    def _job(self, task: Task) -> Job | None:
        """A claimed task's job; None where another process has it, or has just ended it."""
        folder = self._folder.task(task.instance_id)
        claim = folder.claim()
        if claim is None:
            self._elsewhere.append(task)
            return None
        end = self._folder.end(task)
        if end is not None and end.is_done:
            os.close(claim)
            self._note(end)
            return None
        try:
            order = self._means.order_for(task)
        except RegreenError as error:
            self._fail(task, error)
            os.close(claim)
            return None
        return self._ordered(order, folder, claim)

    def _ordered(self, order: Order, folder: TaskFolder, claim: int) -> Job:
        """The order on the disk, and the job of carrying it out."""
        seconds = min(self._limits.seconds_of_task, self._seconds_left())
        flags = {**order.flags, "max_seconds": seconds}
        is_cut = seconds < self._limits.seconds_of_task
        write_whole(folder.order, replace(order, flags=flags, cut=is_cut).to_json())
        self.tally.running[order.task.instance_id] = self._means.clock()
        argv = self._means.argv_for(folder, claim)
        return Job(order.task.instance_id, argv, folder.log, claim, seconds + TIDY_SECONDS)

    def _settle(self, ended: End) -> None:
        """Read what a worker left; one that died without a result is tried again, but not for ever."""
        task = self._tasks[ended.job.name]
        self.tally.running.pop(task.instance_id, None)
        if ended.exit_code == NO_RESULT_WRITTEN:
            raise InfraFailure(f"results cannot be written to {self._folder.path}", "free some disk space, and go on")
        count = self._attempts[task.instance_id] = self._attempts.get(task.instance_id, 0) + 1
        folder = self._folder.task(task.instance_id)
        end = self._folder.end(task)
        if ended.exit_code != 0 and (end is None or not end.is_done):
            if count < ATTEMPTS and not ended.timed_out:
                self._waiting.appendleft(task)
                if end is not None:
                    self.tally.ends[task.instance_id] = end  # what it has paid for is spent
                return
            why = "it did not end in time" if ended.timed_out else f"its process ended with {ended.exit_code}"
            self._fail(task, InfraFailure(f"{why}; {folder.log} has its last words"))
        elif end is not None:
            self._note(end)

    def _fail(self, task: Task, error: Exception) -> None:
        """The result of a task that left none; money that it has cost is not forgotten."""
        folder = self._folder.task(task.instance_id)
        folder.write({**self._means.failure(task, error), "spent_usd": folder.spent_usd()})
        end = self._folder.end(task)
        if end is not None:
            self._note(end)

    def _note(self, end: Ended) -> None:
        self.tally.ends[end.instance_id] = end
        self.tally.fresh += 1
        self._day_spent = self._day_spent or end.day_spent
        self._means.watch(self.tally, end)


def result_row(task: Task, row: dict[str, Any], spent_usd: float | None, *, is_cut: bool) -> dict[str, Any]:
    """A result: what `fix --json` says, and what tells whose it is."""
    is_cut = is_cut and row["status"] == Status.OVER_BUDGET
    about = {"instance_id": task.instance_id, "repo": task.repo, "base_commit": task.base_commit}
    return {**row, **about, "digest": digest(task), "spent_usd": spent_usd, "cut": is_cut}
