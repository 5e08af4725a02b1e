"""Verdicts: what was proved, in SWE-bench's terms, and the exit code each status word means."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Status(StrEnum):
    """The one word a run ends with."""

    PROVED = "proved"
    NOTHING_TO_DO = "nothing_to_do"
    UNSOLVED = "unsolved"
    USAGE = "usage"
    PLAUSIBLE = "plausible"
    OVER_BUDGET = "over_budget"
    INFRA_FAILURE = "infra_failure"
    REFUSED = "refused"
    INTERNAL_ERROR = "internal_error"
    INTERRUPTED = "interrupted"


# A patch with such a word turns its tests green, and is offered.
OFFERED = (Status.PROVED, Status.PLAUSIBLE)

EXIT_CODES: dict[Status, int] = {
    Status.PROVED: 0,
    Status.NOTHING_TO_DO: 0,
    Status.UNSOLVED: 1,
    Status.USAGE: 2,
    Status.PLAUSIBLE: 3,
    Status.OVER_BUDGET: 4,
    Status.INFRA_FAILURE: 5,
    Status.REFUSED: 6,
    Status.INTERNAL_ERROR: 70,
    Status.INTERRUPTED: 130,
}


@dataclass(frozen=True, slots=True)
class Tally:
    """Node ids that came out as the task wants (`success`) and those that did not (`failure`)."""

    success: tuple[str, ...] = ()
    failure: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rival:
    """Another small edit that passes the same tests and behaves differently on `example`."""

    patch: str
    sentence: str
    example: str


@dataclass(frozen=True, slots=True)
class Flag:
    """One thing in a patch that keeps it from being proved; `line` counts in the file as the patch leaves it.

    `source` is that line, "" where it must not be shown.
    """

    path: str
    line: int
    code: str
    sentence: str
    source: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.sentence} [{self.code}]"


@dataclass(frozen=True, slots=True)
class WithTestEdits:
    """What comes of a patch with its edits of existing tests; the verdict itself is of the tests as they were."""

    resolved: bool
    fail_to_pass: Tally
    pass_to_pass: Tally


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judge's finding on one patch; `evidence` is sentences in the order things were checked."""

    status: Status
    resolved: bool = False
    fail_to_pass: Tally = field(default_factory=Tally)
    pass_to_pass: Tally = field(default_factory=Tally)
    patch_successfully_applied: bool = False
    infra_failure: bool = False
    evidence: tuple[str, ...] = ()
    rivals: tuple[Rival, ...] = ()
    flags: tuple[Flag, ...] = ()
    with_test_edits: WithTestEdits | None = None

    @property
    def needs_test_edits(self) -> bool:
        """Whether the tests pass only with the edits of tests that came with the patch."""
        return not self.resolved and self.with_test_edits is not None and self.with_test_edits.resolved

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.status]
