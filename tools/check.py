"""Tools that run tests in the workspace and report them short first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from tools.clip import last_lines
from tools.context import ToolContext
from tools.errors import PatchError
from tools.patch import Change, decide, parse_patch, write
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


def try_patches(
    ctx: ToolContext, patches: Annotated[list[str], "Unified diffs, each against the workspace as it is now."]
) -> str:
    """Try several patches in turn, each alone, and say what the target tests do under it. None of them stays."""
    rows = [f"patch {number}: {_tried(ctx, patch)}" for number, patch in enumerate(patches, start=1)]
    return "\n".join(rows) or "no patches given"


def _tried(ctx: ToolContext, patch: str) -> str:
    ctx.workspace.reset()  # tests may have changed files
    try:
        changes = decide(parse_patch(patch), ctx.workspace.tree, ctx.checks)
    except PatchError as error:
        return f"refused ({error.code}): {error.message}"
    _put(ctx, changes)
    try:
        run = ctx.run_tests(())
    finally:
        _put(ctx, [_reversed(change) for change in changes])
    counts = f"{len(run.green)} passed, {len(run.red)} failed" if run.complete else "the tests did not end"
    return counts + (f" ({', '.join(run.red[:MAX_SHOWN])})" if run.red else "")


def _put(ctx: ToolContext, changes: Sequence[Change]) -> None:
    write(changes, ctx.workspace.tree)
    ctx.workspace.accept(change.path for change in changes)


def _reversed(change: Change) -> Change:
    mode = change.mode if change.source_mode is None else change.source_mode
    source_mode = None if change.source_mode is None else change.mode
    return replace(change, before=change.after, after=change.before, mode=mode, source_mode=source_mode)
