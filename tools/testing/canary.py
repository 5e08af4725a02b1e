"""What a run says of our own two tests among the target's, and whether its records, exit code and JUnit file agree."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from pathlib import Path

from tools.errors import ToolError
from tools.testing.junit import read_junit
from tools.testing.results import RED, Doubt, TestRun, TestStatus
from tools.workspace.process import Finished

ORDERS = "orders"
QUIET = "quiet"  # to leave exit code and reports as the command's next steps expect them
MOST_SESSIONS = 100
JUNIT = "junit-of-canaries.xml"
FORGED = "a test of ours that must fail is reported as {}: nothing this run says can be believed"
SILENCED = "a test of ours that must pass is reported as {}: nothing this run says can be believed"
GREEN_EXIT = "pytest ended with 0 though a test is red"
GONE = "a test of ours was run and not reported: results are missing"


@dataclass(frozen=True, slots=True)
class Canaries:
    """The random names of a test that must pass and of one that must fail."""

    passing: str
    failing: str

    @classmethod
    def new(cls) -> Canaries:
        """Names like those of other tests, which nobody can know before the run."""
        return cls(f"test_{secrets.token_hex(4)}", f"test_{secrets.token_hex(4)}")

    @property
    def names(self) -> tuple[str, str]:
        return self.passing, self.failing

    def tell(self, records: Path) -> None:
        """Tell the plug-in in a file that it removes: a run with canaries must look like one without."""
        self._tell(records / ORDERS, records / JUNIT)

    def were_asked(self, run: TestRun) -> bool:
        """Whether one of the two is among the tests of a run."""
        return any(_of(name, run) is not None for name in self.names)

    def taken_out(self, run: TestRun, junit: Path, finished: Finished) -> TestRun:
        """The run without our tests, with what is doubtful about it; `is_watched` where both ended as they must."""
        rest = self._read(run, junit, _of_exit(run, finished))
        exit_code = 0 if rest.exit_code == 1 and self.were_asked(run) and not rest.red else rest.exit_code
        return replace(rest, exit_code=exit_code)

    def taken_out_quietly(self, run: TestRun, junit: Path) -> TestRun:
        """The same of one pytest below a command, whose exit code our failing test does not change."""
        rest = self._read(run, junit, [])
        doubts = [Doubt(GREEN_EXIT)] if run.complete and rest.red and rest.exit_code == 0 else []
        return replace(rest, doubts=(*rest.doubts, *doubts))

    def _read(self, run: TestRun, junit: Path, more: list[Doubt]) -> TestRun:
        passed, failed = (_of(name, run) for name in self.names)
        doubts = [*run.doubts, *_of_canaries(passed, failed), *more, *_of_junit(run, junit)]
        is_watched = (passed, failed) == (TestStatus.PASSED, TestStatus.FAILED)
        rest = _without(run, [name for name in run.statuses if name.endswith(tuple(f"::{own}" for own in self.names))])
        return replace(rest, is_watched=is_watched, doubts=tuple(doubts) if run.complete else ())

    def _tell(self, orders: Path, junit: Path, *more: str) -> None:
        orders.write_text("\n".join([*self.names, str(junit), *more, ""]), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class ManyCanaries:
    """A pair for each pytest that a command may start, one after the other or at once; further ones have none."""

    pairs: tuple[Canaries, ...] = ()

    @classmethod
    def new(cls) -> ManyCanaries:
        return cls(tuple(Canaries.new() for _ in range(MOST_SESSIONS)))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for pair in self.pairs for name in pair.names)

    def tell(self, records: Path) -> None:
        """Tell the plug-ins: each pytest takes a file and removes it, so that none of its names can be read there."""
        (records / ORDERS).mkdir()
        for number, pair in enumerate(self.pairs):
            pair._tell(records / ORDERS / f"{number:03}", _junit_of(records, number), QUIET)

    def taken_out(self, run: TestRun, records: Path) -> TestRun:
        """One pytest's run without the pair that was asked in it; none was where it had no tests, or workers.

        Of pytests that ran at once there may be two.
        """
        for number, pair in enumerate(self.pairs):
            if pair.were_asked(run):
                run = pair.taken_out_quietly(run, _junit_of(records, number))
        return run


def _junit_of(records: Path, number: int) -> Path:
    return records / f"{number:03}-{JUNIT}"


def _of(name: str, run: TestRun) -> TestStatus | None:
    return next((status for node_id, status in run.statuses.items() if node_id.endswith(f"::{name}")), None)


def _of_canaries(passed: TestStatus | None, failed: TestStatus | None) -> list[Doubt]:
    doubts = []
    if failed not in (None, TestStatus.FAILED):
        doubts.append(Doubt(FORGED.format(failed), is_fatal=True))
    if passed not in (None, TestStatus.PASSED):
        doubts.append(Doubt(SILENCED.format(passed), is_fatal=True))
    if (passed is None) != (failed is None):
        doubts.append(Doubt(GONE))
    return doubts


def _of_exit(run: TestRun, finished: Finished) -> list[Doubt]:
    if finished.timed_out or finished.over or run.exit_code is None:
        return []
    if finished.exit_code != run.exit_code:
        return [Doubt(f"pytest ended with {run.exit_code}, its process with {finished.exit_code}")]
    return [Doubt(GREEN_EXIT)] if run.red and run.exit_code == 0 else []


def _of_junit(run: TestRun, path: Path) -> list[Doubt]:
    """Red tests counted twice: pytest writes its own report beside our records."""
    try:
        statuses = read_junit(path, path.parent).statuses.values() if path.is_file() else None
    except ToolError:
        return [Doubt("pytest's own report cannot be read")]
    if statuses is None:
        return []
    counted = sum(1 for status in statuses if status in RED)
    if counted == len(run.red):
        return []
    return [Doubt(f"pytest's own report counts {counted} red tests, our records {len(run.red)}")]


def _without(run: TestRun, names: list[str]) -> TestRun:
    gone = frozenset(names)
    return replace(
        run,
        statuses={name: status for name, status in run.statuses.items() if name not in gone},
        failures={name: failure for name, failure in run.failures.items() if name not in gone},
        durations={name: seconds for name, seconds in run.durations.items() if name not in gone},
    )
