"""A batch with an executor of its own making: what is started, what is paid for, and what a kill leaves."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from agent.batch.executor import End, Job
from agent.batch.folder import BatchFolder, Ended, TaskFolder, open_folder
from agent.batch.order import Order, read_order
from agent.batch.run import NO_RESULT_WRITTEN, Batch, Limits, Means, Tally, result_row
from agent.core.errors import InfraFailure, UsageProblem
from agent.core.task import Task

TASKS = [Task(name, "octo/lamp", "abc") for name in ("a", "b", "c")]
FREE = Limits(None, None, 0.0, 600.0)
Behaviour = Callable[[Order, TaskFolder], int]


def row(status: str = "proved", cost: float = 0.0, **more: Any) -> dict[str, Any]:
    return {"status": status, "seconds": 1.0, "reason": "", "model_patch": "", "cost": cost, **more}


def works(status: str = "proved", cost: float = 0.0) -> Behaviour:
    """A worker that leaves a result."""

    def behave(order: Order, folder: TaskFolder) -> int:
        folder.write(result_row(order.task, row(status), cost, is_cut=order.cut))
        return 0

    return behave


class Played:
    """Executes each job at once, as it is told to behave; up to `width` are begun before the first one ends."""

    def __init__(self, behaviour: Behaviour, width: int = 1) -> None:
        self.started: list[str] = []
        self._behaviour = behaviour
        self._width = width

    def map(self, jobs: Iterable[Job | None]) -> Iterator[End]:
        waiting, done = iter(jobs), object()
        running: list[Job] = []
        while True:
            last: object = None
            while len(running) < self._width and isinstance(last := next(waiting, done), Job):
                self.started.append(last.name)
                running.append(last)
            if last is done and not running:
                return
            if running:
                yield self._end(running.pop(0))

    def _end(self, job: Job) -> End:
        folder = TaskFolder(job.log.parent)
        code = self._behaviour(read_order(folder.order), folder)
        os.close(job.claim)
        return End(job, code, timed_out=False)


def batch(folder: BatchFolder, executor: Any, limits: Limits = FREE, **means: Any) -> Batch:
    def failure(task: Task, error: Exception) -> dict[str, Any]:
        return result_row(task, row("infra_failure", reason=str(error)), 0.0, is_cut=False)

    def order_for(task: Task) -> Order:
        return Order(task, Path("/clone"), {"model": "offline"})

    means = {"order_for": order_for, "argv_for": _argv, "failure": failure, "watch": _ignore, **means}
    return Batch(folder, TASKS, limits, Means(executor, **means))


def _argv(folder: TaskFolder, claim: int) -> Sequence[str]:
    return ()


def _ignore(tally: Tally, end: Ended) -> None: ...


@pytest.fixture
def folder(tmp_path: Path) -> BatchFolder:
    return open_folder(tmp_path / "out", TASKS)


def states(tally: Tally) -> dict[str, tuple[str, bool]]:
    return {name: (end.status, end.is_done) for name, end in tally.ends.items()}


def test_every_task_is_worked_once_and_none_again(folder: BatchFolder) -> None:
    first, second = Played(works()), Played(works())
    tally = batch(folder, first).run()
    assert (first.started, states(tally)) == (["a", "b", "c"], dict.fromkeys("abc", ("proved", True)))
    again = batch(folder, second).run()
    assert (second.started, states(again)) == ([], states(tally))


def test_a_failed_task_is_tried_again_by_the_next_call_and_a_done_one_is_not(folder: BatchFolder) -> None:
    def behave(order: Order, folder: TaskFolder) -> int:
        return works("infra_failure" if order.task.instance_id == "b" else "unsolved")(order, folder)

    tally = batch(folder, Played(behave)).run()
    assert states(tally) == {"a": ("unsolved", True), "b": ("infra_failure", False), "c": ("unsolved", True)}
    again = Played(works())
    assert states(batch(folder, again).run())["b"] == ("proved", True)
    assert again.started == ["b"]


def test_a_worker_that_dies_is_tried_again_but_not_for_ever(folder: BatchFolder) -> None:
    dying = Played(lambda order, folder: -9 if order.task.instance_id == "b" else works()(order, folder))
    tally = batch(folder, dying).run()
    assert dying.started == ["a", "b", "b", "b", "c"]
    assert states(tally)["b"] == ("infra_failure", False)
    result = folder.task("b").read()
    assert result is not None
    assert result["reason"].startswith("its process ended with -9; ")


def test_a_worker_that_is_killed_after_its_result_has_done_its_task(folder: BatchFolder) -> None:
    def behave(order: Order, folder: TaskFolder) -> int:
        works()(order, folder)
        return -9

    killed = Played(behave)
    assert states(batch(folder, killed).run()) == dict.fromkeys("abc", ("proved", True))
    assert killed.started == ["a", "b", "c"]


def test_a_task_starts_only_when_its_whole_allowance_is_left(folder: BatchFolder) -> None:
    limits = Limits(2.5, None, 1.0, 600.0)
    played = Played(works(cost=0.9), width=3)
    tally = batch(folder, played, limits).run()
    assert played.started == ["a", "b"]  # 0.9 and 0.9 are spent: the third might take the batch to 2.8
    assert tally.stopped == "the limit of $2.5 (a task may take $1)"
    more = Played(works(cost=0.9))
    assert batch(folder, more, Limits(3.0, None, 1.0, 600.0)).run().stopped == ""
    assert more.started == ["c"]


def test_an_unknown_cost_counts_as_the_whole_allowance(folder: BatchFolder) -> None:
    def behave(order: Order, folder: TaskFolder) -> int:
        folder.write(result_row(order.task, row(), None, is_cut=False))
        return 0

    played = Played(behave)
    batch(folder, played, Limits(2.0, None, 1.0, 600.0)).run()
    assert played.started == ["a", "b"]


def dies_with(cost: float) -> Behaviour:
    """A worker that pays and is killed."""

    def behave(order: Order, folder: TaskFolder) -> int:
        journal = folder.path / "runs" / str(len(list(folder.path.glob("runs/*")))) / "journal.jsonl"
        journal.parent.mkdir(parents=True)
        journal.write_text(f'{{"v": 1, "seq": 1, "time": 0, "event": "usage", "cost_usd": {cost}}}\n{{"v": 1, "se')
        return -9

    return behave


def test_money_of_attempts_that_died_is_counted_at_once_and_kept(folder: BatchFolder) -> None:
    played = Played(dies_with(0.5))
    tally = batch(folder, played, Limits(1.75, None, 1.0, 600.0)).run()
    assert (played.started, tally.stopped) == (["a", "a"], "the limit of $1.75 (a task may take $1)")
    tally = batch(folder, Played(dies_with(0.25)), Limits(2.75, None, 1.0, 600.0)).run()
    assert tally.ends["a"].spent_usd == 1.75  # after three more
    assert tally.spent_usd == 2.0


def test_money_of_a_killed_batch_is_counted(folder: BatchFolder) -> None:
    played = Played(dies_with(0.8))
    next(played.map(batch(folder, played, Limits(2.0, None, 1.0, 600.0))._jobs()))  # then the whole batch is killed
    tally = batch(folder, Played(works()), Limits(1.5, None, 1.0, 600.0)).run()
    assert (tally.spent_usd, tally.stopped) == (0.8, "the limit of $1.5 (a task may take $1)")


def test_no_task_begins_once_the_money_of_the_day_is_gone(folder: BatchFolder) -> None:
    left = [0.9]

    def behave(order: Order, folder: TaskFolder) -> int:
        left[0] -= 0.5
        return works(cost=0.5)(order, folder)

    limits = Limits(None, None, 1.0, 600.0, cost_of_day=0.9)
    played = Played(behave)
    tally = batch(folder, played, limits, left_of_day=lambda: left[0]).run()
    assert (played.started, tally.stopped) == (["a", "b"], "the limit of $0.9 for all runs of this day")
    free = Played(works())
    batch(folder, free, FREE, left_of_day=lambda: 0.0).run()  # the embedded engine costs nothing
    assert free.started == ["c"]


def test_a_task_that_met_the_limit_of_the_day_is_the_last_one_and_stays_open(folder: BatchFolder) -> None:
    def refused(order: Order, folder: TaskFolder) -> int:
        folder.write(result_row(order.task, row("over_budget", day_spent=True), 0.0, is_cut=True))
        return 0

    limits = Limits(None, None, 1.0, 600.0)
    played = Played(refused)
    tally = batch(folder, played, limits, left_of_day=lambda: 0.01).run()
    assert (played.started, states(tally)) == (["a"], {"a": ("over_budget", False)})
    assert tally.stopped == "the limit for all runs of this day"
    tomorrow = Played(works())
    assert batch(folder, tomorrow, limits, left_of_day=lambda: 5.0).run().stopped == ""
    assert tomorrow.started == ["a", "b", "c"]


def test_time_runs_out_and_a_task_that_was_cut_short_is_not_done(folder: BatchFolder) -> None:
    now = [0.0]

    def behave(order: Order, folder: TaskFolder) -> int:
        now[0] += 40.0
        return works("over_budget")(order, folder)

    tally = batch(folder, Played(behave), Limits(None, 70.0, 0.0, 50.0), clock=lambda: now[0]).run()
    assert states(tally) == {"a": ("over_budget", True), "b": ("over_budget", False)}
    assert tally.stopped == "the time limit of 70 s"
    assert read_order(folder.task("b").order).flags["max_seconds"] == 30.0


def test_a_task_that_another_process_holds_is_asked_about_last(folder: BatchFolder) -> None:
    held = folder.task("a").claim()
    assert held is not None

    def behave(order: Order, task_folder: TaskFolder) -> int:
        if order.task.instance_id == "c":  # meanwhile the other one ends it
            folder.task("a").write(result_row(TASKS[0], row("plausible"), 0.0, is_cut=False))
            os.close(held)
        return works()(order, task_folder)

    played = Played(behave)
    tally = batch(folder, played).run()
    assert (played.started, states(tally)["a"]) == (["b", "c"], ("plausible", True))


def test_a_task_without_a_clone_fails_alone(folder: BatchFolder) -> None:
    def order_for(task: Task) -> Order:
        if task.instance_id == "b":
            raise UsageProblem("no clone of octo/lamp")
        return Order(task, Path("/clone"), {})

    played = Played(works())
    tally = batch(folder, played, order_for=order_for).run()
    assert (played.started, states(tally)["b"]) == (["a", "c"], ("infra_failure", False))


def test_a_result_that_cannot_be_written_ends_the_batch(folder: BatchFolder) -> None:
    full = Played(lambda order, folder: NO_RESULT_WRITTEN)
    with pytest.raises(InfraFailure, match="cannot be written"):
        batch(folder, full).run()
    assert full.started == ["a"]
