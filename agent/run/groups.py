"""Several reds: groups of red tests are solved one after the other, each on the tree that the ones before left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace

from agent.core.errors import InfraFailure, OverBudget
from agent.core.protocols import Proposer
from agent.core.task import GroupOutcome, Outcome, Task
from agent.core.verdict import Status, Tally, Verdict
from agent.localize.groups import next_group
from agent.run.baseline import Baseline, take_baseline
from agent.run.begin import begin
from agent.run.ground import Ground
from agent.run.loop import run_from, run_task
from agent.run.policy import split_tests
from tools.testing.results import TestRun
from tools.workspace.checkout import diff_between

# Of several verdicts the run's is the worst, here the last.
BY_SEVERITY = (
    Status.NOTHING_TO_DO,
    Status.PROVED,
    Status.PLAUSIBLE,
    Status.UNSOLVED,
    Status.OVER_BUDGET,
    Status.INFRA_FAILURE,
    Status.USAGE,
    Status.REFUSED,
)

GOES_ON = (Status.PROVED, Status.PLAUSIBLE, Status.UNSOLVED, Status.REFUSED)


def solve(task: Task, *, proposer: Callable[[], Proposer], ground: Ground) -> Outcome:
    """Work a task to its outcome, group by group when its red tests are whatever fails; a verdict each.

    Raises InfraFailure and OverBudget only before the first step.
    """
    if task.fail_to_pass or task.problem_statement:  # all of them are one requirement
        return run_task(task, proposer=proposer(), ground=ground)
    groups = _Groups(task, proposer, ground)
    groups.work()
    return groups.joined()


class _Groups:
    """The groups worked so far, and what is still red on the tree that the solved ones left."""

    def __init__(self, task: Task, proposer: Callable[[], Proposer], ground: Ground) -> None:
        self._task = task
        self._proposer = proposer
        self._ground = ground
        self._base = task.base_commit
        self._baseline: Baseline | None = None
        self._red: tuple[str, ...] = ()
        self._broken: tuple[str, ...] = ()
        self._test_files: frozenset[str] = frozenset()
        self._outcomes: list[Outcome] = []
        ground.shared.by_groups = True

    def work(self) -> None:
        """Work group after group, until nothing is red, every way was tried, or the budget is gone."""
        tried: set[frozenset[str]] = set()
        try:
            while self._next(tried) and self._red and not self._ground.budget.exhausted:
                pass
        except (OverBudget, InfraFailure) as error:
            if not self._outcomes:
                raise
            verdict = Verdict(error.status, fail_to_pass=Tally(failure=self._red), evidence=(error.message,))
            task = replace(self._task, fail_to_pass=self._red)
            self._outcomes.append(self._ground.outcome(task, verdict, error.message))

    def _next(self, tried: set[frozenset[str]]) -> bool:
        """Work the next group; False when there is none, or something ended it that would end the next one, too."""
        ground = self._ground
        task = replace(self._task, base_commit=self._base)
        with closing(ground.sites.open(self._base)) as site:
            if self._baseline is None:
                terms = replace(ground.terms, known_broken=self._broken)
                self._baseline = take_baseline(site, task, terms, ground.budget, ground.progress)
                self._red, self._test_files = self._baseline.targets, self._baseline.test_files
                self._broken = self._baseline.broken
            group = self._next_group(self._baseline.run, tried) if self._red else ()
            if self._outcomes and not group:
                return False
            waiting = tuple(name for name in self._red if name not in group)
            baseline = replace(self._baseline, targets=group, waiting=waiting)
            state = begin(task, baseline, site, ground, len(self._outcomes) + 1)
            outcome = run_from(state, site, proposer=self._proposer(), ground=ground)
        self._outcomes.append(outcome)
        tried.add(frozenset(group))
        if outcome.commit and outcome.verdict.resolved:
            self._base, self._baseline, self._red = outcome.commit, None, waiting
        return outcome.verdict.status in GOES_ON

    def _next_group(self, run: TestRun, tried: set[frozenset[str]]) -> tuple[str, ...]:
        """What to solve next; parts of what not even one test of can be mended are no more worth it than the whole."""
        shared = self._ground.shared
        hopeless = shared.hopeless[self._base]
        red = tuple(name for name in self._red if not any(name in tests for tests in hopeless))
        return next_group(run, red, tried, self._test_files, shared.apart[self._base]) if red else ()

    def joined(self) -> Outcome:
        """One outcome for all groups: the patches of the solved ones as one, the worst verdict."""
        outcomes = self._that_count()
        untried = [name for name in self._red if all(name not in done.task.fail_to_pass for done in outcomes)]
        if len(self._outcomes) == 1 and not untried:
            return self._outcomes[0]
        commit = "" if self._base == self._task.base_commit else self._base
        patch = diff_between(self._ground.sites.repository, self._task.base_commit, commit) if commit else ""
        model_patch, test_patch = split_tests(patch, self._test_files)
        verdict = _worst(outcomes, untried)
        solved = sum(done.verdict.resolved for done in outcomes)
        self._ground.journal.append("combined", patch=model_patch, solved=solved, groups=len(outcomes))
        targets = (*verdict.fail_to_pass.success, *verdict.fail_to_pass.failure)
        reason = f"{solved} of {len(outcomes)} groups of failing tests solved: {'; '.join(verdict.evidence)}"
        return replace(
            self._ground.outcome(replace(self._task, fail_to_pass=targets), verdict, reason),
            model_patch=model_patch,
            test_patch_out=test_patch,
            groups=tuple(GroupOutcome(d.task.fail_to_pass, d.verdict, d.model_patch, d.reason) for d in outcomes),
            commit=commit,
            day_spent=any(done.day_spent for done in outcomes),
        )

    def _that_count(self) -> list[Outcome]:
        """Without groups that were tried again in parts, and those whose tests another group's patch turned green."""
        red = set(self._red)
        kept: list[Outcome] = []
        for done in reversed(self._outcomes):
            tests = red.intersection(done.task.fail_to_pass)
            if done.verdict.resolved or tests or not kept:
                kept.append(done)
                red -= tests
        return kept[::-1]


def _worst(outcomes: Sequence[Outcome], untried: Sequence[str]) -> Verdict:
    verdicts = [done.verdict for done in outcomes]
    worst = max(verdicts, key=lambda verdict: BY_SEVERITY.index(verdict.status))
    mended = {name for done in outcomes if done.verdict.resolved for name in done.task.fail_to_pass}
    left = (name for done in outcomes if not done.verdict.resolved for name in done.task.fail_to_pass)
    last_judged = next((verdict for verdict in reversed(verdicts) if verdict.pass_to_pass != Tally()), worst)
    return Verdict(
        status=Status.OVER_BUDGET if untried and worst.resolved else worst.status,
        resolved=all(verdict.resolved for verdict in verdicts) and not untried,
        fail_to_pass=Tally(
            tuple(name for done in outcomes if done.verdict.resolved for name in done.task.fail_to_pass),
            (*(name for name in left if name not in mended), *untried),
        ),
        pass_to_pass=last_judged.pass_to_pass,
        patch_successfully_applied=any(verdict.patch_successfully_applied for verdict in verdicts),
        infra_failure=worst.infra_failure,
        evidence=tuple(_sentence(number, done) for number, done in enumerate(outcomes, start=1)),
    )


def _sentence(number: int, done: Outcome) -> str:
    first = done.task.fail_to_pass[0] if done.task.fail_to_pass else "no test"
    more = f" and {len(done.task.fail_to_pass) - 1} more" if len(done.task.fail_to_pass) > 1 else ""
    return f"group {number} ({first}{more}): {done.verdict.status}: {done.reason}"
