"""A test run as data: statuses by node id, in SWE-bench's values, and each failure's place and text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Literal

from tools.testing.layout import holds


class TestStatus(StrEnum):
    """SWE-bench's values; an unexpected pass counts as PASSED unless the target calls it strict."""

    __test__: ClassVar[bool] = False

    PASSED = "PASSED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    ERROR = "ERROR"
    XFAIL = "XFAIL"


TEST_COMMAND = "test-command"  # stands for all that only the exit code of a command tells of
GREEN = frozenset({TestStatus.PASSED, TestStatus.XFAIL})
RED = frozenset({TestStatus.FAILED, TestStatus.ERROR})
_WORST_LAST = (TestStatus.SKIPPED, TestStatus.XFAIL, TestStatus.PASSED, TestStatus.FAILED, TestStatus.ERROR)
_SITE = "site-packages/"


def worst(*statuses: TestStatus) -> TestStatus:
    """What several words on one test come to; a skipped part does not undo a pass."""
    return max(statuses, key=_WORST_LAST.index)


@dataclass(frozen=True, slots=True)
class Frame:
    """A traceback entry; `path` is relative to the tree when it lies inside, else absolute."""

    path: str
    line: int
    function: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a test is red. `frames` run from the test to the crash; `phase` is collect, setup, call or teardown.

    `assertion` is pytest's explanation of a failed assert, with its operands; `chain` are the exceptions a group holds,
    then the causes, as "ValueError: text", nearest first; `locals` are reprs from the innermost frame in the tree.
    """

    node_id: str
    phase: str
    exception: str
    message: str
    frames: tuple[Frame, ...]
    traceback: str
    captured: str = ""
    assertion: str = ""
    chain: tuple[str, ...] = ()
    locals: Mapping[str, str] = field(default_factory=dict)

    @property
    def crash(self) -> Frame | None:
        """The innermost frame in the tree's own code, else the innermost of all."""
        own = [frame for frame in self.frames if not frame.path.startswith(("/", "<")) and _SITE not in frame.path]
        return (own or self.frames or (None,))[-1]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reason not to believe a run, as a sentence; after a fatal one nothing of the run counts."""

    sentence: str
    is_fatal: bool = False


@dataclass(frozen=True, slots=True)
class TestRun:
    """What one pytest process reported. `complete` is False when its end record is missing: nothing then passed.

    `lines` holds, for a traced run, the lines each test ran by file; paths are relative to the tree. `running` is the
    test that had begun and not ended when the process did. `switched_off` says what the target configures and this run
    did without. `is_watched` says that two tests of ours ran among the target's and ended as they must. `over` is the
    limit on memory, processes or disk space that it was ended for, as the end of "for using ..."; "" where none was.
    `told_by` is what told of the tests: pytest below our plug-ins, or of a command its JUnit files or its exit code.
    """

    __test__: ClassVar[bool] = False

    statuses: Mapping[str, TestStatus] = field(default_factory=dict)
    failures: Mapping[str, Failure] = field(default_factory=dict)
    durations: Mapping[str, float] = field(default_factory=dict)
    lines: Mapping[str, Mapping[str, frozenset[int]]] = field(default_factory=dict)
    exit_code: int | None = None
    seconds: float = 0.0
    timed_out: bool = False
    complete: bool = False
    foreign_modules: tuple[str, ...] = ()
    output: str = ""
    running: str | None = None
    switched_off: tuple[str, ...] = ()
    is_watched: bool = False
    doubts: tuple[Doubt, ...] = ()
    over: str = ""
    told_by: Literal["pytest", "JUnit", "exit code"] = "pytest"

    @property
    def ended_for(self) -> str:
        """Why it was ended before its time, as the end of a sentence on tests; "" where it was not."""
        if self.over:
            return f"were ended for using {self.over}{self.while_running}"
        return f"did not end in time{self.while_running}" if self.timed_out else ""

    @property
    def while_running(self) -> str:
        """Which test was running when the process was ended, as the end of a sentence; "" where none was."""
        return f" while running {self.running}" if self.running else ""

    def status_of(self, node_id: str) -> TestStatus | None:
        """The status of a test, or of all in a class, file or folder (the worst); None when it did not run."""
        if node_id in self.statuses:
            return self.statuses[node_id]
        inside = [status for name, status in self.statuses.items() if holds(node_id, name)]
        return max(inside, key=_BADNESS.index) if inside else None

    def with_status(self, wanted: Iterable[TestStatus]) -> tuple[str, ...]:
        """Node ids whose status is one of `wanted`, in run order."""
        kinds = frozenset(wanted)
        return tuple(name for name, status in self.statuses.items() if status in kinds)

    @property
    def red(self) -> tuple[str, ...]:
        """Node ids that failed or broke; a file that could not be collected stands for its tests."""
        return self.with_status(RED)

    def failures_of(self, names: Iterable[str]) -> list[Failure]:
        """Why these are red, where it is known."""
        return [self.failures[name] for name in names if name in self.failures]

    @property
    def green(self) -> tuple[str, ...]:
        """Node ids that passed, or failed as expected."""
        return self.with_status(GREEN)


_BADNESS = (TestStatus.SKIPPED, TestStatus.PASSED, TestStatus.XFAIL, TestStatus.FAILED, TestStatus.ERROR)


@dataclass(frozen=True, slots=True)
class Delta:
    """What changed between two runs, over the tests that either ran; `changed` still fail, but in another way."""

    fixed: tuple[str, ...]
    broken: tuple[str, ...]
    still_failing: tuple[str, ...]
    vanished: tuple[str, ...]
    changed: tuple[str, ...] = ()


def delta(before: TestRun, after: TestRun) -> Delta:
    """Compare two runs; `after` may be partial, so only tests of it count, and files that vanished whole."""
    was_red = set(before.red)
    was_green = set(before.green)
    still_failing = tuple(name for name in after.red if name in was_red)
    return Delta(
        fixed=tuple(name for name in after.green if name in was_red),
        broken=tuple(name for name in after.red if name in was_green),
        still_failing=still_failing,
        vanished=tuple(name for name in before.statuses if after.complete and name not in after.statuses),
        changed=tuple(name for name in still_failing if _told(before, name) != _told(after, name)),
    )


# What differs from run to run by itself: addresses, and the numbers in the names of temporary folders.
_ACCIDENT = re.compile(r"\b0x[0-9a-fA-F]+\b|(?<=[/-])(?:pytest-|tmp)\w+")


def _told(run: TestRun, name: str) -> tuple[str, ...]:
    """A failure in what makes it the same one again: lines move with every patch, functions do not."""
    failure = run.failures.get(name)
    if failure is None:
        return ()
    place = failure.crash
    where = (place.path, place.function) if place else ()
    return (failure.exception, _ACCIDENT.sub("...", failure.message), *where)
