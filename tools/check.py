"""Tools that run tests in the workspace and report them short first."""

from __future__ import annotations

from typing import Annotated

from tools.clip import last_lines
from tools.context import ToolContext
from tools.spec import Result
from tools.testing.results import TestRun, delta

MAX_SHOWN = 5
MAX_TRACEBACK = 2500


def run_tests(
    ctx: ToolContext, tests: Annotated[str, "Node ids or paths, a line each; empty: the target tests."] = ""
) -> Result:
    """Run tests and show which fail and why."""
    run = ctx.run_tests(tuple(line.strip() for line in tests.splitlines() if line.strip()))
    return Result(summarise(run), run)


def summarise(run: TestRun) -> str:
    """A run in a few lines: counts, then the first failures with their tracebacks."""
    if run.timed_out:
        return f"the tests did not end within their time ({run.seconds:.0f} s)"
    if not run.complete:
        return f"pytest did not come to its end{run.while_running}:\n{last_lines(run.output, MAX_TRACEBACK)}"
    counts = f"{len(run.green)} passed, {len(run.red)} failed"
    shown = [
        f"{name}\n{last_lines(run.failures[name].traceback, MAX_TRACEBACK)}"
        for name in run.red[:MAX_SHOWN]
        if name in run.failures
    ]
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
