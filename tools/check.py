"""Tools that run tests in the workspace and report them short first."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated

from tools.clip import last_lines
from tools.context import ToolContext
from tools.errors import ToolError
from tools.failures import told
from tools.spec import Result
from tools.testing.results import TestRun, delta

MAX_SHOWN = 5
MAX_TRACEBACK = 2500


def run_tests(
    ctx: ToolContext, tests: Annotated[str, "Node ids or paths, a line each; empty: the target tests."] = ""
) -> Result:
    """Run tests and show which fail and why."""
    names = tuple(line.strip() for line in tests.splitlines() if line.strip())
    for name in names:
        _refuse_no_test(name)
    run = ctx.run_tests(names)
    return Result(summarise(run), run)


def _refuse_no_test(name: str) -> None:
    """Options of the test runner and paths that lead away are no tests of this repository."""
    path = PurePosixPath(name.partition("::")[0])
    if name.startswith("-") or path.is_absolute() or ".." in path.parts:
        hint = "give node ids or paths relative to the test root, a line each"
        raise ToolError("bad-test", f"{name} is no test of this repository", hint)


def summarise(run: TestRun) -> str:
    """A run in a few lines: counts, then the first failures with their tracebacks."""
    if run.over:
        return f"the tests {run.ended_for}"
    if run.timed_out:
        return f"the tests did not end within their time ({run.seconds:.0f} s)"
    if not run.complete:
        return f"pytest did not come to its end{run.while_running}:\n{last_lines(run.output, MAX_TRACEBACK)}"
    counts = f"{len(run.green)} passed, {len(run.red)} failed"
    failures = run.failures_of(run.red[:MAX_SHOWN])
    shown = [f"{name}\n{text}" for name, text in told(failures, MAX_TRACEBACK)]
    rest = (
        [f"... and {len(run.red) - MAX_SHOWN} more: {', '.join(run.red[MAX_SHOWN:][:20])}"]
        if len(run.red) > MAX_SHOWN
        else []
    )
    return "\n\n".join([counts, *shown, *rest])


def compared(before: TestRun, after: TestRun) -> str:
    """What changed since a run before, in one line: what a patch did to the tests, bad news first."""
    change = delta(before, after)
    parts = [
        f"{len(change.broken)} newly broken ({', '.join(change.broken[:MAX_SHOWN])})" if change.broken else "",
        f"{len(change.still_failing)} still failing" if change.still_failing else "",
        f"{len(change.changed)} of them with another error" if change.changed else "",
        f"{len(change.fixed)} fixed ({', '.join(change.fixed[:MAX_SHOWN])})" if change.fixed else "",
    ]
    return "since the run before: " + (", ".join(filter(None, parts)) or "no change")
