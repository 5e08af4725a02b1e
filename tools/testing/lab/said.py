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
class Statement:
    """A statement in a file of the tree by its first and last line, and expressions to look at as it begins."""

    path: str
    first: int
    last: int
    expressions: Sequence[str]


@dataclass(frozen=True, slots=True)
class Sight:
    """One run of a statement: a number an expression, equal for those worth the same, 0 for one that raised.

    `types` and `truths` say for each number what type of value it stands for, and whether that is true.
    """

    values: tuple[int, ...]
    types: tuple[str, ...]
    truths: tuple[bool, ...]

    @classmethod
    def of(cls, row: Any, expressions: int) -> Sight:
        """A sight of so many expressions as it comes through the pipe; TypeError or ValueError where it is none."""
        values, kinds = row
        if len(values) != expressions or not all(value in range(len(kinds)) for value in values):
            raise ValueError("numbers that stand for nothing")
        types = tuple(str(kind) for kind, _ in kinds)
        return cls(tuple(values), types, tuple(bool(truth) for _, truth in kinds))
