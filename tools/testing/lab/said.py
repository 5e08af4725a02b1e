"""What the lab is asked and what it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from tools.patch import Edit
from tools.testing.results import GREEN, TestStatus

TrialOutcome = Literal["done", "timeout", "died", "slow", "late"]


@dataclass(frozen=True, slots=True)
class TrialResult:
    """What the tests said under one edit, up to the first red one. `warm` tells a fork from a cold run."""

    edit: Edit
    statuses: Mapping[str, TestStatus]
    seconds: float
    outcome: TrialOutcome
    warm: bool = True

    def passes(self, tests: Iterable[str]) -> bool:
        """Whether every one of `tests` ran and passed."""
        return self.outcome == "done" and all(self.statuses.get(test) in GREEN for test in tests)


@dataclass(frozen=True, slots=True)
class FunctionAt:
    """A function in a file of the tree: its name and first line (its first decorator's, if any)."""

    path: str
    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a function did with one input: both in words, and a digest that is equal for equal behaviour."""

    given: str
    said: str
    digest: str
