"""Whether a run of tests can be trusted, and which of its red tests fail before they reach the code under test."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from agent.core.errors import InfraFailure, OverBudget
from tools.testing.layout import is_test_path
from tools.testing.records import RAN_TO_THE_END
from tools.testing.results import Failure, TestRun

MORE = "if they need it, raise test_memory_mb, test_processes or test_disk_mb in the configuration"
NO_ASYNC = "async def functions are not natively supported"
FATAL = re.compile(r"Fatal Python error: [^\n]*")
UNKNOWN_OPTION = re.compile(r"unrecognized arguments: [^\n]*")
NO_MODULE = re.compile(r"No module named '([\w.]+)'")
NO_NAME = re.compile(r"cannot import name '\w+' from (?:partially initialized module )?'([\w.]+)'")


def check_trustworthy(run: TestRun) -> None:
    """Raise unless the run came to its end, ran something, and ran the workspace's code."""
    if run.over:
        raise OverBudget(f"the tests {run.ended_for}", MORE)
    if run.timed_out:
        raise OverBudget(
            f"the tests did not end within {run.seconds:.0f} s{run.while_running}",
            "raise --max-seconds, or name fewer tests",
        )
    if not run.complete:
        raise InfraFailure(
            f"pytest did not come to its end: {_cause(run)}{run.while_running}",
            "run `python -m pytest` and mend that first",
        )
    if not run.statuses:
        raise InfraFailure(
            "no tests were collected", "regreen proves patches with tests: write one, or name where they are"
        )
    if run.foreign_modules:
        names = ", ".join(run.foreign_modules[:3])
        raise InfraFailure(f"the tests import your own tree instead of the work tree ({names})", "install bubblewrap")


def _cause(run: TestRun) -> str:
    """Why a run is not complete, in a few words."""
    fatal = FATAL.search(run.output)
    if run.running and run.exit_code is None:
        return fatal[0] if fatal else "the process ended"
    if run.running:
        return f"it was ended with code {run.exit_code}"
    if run.exit_code in RAN_TO_THE_END:
        return f"it ended with code {run.exit_code} before all tests had run"
    return _last_line(run.output)


def _last_line(output: str) -> str:
    conftest = re.search(r"ImportError while loading conftest '([^']+)'", output)
    if conftest:
        errors = [line.removeprefix("E ").strip() for line in output.splitlines() if line.startswith("E ")]
        return f"{Path(conftest[1]).name} cannot be loaded: {(errors or [''])[-1]}"[:200]
    unknown = UNKNOWN_OPTION.search(output)
    if unknown:
        return unknown[0]
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("E ", "ERROR", "ImportError", "ModuleNotFoundError"))]
    return (errors or lines or ["it printed nothing"])[-1].removeprefix("E ").strip()[:200]


def is_broken(name: str, run: TestRun, tree: Path) -> bool:
    """Whether a test fails before it reaches the code under test: itself, a fixture or a dependency is at fault."""
    failure = run.failures.get(name)
    if failure is not None and NO_ASYNC in failure.message:
        return True  # a plug-in is missing that runs coroutines
    if failure is None or failure.phase in ("call", "teardown"):
        return False
    inside = [frame for frame in failure.frames if not frame.path.startswith(("/", "<"))]
    if failure.phase == "setup":
        return all(is_test_path(frame.path) for frame in inside)
    if failure.exception.endswith("ModuleNotFoundError") and "." not in _quoted(NO_MODULE, failure):
        return True  # not installed, be it a dependency or the project itself
    own = _quoted(NO_NAME, failure) or _quoted(NO_MODULE, failure)
    if own:
        top = own.split(".")[0]
        return not any((tree / folder / part).exists() for folder in ("", "src") for part in (top, f"{top}.py"))
    return not inside or is_test_path(inside[-1].path)


def _quoted(pattern: re.Pattern[str], failure: Failure) -> str:
    """The module a failed import names, in Python's own words; "" for another failure."""
    found = pattern.search(failure.message)
    return found.group(1) if found else ""


def why_broken(run: TestRun, broken: Sequence[str]) -> str:
    failure = run.failures[broken[0]]
    first_line = next(iter(failure.message.splitlines()), "")
    doing = "be collected" if failure.phase == "collect" else "be set up"
    return f"{broken[0]} cannot {doing}: {failure.exception}: {first_line}"[:300]
