"""One `batch` from call to exit code: load, work off, write what others read."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from agent.batch.clones import load_clones
from agent.batch.executor import Processes
from agent.batch.folder import BatchFolder, Ended, open_folder
from agent.batch.outputs import write_outputs
from agent.batch.run import Batch, Limits, Means, Tally, result_row
from agent.cli.batch_table import Board
from agent.cli.loading import loaded_tasks, named, settings_of
from agent.cli.minds import OFFLINE, choose_mind
from agent.cli.orders import Orders, folder_of, secrets_of
from agent.cli.output import complain, print_json
from agent.cli.stage import MOST_LAB_WORKERS
from agent.cli.worker import argv_of, failed_row
from agent.core.config import Config, load_config
from agent.core.errors import UsageProblem
from agent.core.task import Task
from agent.core.verdict import EXIT_CODES, Status
from agent.tasks.load import Loaded
from agent.trace.runs import state_folder
from agent.trace.spending import Spending
from tools.workspace.limits import processors

# Writing all outputs anew takes at most this share of the time.
WRITING_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Call:
    """What the user asked for; costs in USD, `max_seconds` None for no limit."""

    tasks: str
    out: Path
    repos: Path
    workers: int
    only: tuple[str, ...]
    shard: str
    max_cost: float
    max_seconds: float | None
    as_json: bool


class _Outputs:
    """Writes the files that others read, now and then while the batch goes on, and at its end."""

    def __init__(self, folder: BatchFolder, loaded: Loaded) -> None:
        self._folder = folder
        self._tasks = loaded.tasks
        self._golds = {name: beside.gold_patch for name, beside in loaded.beside.items()}
        self._due = 0.0

    def now_and_then(self) -> None:
        if time.monotonic() >= self._due:
            self.write()

    def write(self, stopped: str = "") -> None:
        started = time.monotonic()
        write_outputs(self._folder, self._tasks, self._golds, stopped)
        ended = time.monotonic()
        self._due = ended + (ended - started) / WRITING_SHARE


def run_batch(call: Call, flags: Mapping[str, object]) -> int:
    """Work the batch off and give its exit code: 0 all tasks ended, 4 its budget did, 130 interrupted."""
    config = load_config(Path.cwd(), os.environ, flags)
    loaded = loaded_tasks(call.tasks, config.authors)
    clones = load_clones(call.repos.resolve(), Path.cwd())
    chosen = _chosen(loaded.tasks, call)
    limits, settings = _limits(call, config, flags)
    orders = Orders(clones, loaded, config, settings, secrets_of(call.tasks, call.out), folder_of(call.tasks))
    orders.tell_open(chosen)
    folder = open_folder(call.out.resolve(), loaded.tasks)
    outputs = _Outputs(folder, loaded)
    with Board(call.workers, len(chosen)) as board:

        def watch(tally: Tally, end: Ended) -> None:
            board.ended(tally, end)
            outputs.now_and_then()

        means = Means(
            executor=Processes(call.workers, board.running),
            order_for=orders.order,
            argv_for=partial(argv_of, "batch_worker"),
            failure=_failure,
            watch=watch,
            left_of_day=Spending(state_folder(os.environ), limits.cost_of_day).left_usd,
        )
        batch = Batch(folder, chosen, limits, means)
        board.begin(batch.tally)
        status = _worked_off(batch)
    outputs.write(batch.tally.stopped)
    return _told(status, batch.tally, loaded, call)


def _chosen(tasks: Sequence[Task], call: Call) -> list[Task]:
    """The tasks of this call."""
    found = named(tasks, call.only)
    if not call.shard:
        return found
    first, _, count = call.shard.partition("/")
    if not (first.isdecimal() and count.isdecimal() and 1 <= int(first) <= int(count)):
        raise UsageProblem(f"--shard is {call.shard!r}", "use i/n with i from 1 to n, like 2/4")
    return found[int(first) - 1 :: int(count)]


def _limits(call: Call, config: Config, flags: Mapping[str, object]) -> tuple[Limits, dict[str, Any]]:
    """What may be spent, and the settings that every worker is given."""
    cost = min(config.max_cost, call.max_cost)
    share = max(1, processors() // max(1, call.workers))  # of the processors, so that tasks do not wait for each other
    lab_workers = config.lab_workers or min(MOST_LAB_WORKERS, share)
    given = {"lab_workers": lab_workers, **settings_of(flags, config.python), "max_cost": cost}
    if config.max_cost_per_day is not None:
        given["max_cost_per_day"] = config.max_cost_per_day
    mind = choose_mind(load_config(Path.cwd(), os.environ, given), os.environ)
    settings = {**given, "model": mind.name}  # the clones' own configuration does not choose who is paid
    cost = 0.0 if mind.name == OFFLINE else cost
    return Limits(call.max_cost, call.max_seconds, cost, config.max_seconds, config.max_cost_per_day), settings


def _failure(task: Task, error: Exception) -> dict[str, Any]:
    return result_row(task, failed_row(error), 0.0, is_cut=False)


def _worked_off(batch: Batch) -> Status | None:
    """None when every task has ended, else what stopped the batch; what was done is kept either way."""
    try:
        tally = batch.run()
    except KeyboardInterrupt:
        return Status.INTERRUPTED
    return Status.OVER_BUDGET if tally.stopped else None


def _told(status: Status | None, tally: Tally, loaded: Loaded, call: Call) -> int:
    """Say how it ended, and give the exit code."""
    again = "the same command goes on"
    if status is Status.INTERRUPTED:
        complain("interrupted; what has ended is kept", again)
    elif status is not None:
        complain(f"{tally.stopped} was reached with {len(tally.tasks) - tally.done} tasks left", f"with more, {again}")
    if call.as_json:
        counts: dict[str, int] = {}
        for end in tally.ends.values():
            counts[end.status] = counts.get(end.status, 0) + 1
        row = {"status": str(status or "ended"), "tasks": len(tally.tasks), "done": tally.done, "statuses": counts}
        more = {
            "stopped": tally.stopped,
            "skipped_rows": len(loaded.problems),
            "cost_usd": tally.spent_usd,
            "out": str(call.out.resolve()),
        }
        print_json({**row, **more})
    else:
        print(f"{tally.done} of {len(tally.tasks)} tasks done; {call.out}/summary.md tells of each")
    return 0 if status is None else EXIT_CODES[status]
