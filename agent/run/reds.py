"""Red tests confirmed by a second run: flaky ones, those that depend on others, and those red only in the sandbox."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from agent.core.errors import OverBudget
from agent.core.protocols import Progress
from agent.run.budget import Budget
from tools.testing.layout import files_of
from tools.testing.results import GREEN, RED, Failure, TestRun
from tools.testing.site import Site

TRACE_ALL_SECONDS = 20.0
AGAIN_SHARE = 0.25  # of the time left, for a third run that tells flaky tests from those that depend on others
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
    """Run the red tests again, before all others and line by line; what is green then is no target."""
    site.workspace.reset()
    progress("running the failing tests again, line by line")
    traced = site.runner.run(_to_trace(run, wanted), timeout_seconds=budget.remaining.seconds, trace=True, first=wanted)
    if traced.timed_out:
        raise OverBudget("the failing tests did not end when run again", "raise --max-seconds")
    green = [name for name in wanted if traced.status_of(name) in GREEN]
    dependent = _red_again(site, run, green, budget)
    return Reds(
        targets=tuple(name for name in wanted if name not in green),
        flaky=tuple(name for name in green if name not in dependent),
        order_dependent=dependent,
        traced=traced,
    )


def _to_trace(run: TestRun, wanted: Sequence[str]) -> list[str]:
    """Where the suite is short all of it: passing tests tell suspects apart; where their lines are known only the red.

    Files are named whole, so that what tests share is set up as in the first run.
    """
    if run.lines:
        return list(wanted)
    return files_of(run.statuses if run.seconds <= TRACE_ALL_SECONDS else wanted)


def _red_again(site: Site, run: TestRun, green: Sequence[str], budget: Budget) -> tuple[str, ...]:
    """Of tests that pass when they come first, those that fail again in the old order: others make them fail."""
    seconds = budget.remaining.seconds * AGAIN_SHARE
    if not green or run.seconds > seconds:
        return ()
    site.workspace.reset()
    again = site.runner.run(timeout_seconds=seconds)
    return tuple(name for name in green if again.status_of(name) in RED)


def _may_be_the_sandbox(failure: Failure | None) -> bool:
    text = "" if failure is None else f"{failure.exception}: {failure.message}\n{failure.traceback}"
    return bool(SANDBOXED.search(text))
