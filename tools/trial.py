"""The tool that tries patches, each alone: warm where a patch is one edit of a Python file, else in a cold run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from tools.check import MAX_SHOWN, compared
from tools.context import ToolContext
from tools.errors import PatchError, ToolError
from tools.patch import Change, Edit, decide, decode
from tools.secrets.files import readable_patch
from tools.testing.results import TestRun
from tools.workspace.put import put

WORTH_A_LAB = 2  # edits; one alone is as quick in a cold run


def try_patches(
    ctx: ToolContext, patches: Annotated[list[str], "Unified diffs, each against the workspace as it is now."]
) -> str:
    """Try several patches, each alone, and say what each does to the target tests and those that run what it changes.

    None of them stays.
    """
    ctx.workspace.reset()  # tests may have changed files
    decided = {number: _decided(ctx, patch) for number, patch in enumerate(patches, start=1)}
    warm = _warm(ctx, {number: _edit(changes) for number, changes in decided.items()})
    rows = [f"patch {number}: {warm.get(number) or _cold(ctx, changes)}" for number, changes in decided.items()]
    return "\n".join(rows) or "no patches given"


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


def _warm(ctx: ToolContext, edits: Mapping[int, Edit | None]) -> dict[int, str]:
    """Rows for the patches that are edits: what changed beside the tests' run without any."""
    chosen = {number: edit for number, edit in edits.items() if edit is not None}
    if ctx.run_edits is None or len(chosen) < WORTH_A_LAB:
        return {}
    try:
        before, *after = ctx.run_edits(list(chosen.values())) or [TestRun()]
    except ToolError:  # no worker came up: what is wrong shows in the cold run
        return {}
    if not before.complete:
        return {}
    return {number: _row(run, before) for number, run in zip(chosen, after, strict=True) if run.complete}


def _row(run: TestRun, before: TestRun) -> str:
    change = compared(before, run).removeprefix("since the run before: ")
    return f"{_counts(run)}; against the workspace as it is: {change}"


def _counts(run: TestRun) -> str:
    counts = f"{len(run.green)} passed, {len(run.red)} failed" if run.complete else "the tests did not end"
    return counts + (f" ({', '.join(run.red[:MAX_SHOWN])})" if run.red else "")


def _cold(ctx: ToolContext, changes: Sequence[Change] | PatchError) -> str:
    if isinstance(changes, PatchError):
        return f"refused ({changes.code}): {changes.message}"
    put(changes, ctx.workspace)
    try:
        return _counts(ctx.run_tests(()))
    finally:
        put([change.reversed() for change in changes], ctx.workspace)
        ctx.workspace.reset()
