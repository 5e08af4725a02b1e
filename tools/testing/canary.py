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
JUNIT = "junit-of-canaries.xml"
FORGED = "a test of ours that must fail is reported as {}: nothing this run says can be believed"
SILENCED = "a test of ours that must pass is reported as {}: nothing this run says can be believed"
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

    def tell(self, records: Path) -> None:
        """Tell the plug-in in a file that it removes: a run with canaries must look like one without."""
        (records / ORDERS).write_text(f"{self.passing}\n{self.failing}\n{records / JUNIT}\n", encoding="utf-8")

    def taken_out(self, run: TestRun, records: Path, finished: Finished) -> TestRun:
        """The run without our tests, with what is doubtful about it; `is_watched` where both ended as they must."""
        passed, failed = (_of(name, run) for name in (self.passing, self.failing))
        doubts = [*_of_canaries(passed, failed), *_of_exit(run, finished), *_of_junit(run, records)]
        names = [name for name in run.statuses if name.endswith((f"::{self.passing}", f"::{self.failing}"))]
        rest = _without(run, names)
        is_watched = (passed, failed) == (TestStatus.PASSED, TestStatus.FAILED)
        exit_code = 0 if rest.exit_code == 1 and names and not rest.red else rest.exit_code
        return replace(rest, exit_code=exit_code, is_watched=is_watched, doubts=tuple(doubts) if run.complete else ())


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
    return [Doubt("pytest ended with 0 though a test is red")] if run.red and run.exit_code == 0 else []


def _of_junit(run: TestRun, records: Path) -> list[Doubt]:
    """Red tests counted twice: pytest writes its own report beside our records."""
    path = records / JUNIT
    try:
        statuses = read_junit(path, records).statuses.values() if path.is_file() else None
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
