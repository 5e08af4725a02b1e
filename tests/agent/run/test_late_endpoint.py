"""An endpoint that answered, and has not when the time of the run is used up: the limit ended the run, not it."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.core.errors import InfraFailure
from agent.core.protocols import RunView
from agent.core.step import Step
from agent.core.verdict import Status
from agent.run.budget import Budget
from tests.e2e._repositories import PRIMES, new_repository
from tests.e2e._script import work
from tools.spec import ToolCall
from tools.testing.interpreter import probe


@dataclass(slots=True)
class Clock:
    """Seconds that pass when they are told to."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass(frozen=True, slots=True)
class Silent:
    """A proposer whose endpoint answers so many times, and then not for some seconds."""

    answers: int
    waits: Callable[[], None]

    def propose(self, view: RunView) -> Step:
        if len(view.steps) < self.answers:
            return Step(1, "", (ToolCall("1", "list_dir", {}),))
        self.waits()
        raise InfraFailure("the endpoint did not answer")


@pytest.mark.parametrize(
    ("answers", "waited", "status", "reason"),
    [
        (1, 61.0, Status.OVER_BUDGET, "the time limit of 60 s was reached: the endpoint did not answer"),
        (1, 1.0, Status.INFRA_FAILURE, "the endpoint did not answer"),
        (0, 61.0, Status.INFRA_FAILURE, "the endpoint did not answer"),
    ],
)
def test_silence_is_the_endpoints_fault_while_there_is_time_left(
    answers: int, waited: float, status: Status, reason: str, tmp_path: Path
) -> None:
    clock = Clock()
    repo = new_repository(tmp_path / "repo", PRIMES)

    def wait() -> None:
        clock.seconds += waited

    played = work(
        repo,
        lambda *_: Silent(answers, wait),
        tmp_path / "scratch",
        probe(Path(sys.executable), "ours"),
        budget=Budget(5, 60.0, clock),
    )
    assert (played.outcome.verdict.status, played.outcome.reason) == (status, reason)
