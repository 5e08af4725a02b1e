"""The tool that tries patches, each alone: warm where a patch is one edit of a Python file, else in a cold run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from tools.check import MAX_SHOWN, compared
from tools.context import ToolContext
from tools.errors import PatchError, ToolError
from tools.patch import Change, Edit, decide, decode
from tools.secrets.files import readable_patch
from tools.spec import Result
from tools.testing.results import GREEN, TestRun, delta
from tools.workspace.put import put

WORTH_A_LAB = 2  # edits; one alone is as quick in a cold run


@dataclass(frozen=True, slots=True)
class Tried:
    """One patch: the tests' run with it, None where it was refused, and those that passed without it and fail now."""

    number: int
    run: TestRun | None
    broken: tuple[str, ...] = ()

    def passes(self, tests: Iterable[str]) -> bool:
        """Whether these tests pass with it, and nothing is known to break."""
        run = self.run
        return run is not None and run.complete and not self.broken and all(run.status_of(n) in GREEN for n in tests)


def try_patches(ctx: ToolContext, patches: Annotated[list[str], "Each as for apply_patch."]) -> Result:
    """Try several patches, each alone, and say what each does to the tests. None of them stays."""
    ctx.workspace.reset()  # tests may have changed files
    decided = {number: _decided(ctx, patch) for number, patch in enumerate(patches, start=1)}
    before, warm = _warm(ctx, {number: _edit(changes) for number, changes in decided.items()})
    rows: list[str] = []
    tried: list[Tried] = []
    for number, changes in decided.items():
        run = warm.get(number)
        if isinstance(changes, PatchError):
            row, item = f"refused ({changes.code}): {changes.message}", Tried(number, None)
        elif run is not None:
            row, item = _row(run, before), Tried(number, run, delta(before, run).broken)
        else:
            cold = _cold(ctx, changes)
            row, item = _counts(cold), Tried(number, cold)
        rows.append(f"patch {number}: {row}")
        tried.append(item)
    return Result("\n".join(rows) or "no patches given", tuple(tried))


def _decided(ctx: ToolContext, patch: str) -> Sequence[Change] | PatchError:
    try:
        return decide(readable_patch(patch, ctx.denied), ctx.workspace.tree, ctx.checks)
    except PatchError as error:
        return error


def _edit(changes: Sequence[Change] | PatchError) -> Edit | None:
    """A patch as one edit of a Python file that is there before and after, where it is one."""
    if isinstance(changes, PatchError) or len(changes) != 1:
        return None
    change = changes[0]
    if change.before is None or change.after is None or change.source_mode or not change.path.endswith(".py"):
        return None
    return Edit(change.path, 0, len(decode(change.before)), decode(change.after))


def _warm(ctx: ToolContext, edits: Mapping[int, Edit | None]) -> tuple[TestRun, dict[int, TestRun]]:
    """The tests' run without any patch, and with each that is an edit."""
    chosen = {number: edit for number, edit in edits.items() if edit is not None}
    if ctx.run_edits is None or len(chosen) < WORTH_A_LAB:
        return TestRun(), {}
    try:
        before, *after = ctx.run_edits(list(chosen.values())) or [TestRun()]
    except ToolError:  # no worker came up: what is wrong shows in the cold run
        return TestRun(), {}
    if not before.complete:
        return TestRun(), {}
    return before, {number: run for number, run in zip(chosen, after, strict=True) if run.complete}


def _row(run: TestRun, before: TestRun) -> str:
    change = compared(before, run).removeprefix("since the run before: ")
    return f"{_counts(run)}; against the workspace as it is: {change}"


def _counts(run: TestRun) -> str:
    if not run.complete:
        counts = f"the tests {run.ended_for if run.over else 'did not end'}"
    else:
        counts = f"{len(run.green)} passed, {len(run.red)} failed"
    return counts + (f" ({', '.join(run.red[:MAX_SHOWN])})" if run.red else "")


def _cold(ctx: ToolContext, changes: Sequence[Change]) -> TestRun:
    put(changes, ctx.workspace)
    try:
        return ctx.run_tests(())
    finally:
        put([change.reversed() for change in changes], ctx.workspace)
        ctx.workspace.reset()
