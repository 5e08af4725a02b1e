"""A task in SWE-bench's field names, and what a run makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.core.usage import Charge, Usage
from agent.core.verdict import Status, Verdict


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to fix. `fail_to_pass` may be empty: then the failing tests found at the base are the targets.

    `python` is the interpreter of its tests, where the source names one.
    """

    instance_id: str
    repo: str
    base_commit: str
    problem_statement: str = ""
    hints_text: str = ""
    fail_to_pass: tuple[str, ...] = ()
    pass_to_pass: tuple[str, ...] = ()
    test_patch: str = ""
    test_command: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    source: str = ""
    python: str = ""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A line that may hold the fault. Scores order suspects and mean nothing else; equal scores are equal."""

    path: str
    line: int
    function: str
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class GroupOutcome:
    """The end of one group of red tests: its tests, its verdict, and the patch on top of the groups before it."""

    tests: tuple[str, ...]
    verdict: Verdict
    model_patch: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: the verdict, the patch it speaks of (canonical git diffs, "" for none) and the bill.

    Where red tests fall into several groups, `groups` holds the end of each. `commit` is the tree with the patch, ""
    without one. `honest` is the manifest of an honest run; `bill` is the usage, model by model. `day_spent`: it ended
    because the money of the day is gone.
    """

    task: Task
    verdict: Verdict
    model_patch: str
    test_patch_out: str
    usage: Usage
    seconds: float
    run: str
    journal: str
    reason: str
    hint: str = ""
    commit: str = ""
    groups: tuple[GroupOutcome, ...] = ()
    honest: Mapping[str, Any] | None = None
    bill: tuple[Charge, ...] = ()
    day_spent: bool = False

    @property
    def proved(self) -> int:
        """How many patches were proved: one, or one for each group."""
        verdicts = [group.verdict for group in self.groups] or [self.verdict]
        return sum(verdict.status is Status.PROVED for verdict in verdicts)

    @property
    def usd_per_proved(self) -> float | None:
        """What a proved patch has cost; None where none is proved, or the cost is unknown."""
        return None if self.usage.cost_usd is None or not self.proved else self.usage.cost_usd / self.proved


@dataclass(frozen=True, slots=True)
class Prediction:
    """A line of SWE-bench's predictions file."""

    instance_id: str
    model_name_or_path: str
    model_patch: str
