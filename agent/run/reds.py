"""Red tests confirmed by a second run: flaky ones, those that depend on others, and those red only in the sandbox."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import accumulate

from agent.core.errors import OverBudget
from agent.core.protocols import Progress
from agent.run.budget import Budget
from agent.run.trust import MORE
from tools.testing.layout import files_of
from tools.testing.results import GREEN, RED, Failure, TestRun, TestStatus, delta
from tools.testing.site import Site

TARGET, FLAKY, ORDER = "target", "flaky", "red only after other tests"
TRACE_ALL_SECONDS = 20.0
TRACE_MORE_SECONDS = 10.0  # of a longer suite's passing tests, beside the files of the red ones
TRACE_SHARE = 0.4  # of the time left, for the passing tests that are traced beside the red ones
AGAIN_SHARE = 0.25  # of the time left, for each more run that tells flaky tests from those that depend on others
# What the sandbox takes away: the network, the user's home, places to write.
SANDBOXED = re.compile(
    r"Network is unreachable|name resolution|Name or service not known|getaddrinfo|Connection refused|ConnectError|"
    r"Read-only file system|Permission denied|Operation not permitted|No such file or directory: '/",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reds:
    """Red tests by what a second look says; `traced` is that second run, line by line."""

    targets: tuple[str, ...] = ()
    flaky: tuple[str, ...] = ()
    order_dependent: tuple[str, ...] = ()
    sandbox_only: tuple[str, ...] = ()
    traced: TestRun = field(default_factory=TestRun)

    def without_sandboxed(self, run: TestRun, unfenced: Callable[[], Site], budget: Budget) -> Reds:
        """Set aside what fails for want of something the sandbox takes away, and passes without one.

        Only code of the user's that nobody has changed runs outside.
        """
        doubtful = [name for name in self.targets if _may_be_the_sandbox(run.failures.get(name))]
        if not doubtful:
            return self
        with closing(unfenced()) as site:
            outside = site.runner.run(doubtful, timeout_seconds=budget.remaining.seconds * AGAIN_SHARE)
        only = tuple(name for name in doubtful if outside.status_of(name) in GREEN)
        return replace(self, targets=tuple(name for name in self.targets if name not in only), sandbox_only=only)


def confirmed(site: Site, run: TestRun, wanted: Sequence[str], budget: Budget, progress: Progress) -> Reds:
    """Run the red tests again, before all others and line by line; those that are red in the same way are targets.

    Of the others, which may need or suffer from the tests before them, the old order decides.
    """
    progress("running the failing tests again, line by line")
    traced = _traced(site, run, wanted, budget)
    changed = frozenset(delta(run, traced).changed).intersection(wanted)
    doubtful = [name for name in wanted if name in changed or traced.status_of(name) not in RED]
    if not doubtful:
        return Reds(targets=tuple(wanted), traced=traced)
    progress("running the tests in the old order again, for some were not red as before")
    again = _in_order(site, run, budget, trace=bool(changed))
    suspicious = any(kind(traced.status_of(name), again.status_of(name)) == ORDER for name in doubtful)
    last = _in_order(site, run, budget) if suspicious else again
    kinds = {name: kind(traced.status_of(name), again.status_of(name), last.status_of(name)) for name in doubtful}
    return Reds(
        targets=tuple(name for name in wanted if kinds.get(name, TARGET) == TARGET),
        flaky=tuple(name for name in wanted if kinds.get(name) == FLAKY),
        order_dependent=tuple(name for name in wanted if kinds.get(name) == ORDER),
        traced=_with_failures_of(again, traced, changed),
    )


def _traced(site: Site, run: TestRun, wanted: Sequence[str], budget: Budget) -> TestRun:
    """The tests that are wanted, and others for a part of the time: line by line one may take a hundred times as long.

    OverBudget where those that are wanted do not come to their end.
    """
    tests = to_trace(run, wanted)
    beside = [] if set(tests) == set(wanted) else [(tests, TRACE_SHARE)]
    traced = TestRun()
    for names, share in (*beside, (list(wanted), 1.0)):
        site.workspace.reset()
        seconds = budget.remaining.seconds * share
        traced = site.runner.run(names, timeout_seconds=seconds, trace=True, first=wanted)
        is_cut = traced.timed_out or traced.over
        if not is_cut or all(traced.status_of(name) for name in wanted):
            return traced
    if traced.over:
        raise OverBudget(f"run again, line by line, the failing tests {traced.ended_for}", MORE)
    raise OverBudget(f"the failing tests did not end when run again{traced.while_running}", "raise --max-seconds")


def kind(first: TestStatus | None, again: TestStatus | None, last: TestStatus | None = None) -> str:
    """What a red test is by its status when it came first, and then in the old order; None: it did not come to run.

    One that fails every other time is red in the old order again, but not twice in a row.
    """
    if again not in RED:
        return TARGET if again is None and first in RED else FLAKY
    if first in RED or first is None:
        return TARGET
    return ORDER if last in RED or last is None else FLAKY


def _in_order(site: Site, run: TestRun, budget: Budget, trace: bool = False) -> TestRun:
    """The same tests in the same order, where there is time for it."""
    seconds = budget.remaining.seconds * AGAIN_SHARE
    if run.seconds > seconds:
        return TestRun()
    site.workspace.reset()
    trace = trace and run.seconds <= TRACE_ALL_SECONDS
    return site.runner.run(list(run.statuses), timeout_seconds=seconds, trace=trace)


def _with_failures_of(again: TestRun, traced: TestRun, names: Collection[str]) -> TestRun:
    """A traced run in which these tests fail as they do in the old order."""
    kept = {name: failure for name, failure in traced.failures.items() if name not in names}
    failures = {name: failure for name, failure in again.failures.items() if name in names}
    lines = {name: found for name, found in again.lines.items() if name in names}
    return replace(traced, failures={**kept, **failures}, lines={**traced.lines, **lines})


def to_trace(run: TestRun, wanted: Sequence[str]) -> list[str]:
    """Where the suite is short all of it, else its quickest files beside the red ones: passing tests tell suspects
    apart, and candidates. Where their lines are known only the red.

    Files are named whole, so that what tests share is set up as in the first run.
    """
    if run.lines:
        return list(wanted)
    files = files_of([*run.statuses, *wanted])
    return files if run.seconds <= TRACE_ALL_SECONDS else _quickest(files, run.durations, {*files_of(wanted)})


def _quickest(files: Sequence[str], durations: Mapping[str, float], kept: Collection[str]) -> list[str]:
    """Some of the files in their order: those that are `kept`, and of the others the quickest, as time allows."""
    seconds = dict.fromkeys(files, 0.0)
    for name, took in durations.items():
        file = name.split("::")[0]
        seconds[file] = seconds.get(file, 0.0) + took
    others = sorted((name for name in files if name not in kept), key=lambda name: seconds[name])
    ends = accumulate(seconds[name] for name in others)
    more = {name for name, end in zip(others, ends, strict=True) if end <= TRACE_MORE_SECONDS}
    return [name for name in files if name in kept or name in more]


def _may_be_the_sandbox(failure: Failure | None) -> bool:
    text = "" if failure is None else f"{failure.exception}: {failure.message}\n{failure.traceback}"
    return bool(SANDBOXED.search(text))
