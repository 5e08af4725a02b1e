"""The part of the hook that runs tests: imported only when there are some to run."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from agent.cli.compose import open_run
from agent.cli.console import Console
from agent.cli.minds import choose_mind
from agent.cli.output import complain, excuse
from agent.cli.places import Place
from agent.cli.selection import Selection
from agent.cli.stage import Stage, open_stage_at
from agent.core.config import Config
from agent.core.errors import RegreenError
from agent.core.task import Outcome
from agent.core.verdict import Status
from agent.hook.check import LEAST_SECONDS, PYTEST, SINCE, Check, Finding
from agent.hook.impact import Impact, below
from agent.hook.mend import Seen, mend
from agent.hook.settings import HookSettings
from agent.hook.spectra import carried_over
from agent.hook.subject import Subject
from agent.hook.tell import tell_patch, tell_red, tell_rest
from agent.run.baseline import merged
from agent.run.budget import Budget
from agent.trace.applies import apply_log
from agent.trace.writing import Purpose, write_logged
from tools.errors import PatchError
from tools.ledger import ledger_of
from tools.patch import decide, parse_patch
from tools.testing.memory import Memory
from tools.testing.results import TestRun

MOST_TRACED_SECONDS = 3.0  # of tests, where tracing costs up to as much again, or twice


class Quiet(Console):
    """Progress on a terminal alone, and no line that stays: a hook that finds nothing says nothing."""

    def __call__(self, text: str) -> None:
        if self._status is not None:
            super().__call__(text)

    def note(self, text: str) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Session:
    """One call's settings and what it works with."""

    place: Place
    config: Config
    settings: HookSettings
    budget: Budget
    memory: Memory

    def check(self, subject: Subject, impact: Impact) -> int:
        """Run what the subject can affect, from each folder that configures some of it; 1 where anything is red."""
        commit = subject.as_commit(self.place.repository)
        codes: list[int] = []
        run = TestRun(complete=True)
        for root, tests in impact.by_root().items():
            with self._stage(commit, root, tests) as stage:
                monitored = stage.sites.interpreter.has_monitoring
                trace = monitored or impact.known_seconds <= MOST_TRACED_SECONDS
                code, seen = self._check_one(subject, stage, tests, trace=trace)
            codes.append(code)
            complete = run.complete and seen.complete
            run = replace(merged(run, below(root, seen)), complete=complete)
        if not any(codes) and run.complete and not run.red:
            self.memory.put(subject.tree, carried_over(impact, run))
        return max(codes)

    def _stage(self, commit: str, root: str, tests: Sequence[str]) -> AbstractContextManager[Stage]:
        return open_stage_at(commit, self.config, self.place, Selection(root, tuple(tests)))

    def _check_one(self, subject: Subject, stage: Stage, tests: Sequence[str], *, trace: bool) -> tuple[int, TestRun]:
        before = None if subject.everything else subject.before
        with Quiet() as console:
            check = Check(stage.sites, stage.terms, self.budget, console, trace)
            finding = check.check(stage.base, before, tests)
        if not finding.reds:
            return self._passed(finding), finding.run
        print(*tell_red(finding), sep="\n", flush=True)
        if finding.trouble:
            complain(finding.trouble, "")
        outcome = self._mended(subject, stage, finding, whole=not tests)
        if outcome is not None:
            print(*tell_patch(outcome), sep="\n", flush=True)
        if outcome is not None and outcome.model_patch and self.settings.autofix:
            self._autofix(outcome.model_patch)
        return 1, finding.run

    def _passed(self, finding: Finding) -> int:
        for line in tell_rest(finding):
            print(f"regreen: {line}", file=sys.stderr)
        if not finding.trouble:
            return 0
        status = Status.OVER_BUDGET if finding.run.ended_for else Status.INFRA_FAILURE
        return excuse(status, finding.trouble, "", strict=self.settings.strict)

    def _mended(self, subject: Subject, stage: Stage, finding: Finding, *, whole: bool) -> Outcome | None:
        """A patch for what is red since the change, else for all that is red; None where nobody looked for one."""
        money, left = self.settings.max_cost, self.budget.remaining.seconds
        # The embedded engine works from tests that can be loaded.
        names = [red.name for red in finding.reds if "::" in red.name or (money and red.name != PYTEST)]
        reds = [red.name for red in finding.reds if red.since == SINCE and red.name in names] or names
        if reds and left < LEAST_SECONDS:
            print("no time was left to look for a patch: --max-seconds gives more")
        if not reds or left < LEAST_SECONDS:
            return None
        config = replace(self.config, model=self.settings.model or self.config.model, max_cost=money,
                         max_seconds=left, max_steps=self.budget.max_steps)  # fmt: skip
        try:
            mind = choose_mind(config, os.environ)
            with Quiet() as console, open_run(config, self.place, stage, mind, console) as (ground, task, proposer):
                memory = self.memory
                seen = Seen(memory.folder, memory.environment, subject.tree, replace(finding.run, complete=True))
                return mend(task, proposer, ground, seen, reds, whole=whole and finding.run.complete)
        except RegreenError as error:
            print(f"no patch was looked for: {error.message}")
            return None

    def _autofix(self, patch: str) -> None:
        """Write the patch to the work tree, exactly or not at all."""
        root = self.place.repository.root
        try:
            changes = decide(parse_patch(patch), root)
            write_logged(apply_log(ledger_of(root), os.environ), changes, root, Purpose("regreen hook --autofix"))
        except PatchError as error:
            print(f"the patch was not written to the work tree: {error.message}")
            return
        print(f"written to the work tree, not staged: {', '.join(change.path for change in changes)}")
