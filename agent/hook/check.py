"""The tests that a change can affect, run with it; the red ones once more, and without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from agent.core.errors import InfraFailure, OverBudget
from agent.core.protocols import Progress
from agent.run.baseline import Terms
from agent.run.budget import Budget
from agent.run.reds import Reds, confirmed
from agent.run.trust import check_trustworthy, is_broken, why_broken
from tools.testing.results import GREEN, RED, Failure, TestRun, TestStatus
from tools.testing.site import Site, Sites
from tools.workspace.blobs import list_blobs

SINCE, EARLIER, NEW, UNKNOWN = "red since this change", "red before it, too", "new, and red", ""
LEAST_SECONDS = 1.0  # with less left nothing more is started
TESTS_SHARE = 0.7  # of the time: the rest is for a second look at what is red
SANDBOX_ONLY = "red only in the sandbox"
PYTEST = "pytest"  # stands for all tests, where it does not come to its end


@dataclass(frozen=True, slots=True)
class Red:
    """A red test, and what the change did to it: SINCE, EARLIER, NEW, or UNKNOWN for want of time."""

    name: str
    failure: Failure | None
    since: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen. `trouble` is why something could not be checked; `not_run` are tests there was no time for."""

    run: TestRun
    reds: tuple[Red, ...] = ()
    set_aside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    not_run: tuple[str, ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """Checks a commit against the one `before` it, None where there is none; `tests` () are all.

    With `trace` the lines that tests ran are seen: the next call has fewer tests to run, this one takes longer.
    """

    sites: Sites
    terms: Terms
    budget: Budget
    progress: Progress
    trace: bool

    def check(self, commit: str, before: str | None, tests: Sequence[str]) -> Finding:
        """Run the tests; InfraFailure where they cannot be run, with the change and without it."""
        with closing(self.sites.open(commit)) as site:
            self.progress("running the tests that the change can affect")
            run = site.runner.run(tests, timeout_seconds=self._left * TESTS_SHARE, trace=self.trace)
            if not run.complete and not run.ended_for:
                return self._unloaded(run, before, tests)
            if run.statuses and run.complete:
                check_trustworthy(run)
            reds, aside, run = self._confirmed(site, commit, run)
            broken = {name for name in reds if is_broken(name, run, site.workspace.tree)}
        told = self._told(reds, before)
        sandboxed = self._green_outside(commit, [name for name in reds if told[name] in (EARLIER, NEW)])
        if sandboxed:
            aside = {**aside, SANDBOX_ONLY: (*aside.get(SANDBOX_ONLY, ()), *sandboxed)}
            reds = tuple(name for name in reds if name not in sandboxed)
        unloaded = tuple(name for name in reds if name in broken and told[name] in (EARLIER, UNKNOWN))
        found = tuple(Red(name, run.failures.get(name), told[name]) for name in reds if name not in unloaded)
        not_run = _not_run(tests, run)
        trouble = why_broken(run, unloaded) if unloaded else _cut_off(run, self.budget)
        return Finding(run, found, aside, not_run, trouble)

    @property
    def _left(self) -> float:
        return max(self.budget.remaining.seconds, LEAST_SECONDS)

    def _confirmed(
        self, site: Site, commit: str, run: TestRun
    ) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]], TestRun]:
        """Red tests that are red again, those that are not, by what is wrong with them, and all that was seen."""
        if not run.red or self.budget.remaining.seconds < LEAST_SECONDS:
            return run.red, {}, run
        try:
            reds = confirmed(site, run, run.red, self.budget, self.progress)
            unfenced = self.terms.unfenced
            if unfenced is not None:
                reds = reds.without_sandboxed(run, lambda: unfenced(commit), self.budget)
        except OverBudget:
            return run.red, {}, run
        return reds.targets, _aside(reds), _explained(run, reds.traced)

    def _told(self, reds: Sequence[str], before: str | None) -> dict[str, str]:
        """What the change did to each red test."""
        if not reds or before is None:
            return dict.fromkeys(reds, UNKNOWN)
        if self.budget.remaining.seconds < LEAST_SECONDS:
            return dict.fromkeys(reds, UNKNOWN)
        run = self._run_before(before, reds)
        return {name: _since(name, run) for name in reds}

    def _green_outside(self, commit: str, tests: Sequence[str]) -> tuple[str, ...]:
        """Tests that pass without a sandbox. The code is the user's own, as he stages it; nobody else changed it."""
        if not tests or self.terms.unfenced is None or self.budget.remaining.seconds < LEAST_SECONDS:
            return ()
        self.progress("running failing tests outside the sandbox")
        with closing(self.terms.unfenced(commit)) as site:
            run = site.runner.run(tests, timeout_seconds=self._left)
        return () if run.foreign_modules else tuple(name for name in tests if run.status_of(name) in GREEN)

    def _run_before(self, before: str, tests: Sequence[str]) -> TestRun:
        """The same tests on the commit before; those whose file is not there do not run."""
        folder = "" if self.sites.test_root == "." else f"{self.sites.test_root}/"
        there = list_blobs(self.sites.repository, before)
        known = [name for name in tests if folder + name.split("::")[0] in there]
        if tests and not known:
            return TestRun(complete=True)
        self.progress("running the failing tests without the change")
        with closing(self.sites.open(before)) as site:
            return site.runner.run(known, timeout_seconds=self._left)

    def _unloaded(self, run: TestRun, before: str | None, tests: Sequence[str]) -> Finding:
        """pytest did not come to its end: the change is at fault where it does without it."""
        try:
            check_trustworthy(run)
        except InfraFailure as error:
            if before is None or self.budget.remaining.seconds < LEAST_SECONDS:
                raise
            without = self._run_before(before, tests)
            if not without.complete or not without.statuses:
                raise
            failure = Failure(PYTEST, "collect", "", error.message, (), "")
            return Finding(run, (Red(PYTEST, failure, SINCE),))
        raise AssertionError("a run that is not complete is not trustworthy")


def _since(name: str, before: TestRun) -> str:
    status: TestStatus | None = before.status_of(name)
    if status is None:
        return NEW if before.complete else UNKNOWN
    return EARLIER if status in RED else SINCE if status in GREEN else NEW


def _aside(reds: Reds) -> dict[str, tuple[str, ...]]:
    kinds = {
        "flaky": reds.flaky,
        "red only after other tests": reds.order_dependent,
        SANDBOX_ONLY: reds.sandbox_only,
    }
    return {kind: names for kind, names in kinds.items() if names}


def _explained(run: TestRun, traced: TestRun) -> TestRun:
    """The run with failures and lines as they were seen last."""
    seen = {name: failure for name, failure in traced.failures.items() if name in run.failures}
    return replace(run, failures={**run.failures, **seen}, lines={**run.lines, **traced.lines})


def _not_run(tests: Sequence[str], run: TestRun) -> tuple[str, ...]:
    """Of what was asked for, what did not come to its end; a file that was begun counts."""
    if not run.ended_for:
        return ()
    begun = run.running.split("::")[0] if run.running else ""
    late = [name for name in tests if run.status_of(name) is None or name == begun]
    return tuple(late) or ("the rest of the suite",)


def _cut_off(run: TestRun, budget: Budget) -> str:
    if run.over:
        return f"the tests {run.ended_for}"
    late = f"the tests did not end in time, of {budget.max_seconds:g} s in all{run.while_running}"
    return late if run.timed_out else ""
