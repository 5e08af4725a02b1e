"""The state of the tests before anything is changed: what is red, what is the target, what must stay green."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agent.core.errors import InfraFailure, OverBudget, UsageProblem
from agent.core.protocols import Progress
from agent.core.task import Task
from agent.run.budget import Budget
from tools.testing.layout import is_test_path
from tools.testing.results import GREEN, Failure, TestRun
from tools.testing.site import Site

TRACE_ALL_SECONDS = 20.0
NO_MODULE = re.compile(r"No module named '([\w.]+)'")
NO_NAME = re.compile(r"cannot import name '\w+' from (?:partially initialized module )?'([\w.]+)'")


@dataclass(frozen=True, slots=True)
class Baseline:
    """`run` is the whole suite with lines where it was traced; `targets` are confirmed red, `flaky` were red only once,
    `unrelated` are red but not asked for, `broken` fail before they reach the code under test, `waiting` are red
    and their turn comes later.
    """

    run: TestRun
    targets: tuple[str, ...]
    flaky: tuple[str, ...]
    unrelated: tuple[str, ...]
    broken: tuple[str, ...]
    waiting: tuple[str, ...] = ()


def take_baseline(site: Site, task: Task, selected: Sequence[str], budget: Budget, progress: Progress) -> Baseline:
    """Run the suite, confirm the red tests by a traced second run, and sort them.

    `selected` (paths or node ids) narrows the targets when the task names none. Raises InfraFailure when the suite
    cannot be trusted and OverBudget when it does not end in time.
    """
    progress("running the tests as they are")
    run = _whole_suite(site, [*task.fail_to_pass, *selected], budget)
    check_trustworthy(run)
    broken = tuple(name for name in run.red if _is_broken(name, run, site.workspace.tree))
    red = [name for name in run.red if name not in broken]
    wanted = [name for name in red if _wanted(name, task.fail_to_pass or selected)]
    if not wanted and broken and (not selected or any(_wanted(name, selected) for name in broken)):
        raise InfraFailure(
            _why_broken(run, broken),
            "regreen mends code, not the set-up: make the tests importable first (is everything installed?)",
        )
    traced = _traced(site, run, wanted, budget, progress)
    flaky = tuple(name for name in wanted if traced.status_of(name) in GREEN)
    return Baseline(
        run=_with_lines(run, traced),
        targets=tuple(name for name in wanted if name not in flaky),
        flaky=flaky,
        unrelated=tuple(name for name in red if name not in wanted),
        broken=broken,
    )


def check_trustworthy(run: TestRun) -> None:
    """Raise unless the run came to its end, ran something, and ran the workspace's code."""
    if run.timed_out:
        raise OverBudget(
            f"the tests did not end within {run.seconds:.0f} s", "raise --max-seconds, or name fewer tests"
        )
    if not run.complete:
        raise InfraFailure(
            f"pytest did not come to its end: {_last_line(run.output)}", "run `python -m pytest` and mend that first"
        )
    if not run.statuses:
        raise InfraFailure(
            "no tests were collected", "regreen proves patches with tests: write one, or name where they are"
        )
    if run.foreign_modules:
        names = ", ".join(run.foreign_modules[:3])
        raise InfraFailure(f"the tests import your own tree instead of the work tree ({names})", "install bubblewrap")


def _last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("E ", "ERROR", "ImportError", "ModuleNotFoundError"))]
    return (errors or lines or ["it printed nothing"])[-1].removeprefix("E ").strip()[:200]


def _whole_suite(site: Site, named: Sequence[str], budget: Budget) -> TestRun:
    run = site.runner.run(timeout_seconds=budget.remaining.seconds)
    missing = [name for name in named if run.status_of(name) is None and not _holds(name, run)]
    if not missing or run.timed_out:
        return run
    more = site.runner.run(missing, timeout_seconds=budget.remaining.seconds)
    if not more.statuses and not more.timed_out and (run.statuses or more.exit_code == 4 or not more.complete):
        raise UsageProblem(f"no test found at {missing[0]}", "name a test file, folder or node id that pytest collects")
    return merged(run, more)


def _holds(name: str, run: TestRun) -> bool:
    return name in ("", ".") or any(test.startswith((f"{name}::", f"{name}/", f"{name}[")) for test in run.statuses)


def merged(one: TestRun, other: TestRun) -> TestRun:
    """Two runs as one; the second wins where both ran a test."""
    return replace(
        other,
        statuses={**one.statuses, **other.statuses},
        failures={**one.failures, **other.failures},
        durations={**one.durations, **other.durations},
        lines={**one.lines, **other.lines},
        seconds=one.seconds + other.seconds,
        foreign_modules=(*one.foreign_modules, *other.foreign_modules),
    )


def _wanted(name: str, selected: Sequence[str]) -> bool:
    return not selected or any(
        item in ("", ".", name) or name.startswith((f"{item}::", f"{item}/", f"{item}[")) for item in selected
    )


def _is_broken(name: str, run: TestRun, tree: Path) -> bool:
    """Whether a test fails before it reaches the code under test: itself, a fixture or a dependency is at fault."""
    failure = run.failures.get(name)
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


def _why_broken(run: TestRun, broken: Sequence[str]) -> str:
    failure = run.failures[broken[0]]
    first_line = next(iter(failure.message.splitlines()), "")
    doing = "be collected" if failure.phase == "collect" else "be set up"
    return f"{broken[0]} cannot {doing}: {failure.exception}: {first_line}"[:300]


def _traced(site: Site, run: TestRun, wanted: Sequence[str], budget: Budget, progress: Progress) -> TestRun:
    if not wanted:
        return TestRun()
    site.workspace.reset()
    progress("running the failing tests again, line by line")
    files = list(dict.fromkeys(name.split("::")[0] for name in wanted))
    everything = run.seconds <= TRACE_ALL_SECONDS
    tests = list(dict.fromkeys(name.split("::")[0] for name in run.statuses)) if everything else files
    traced = site.runner.run(tests, timeout_seconds=budget.remaining.seconds, trace=True)
    if traced.timed_out:
        raise OverBudget("the failing tests did not end when run again", "raise --max-seconds")
    return traced


def _with_lines(run: TestRun, traced: TestRun) -> TestRun:
    failures = {**run.failures, **{name: failure for name, failure in traced.failures.items() if name in run.failures}}
    return replace(run, lines=traced.lines, failures=failures)
