"""Trying edits: warm where the swap of a function's code can put them into effect, in a cold run otherwise."""

from __future__ import annotations

import contextlib
import math
import queue
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from tools.patch import Edit, apply_edit, encode
from tools.testing.lab.place import Place
from tools.testing.lab.said import Answer, FunctionAt, Sight, Statement, TrialOutcome, TrialResult
from tools.testing.lab.trim import trimmed
from tools.testing.lab.worker import Worker
from tools.testing.results import TestStatus
from tools.testing.run import RunsTests

# What a worker says of one edit, as it came through the pipe.
Verdict = dict[str, Any]

LEAST_SECONDS = 1.0
TIMES_USUAL = 5.0
COLD_START_SECONDS = 10.0
# What is red now stops where it fails, and may go on for longer when it is mended: forks get so much more time, until
# those without an end have used up so much of it.
PATIENCE_SECONDS, MOST_PATIENCE_SECONDS = 2.0, 8.0
PROBE_SECONDS = 10.0
TRACED_TIMES = 3.0
START_SECONDS = 120.0

LARGEST_BATCH = 64
MOST_IN_BATCH = 24  # tests that the edits of a batch are tried on: each is calibrated first, and one red is enough
CALIBRATION = 4  # time limits that a worker may take to find out which tests can share a process
ALONE: Verdict = {"outcome": "alone", "statuses": {}}


@dataclass(slots=True)
class Trials:
    """What a series of edits is tried on, which of them are `put_off`, and whether anybody still waits for it."""

    tests: tuple[str, ...]
    put_off: Callable[[Edit], bool]
    are_wanted: bool = True


class Lab:
    """Workers on scratch copies of one tree. Edits are splices of that tree's files. Use as a context manager."""

    def __init__(
        self, places: Sequence[Place], tests: Sequence[str], durations: Mapping[str, float], until: float = math.inf
    ) -> None:
        """`durations` (seconds a test) set the time limits; `tests` are all that will be asked for. They are collected
        in the order of `durations`, the suite's: in another one a file may miss what one before it puts on the path.

        Nothing is tried after `until`, by the monotonic clock: what is asked for then is `late`.
        """
        self._durations = durations
        self._until = until
        self._patience = MOST_PATIENCE_SECONDS
        self._collected: frozenset[str] | None = None
        place = {name: number for number, name in enumerate(durations)}
        self._tests = sorted(tests, key=lambda name: place.get(name, len(place)))
        self._idle: queue.LifoQueue[tuple[Worker, Place]] = queue.LifoQueue()  # who is warm goes on
        start_seconds = min(START_SECONDS, max(self._left, LEAST_SECONDS))
        plain = not (places[0].runner.is_command or places[0].is_about_assertions(self._tests))
        self.workers = [Worker(place.runner, self._tests, start_seconds, plain_asserts=plain) for place in places]
        for pair in zip(self.workers, places, strict=True):
            self._idle.put(pair)
        self._pool = ThreadPoolExecutor(max_workers=len(self.workers))

    def __enter__(self) -> Lab:
        return self

    def __exit__(self, *_: object) -> None:
        self._until = -math.inf  # what is still being tried is of no use any more
        for worker in self.workers:
            worker.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)
        for worker in self.workers:
            worker.close()

    def warm_up(self) -> None:
        """Let the workers collect the tests while the caller still finds out what to try."""
        for _ in self.workers:
            self._pool.submit(self._begin)

    def _begin(self) -> None:
        with self._place([]) as (worker, _):
            if self._left > 0:
                worker.begin()

    def collected(self, tests: Sequence[str]) -> tuple[str, ...]:
        """Those of the tests that a worker has found, which may take others of the suite to be collected; all of them
        where nothing is warm. The first call waits until a worker is ready.
        """
        if self._collected is None:
            with self._place([]) as (worker, _):
                worker.begin()
                self._collected = frozenset(self._tests) if worker.collected is None else worker.collected
        return tuple(name for name in tests if name in self._collected)

    def try_edits(
        self, edits: Iterable[Edit], tests: Sequence[str], put_off: Callable[[Edit], bool] = lambda edit: False
    ) -> Iterator[TrialResult]:
        """Results in the order of `edits`, which is read ahead by a few batches; a trial stops at its first red test.

        Batches grow, so that the first results come soon. That all tests pass is never believed of a fork that many
        edits share. What only a cold run can tell of an edit is not found out where it is to be `put_off`: `slow`.
        """
        window: deque[Future[list[TrialResult]]] = deque()
        trials = Trials(tuple(tests), put_off)
        try:
            for batch in _batches(iter(edits)):
                window.append(self._pool.submit(self._try_batch, batch, trials))
                if len(window) > len(self.workers):
                    yield from window.popleft().result()
            while window:
                yield from window.popleft().result()
        finally:
            trials.are_wanted = False
            for future in window:
                future.cancel()

    def run_edits(self, edits: Sequence[Edit], tests: Sequence[str]) -> Iterator[TrialResult]:
        """Every test under every edit, each edit in a fork of its own: unlike a trial it goes on after a red test."""
        return self._pool.map(lambda edit: self._whole(edit, tuple(tests)), edits)

    def green_under(self, edit: Edit, tests: Sequence[str]) -> frozenset[str]:
        """Those of the tests that pass under an edit; one that changes nothing tells which do here at all."""
        run = self._whole(edit, tuple(tests))
        return frozenset(name for name in tests if run.passes([name]))

    def record(self, edit: Edit, function: FunctionAt, tests: Sequence[str], limit: int) -> tuple[str, ...]:
        """Distinct inputs `function` gets from the tests under `edit`, opaque, for `answers`."""
        reply = self._ask("record", edit, {"function": function, "tests": list(tests), "limit": limit})
        return tuple(reply.get("inputs", ()))

    def answers(
        self, edit: Edit, function: FunctionAt, inputs: Sequence[str], mutations: int
    ) -> tuple[Answer, ...] | None:
        """What `function` does under `edit` with the inputs and `mutations` variants of each; None: cannot tell."""
        reply = self._ask("probe", edit, {"function": function, "inputs": list(inputs), "mutations": mutations})
        found = reply.get("outputs")
        return tuple(Answer(*row) for row in found) if found else None

    def see(self, statements: Sequence[Statement], tests: Sequence[str], limit: int) -> Sequence[tuple[Sight, ...]]:
        """What expressions are worth where the tests run some statements, unedited: up to `limit` distinct sights each.

        There is none where it takes too long.
        """
        path = statements[0].path
        with self._place([Edit(path, 0, 0, "")]) as (worker, place):
            tree = place.runner.sandbox.tree
            rows = [{**asdict(one), "path": str(tree / one.path)} for one in statements]
            request = {"kind": "see", "files": {}, "places": rows, "tests": list(tests), "limit": limit}
            seconds = min(TRACED_TIMES * self._limit(tests) + PROBE_SECONDS, max(self._left, LEAST_SECONDS))
            reply = worker.ask(request, seconds)
            place.tidy(path, ended_well=reply["outcome"] == "done")
        try:
            seen = zip(statements, reply["seen"], strict=True)
            return [tuple(Sight.of(row, len(one.expressions)) for row in found) for one, found in seen]
        except (KeyError, TypeError, ValueError):  # it ended badly, or says what it cannot have seen
            return [()] * len(statements)

    def _try_batch(self, edits: Sequence[Edit], trials: Trials) -> list[TrialResult]:
        if self._left <= 0:
            return [_late(edit) for edit in edits]
        with self._place(edits) as (worker, place):
            verdicts = self._verdicts(worker, place, edits, trials.tests) if len(edits) > 1 else [ALONE]
            return [
                self._settled(worker, place, edit, trials.tests, verdict, warm_only=trials.put_off(edit))
                if trials.are_wanted
                else _late(edit)
                for edit, verdict in zip(edits, verdicts, strict=True)
            ]

    def _whole(self, edit: Edit, tests: tuple[str, ...]) -> TrialResult:
        with self._place([edit]) as (worker, place):
            return self._settled(worker, place, edit, tests, ALONE, stop=False)

    def _verdicts(self, worker: Worker, place: Place, edits: Sequence[Edit], tests: tuple[str, ...]) -> list[Verdict]:
        """What a fork that all these edits share says of each; `alone` for all where it cannot be relied on."""
        rows = [_span(place, edit) for edit in edits]
        usual = [[test, self._durations.get(test, 0.0)] for test in _sample(tests)]
        started = time.monotonic()
        request = {"kind": "batch", "edits": rows, "tests": usual}
        times = len(edits) + CALIBRATION
        reply = worker.ask(request, self._limit(tests), times=times, most_seconds=max(self._left, LEAST_SECONDS))
        is_intact = all([place.tidy(path, ended_well=True) for path in {edit.path for edit in edits}])
        if reply["outcome"] != "done" or not is_intact:
            return [ALONE] * len(edits)
        seconds = (time.monotonic() - started) / len(edits)
        return [{**verdict, "seconds": seconds} for verdict in reply["verdicts"]]

    def _settled(
        self,
        worker: Worker,
        place: Place,
        edit: Edit,
        tests: tuple[str, ...],
        verdict: Verdict,
        *,
        stop: bool = True,
        warm_only: bool = False,
    ) -> TrialResult:
        """The verdict as a result; a fork of the edit's own decides `alone`, a cold run `slow` ones and `promising`."""
        if verdict["outcome"] == "alone":
            if self._left <= 0:
                return _late(edit)
            verdict = self._forked(worker, place, edit, tests, stop=stop)
        if verdict["outcome"] != "promising" and (verdict["outcome"] != "slow" or warm_only):
            return _result(edit, verdict)
        if self._left <= 0:
            return _late(edit)
        runner = place.runner.up_to_red() if stop else place.runner
        more_seconds = COLD_START_SECONDS + TIMES_USUAL * worker.failed_start_seconds
        return self._cold(place, edit, runner, tests, self._limit(tests) + more_seconds)

    def _forked(self, worker: Worker, place: Place, edit: Edit, tests: tuple[str, ...], *, stop: bool) -> Verdict:
        request = {"kind": "try", "files": _files(place, edit), "edit": _span(place, edit), "tests": list(tests)}
        patience = PATIENCE_SECONDS if self._patience >= PATIENCE_SECONDS else 0.0
        reply = worker.ask({**request, "stop": stop}, self._limit(tests) + patience)
        self._patience -= patience if reply["outcome"] == "timeout" else 0.0
        place.tidy(edit.path, ended_well=reply["outcome"] in ("done", "slow", "promising"))
        return reply

    def _cold(self, place: Place, edit: Edit, runner: RunsTests, tests: tuple[str, ...], seconds: float) -> TrialResult:
        (place.tree / edit.path).write_bytes(encode(apply_edit(place.text(edit.path), edit)))
        try:
            run = runner.run(tests, timeout_seconds=seconds)
        finally:
            place.tidy(edit.path, ended_well=False)
        outcome: TrialOutcome = "timeout" if run.timed_out else "done" if run.complete or run.red else "died"
        return TrialResult(edit, run.statuses, run.seconds, outcome, warm=False)

    def _ask(self, kind: str, edit: Edit, more: dict[str, Any]) -> dict[str, Any]:
        with self._place([edit]) as (worker, place):
            function: FunctionAt = more["function"]
            path = str(place.runner.sandbox.tree / function.path)
            seen = {"path": path, "name": function.name, "line": function.line}
            limit = self._limit(more.get("tests", ())) + PROBE_SECONDS
            reply = worker.ask({**more, "kind": kind, "files": _files(place, edit), "function": seen}, limit)
            place.tidy(edit.path, ended_well=reply["outcome"] == "done")
            return reply

    @contextlib.contextmanager
    def _place(self, edits: Sequence[Edit]) -> Iterator[tuple[Worker, Place]]:
        worker, place = self._idle.get()
        try:
            for edit in edits:
                place.text(edit.path)  # what is kept as unedited is read before anything runs
            yield worker, place
        finally:
            self._idle.put((worker, place))

    @property
    def _left(self) -> float:
        return self._until - time.monotonic()

    def _limit(self, tests: Sequence[str]) -> float:
        return LEAST_SECONDS + TIMES_USUAL * sum(self._durations.get(test, 0.0) for test in tests)


def _batches(edits: Iterator[Edit]) -> Iterator[list[Edit]]:
    """Edits in batches that grow from one to LARGEST_BATCH."""
    size = 1
    while batch := list(islice(edits, size)):
        yield batch
        size = min(2 * size, LARGEST_BATCH)


def _sample(tests: Sequence[str]) -> list[str]:
    """Some of the tests: each function's first one before others of the same parameters."""
    firsts = {test.split("[")[0]: test for test in reversed(tests)}
    return list(dict.fromkeys([*reversed(firsts.values()), *tests]))[:MOST_IN_BATCH]


def _late(edit: Edit) -> TrialResult:
    return TrialResult(edit, {}, 0.0, "late")


def _result(edit: Edit, reply: Verdict) -> TrialResult:
    statuses = {name: TestStatus(value) for name, value in reply["statuses"].items()}
    return TrialResult(edit, statuses, reply.get("seconds", 0.0), reply["outcome"])


def _span(place: Place, edit: Edit) -> list[Any]:
    span = trimmed(place.text(edit.path), edit)
    return [str(place.runner.sandbox.tree / edit.path), span.start, span.end, span.text]


def _files(place: Place, edit: Edit) -> dict[str, str]:
    return {str(place.runner.sandbox.tree / edit.path): apply_edit(place.text(edit.path), edit)}
