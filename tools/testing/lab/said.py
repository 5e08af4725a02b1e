"""What the lab is asked and what it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

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


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a function in a file of the tree, and expressions to look at as it begins."""

    path: str
    line: int
    expressions: Sequence[str]


@dataclass(frozen=True, slots=True)
class Sight:
    """One run of a line. A number an expression, equal for those worth the same, 0 for one that raised; what type of
    value each number stands for, and whether it is true.
    """

    values: tuple[int, ...]
    types: tuple[str, ...]
    truths: tuple[bool, ...]

    @classmethod
    def of(cls, values: Sequence[int], kinds: Sequence[Sequence[Any]]) -> Sight:
        """A sight as it comes through the pipe."""
        return cls(tuple(values), tuple(str(kind) for kind, _ in kinds), tuple(bool(truth) for _, truth in kinds))
