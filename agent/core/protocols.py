"""The seams: one method each, only where two implementations are swapped at run time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from agent.core.message import Message, Reply
from agent.core.step import FailedProof, Step
from agent.core.task import Suspect, Task
from agent.core.verdict import Verdict
from tools.spec import ToolSpec
from tools.testing.results import TestRun


@dataclass(frozen=True, slots=True)
class Remaining:
    """What the budget still allows: steps, wall seconds, USD."""

    steps: int
    seconds: float
    cost_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class RunView:
    """All a proposer may know when it proposes the next step.

    `tree` is the workspace, for reading; `patch` its changes so far; `verdict` what the judge found when the last step
    was judged and left the case open, else None. `denied` are patterns of files that are never shown; `failures` are
    the patches that failed so far.
    """

    task: Task
    before: TestRun
    suspects: tuple[Suspect, ...]
    steps: tuple[Step, ...]
    remaining: Remaining
    tree: Path
    patch: str = ""
    verdict: Verdict | None = None
    denied: tuple[str, ...] = ()
    failures: tuple[FailedProof, ...] = ()


class Proposer(Protocol):
    """Answers a view of the run with the next step."""

    def propose(self, view: RunView) -> Step: ...


class Progress(Protocol):
    """Takes short live notes ("tried 120, 2 pass"); what it shows is never part of the record."""

    def __call__(self, text: str) -> None: ...


class Person(Protocol):
    """Somebody who watches a run."""

    def words(self) -> Sequence[str]:
        """What was said to the model since the last call; waits while it is being said."""

    def answer(self, question: str) -> str:
        """What is answered; "" where nothing is."""


class Model(Protocol):
    """Answers a conversation with one whole reply; the tools are those it may call."""

    def complete(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> Reply: ...
