"""A patch for the red tests of a checked commit, within what is left of the budget."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from agent.core.errors import OverBudget, RegreenError
from agent.core.protocols import Proposer
from agent.core.task import Outcome, Task
from agent.core.verdict import Status, Verdict
from agent.run.ground import Ground
from agent.run.groups import solve
from tools.errors import ToolError
from tools.testing.memory import Memory
from tools.testing.results import TestRun

GRACE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Seen(Memory):
    """Remembers one run, of one tree: the one just made is not made again."""

    tree: str
    run: TestRun

    def get(self, tree: str) -> TestRun | None:
        return self.run if tree == self.tree else None

    def newest(self) -> tuple[str, TestRun] | None:
        return self.tree, self.run

    def put(self, tree: str, run: TestRun) -> None:
        """What a search sees is not kept."""


def mend(
    task: Task, proposer: Callable[[], Proposer], ground: Ground, seen: Seen, reds: Sequence[str], *, whole: bool
) -> Outcome:
    """The outcome for these tests, of a run that was the `whole` suite or not; journalled like any other."""
    terms = replace(
        ground.terms, selected=tuple(reds), scope="auto" if whole else "impacted", memory=seen, confirmed=True
    )
    ground = replace(ground, terms=terms)
    try:
        with cut_off_after(ground.budget.remaining.seconds + GRACE_SECONDS):
            outcome = solve(task, proposer=proposer, ground=ground)
    except (RegreenError, ToolError) as error:
        outcome = ground.outcome(task, Verdict(_status_of(error), evidence=(error.message,)), error.message)
    status = str(outcome.verdict.status)
    ground.journal.append("run_ended", status=status, reason=outcome.reason, seconds=outcome.seconds)
    return outcome


def _status_of(error: RegreenError | ToolError) -> Status:
    return error.status if isinstance(error, RegreenError) else Status.INFRA_FAILURE


@contextmanager
def cut_off_after(seconds: float) -> Iterator[None]:
    """OverBudget from whatever still goes on then: a proof may run tests several times, each for as long as it may."""

    def ring(number: int, frame: object) -> None:
        raise OverBudget("the time for a patch is over")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
