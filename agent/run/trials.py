"""What several edits of the tree as it stands do to the tests, tried in a lab: for `try_patches`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from agent.run.affected import tests_of_lines
from agent.run.ground import Ground
from agent.run.state import RunState
from tools.patch import Edit, decode
from tools.testing.lab.open import open_lab
from tools.testing.lab.said import TrialResult
from tools.testing.lab.trim import trimmed
from tools.testing.results import TestRun
from tools.testing.site import Site
from tools.workspace.put import put_patch


def run_edits(edits: Sequence[Edit], state: RunState, site: Site, ground: Ground) -> list[TestRun]:
    """Runs of the target tests and those that run what the edits change: one without any edit, then one for each.

    Edits are of the tree in `site`; a run is not complete where its tests did not end.
    """
    texts = {edit.path: decode((site.workspace.tree / edit.path).read_bytes()) for edit in edits}
    tests = _tests(edits, texts, state)
    if not tests:
        return []

    ground.progress(f"trying {len(edits)} patches on {len(tests)} tests")
    unedited = Edit(edits[0].path, 0, 0, "")
    prepare = partial(put_patch, site.workspace.diff())
    with open_lab(ground.sites, state.task.base_commit, tests, state.baseline.run.durations, prepare) as lab:
        return [_run(result) for result in lab.run_edits([unedited, *edits], tests)]


def _tests(edits: Iterable[Edit], texts: dict[str, str], state: RunState) -> tuple[str, ...]:
    tests = list(state.task.fail_to_pass)
    for edit in edits:
        tests += _affected(edit, texts[edit.path], state.baseline.run)
    return tuple(dict.fromkeys(tests))


def _affected(edit: Edit, text: str, spectrum: TestRun) -> Sequence[str]:
    """Passing tests that run the functions an edit begins and ends in; none where its file cannot be read."""
    span = trimmed(text, edit)
    lines = {text.count("\n", 0, at) + 1 for at in (span.start, span.end)}
    return list(tests_of_lines(edit.path, text, lines, spectrum))


def _run(result: TrialResult) -> TestRun:
    return TestRun(
        statuses=result.statuses,
        seconds=result.seconds,
        timed_out=result.outcome == "timeout",
        complete=result.outcome == "done",
    )
