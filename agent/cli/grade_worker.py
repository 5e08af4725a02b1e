"""One prediction graded, in a process of its own: base, then the prediction, then the task's tests; then they run."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from agent.batch.folder import TaskFolder
from agent.batch.grading import Grade, Graded, graded, runnable
from agent.batch.order import Order
from agent.batch.worker import guarded
from agent.cli.honest import blinded
from agent.cli.output import translated
from agent.cli.places import Apart, Place
from agent.cli.stage import configure, sites_in
from agent.cli.worker import Row, serve
from agent.core.config import Config
from agent.core.task import Task
from agent.trace.runs import RunStore
from tools.patch import parse_patch
from tools.testing.layout import files_of
from tools.testing.results import TestRun
from tools.workspace.apart import Draft, draft_of
from tools.workspace.git import GitError, find_repository
from tools.workspace.scratch import scratch_folder, sweep


def main() -> int:
    """Grade one prediction; 0 when its grade is on the disk."""
    return serve(_result)


def _result(order: Order, folder: TaskFolder) -> Row:
    def failed(error: Exception) -> Row:
        _, message, _ = translated(error)
        return asdict(Graded(order.task.instance_id, Grade.INFRA_FAILURE, reason=message))

    return guarded(lambda: asdict(_graded(order, folder)), failed)


def _graded(order: Order, folder: TaskFolder) -> Graded:
    task = order.task
    sweep()
    with scratch_folder() as scratch:
        clone = find_repository(order.clone)
        draft = draft_of(clone, task.base_commit, scratch)
        try:
            draft.apply(order.model_patch)
        except GitError as error:
            return Graded(task.instance_id, Grade.ERROR, reason=f"the patch does not apply: {error.message}")
        try:
            _put_tests(draft, task)
        except GitError as error:
            reason = f"the test patch does not apply: {error.message}"
            return Graded(task.instance_id, Grade.INFRA_FAILURE, reason=reason)
        apart = Apart(clone, order.secret, order.row_sha256)
        place = Place(order.clone, draft.sealed(), RunStore(folder.path / "runs"), apart)
        run, manifest = _run(task, configure(place, dict(order.flags)), place, scratch)
        return replace(_judged(task, run), honest=manifest)


def _put_tests(draft: Draft, task: Task) -> None:
    """The task's own tests, whatever the prediction made of their files."""
    if not task.test_patch:
        return
    files = parse_patch(task.test_patch)
    draft.restore({path for file in files for path in (file.source_file, file.target_file) if path})
    draft.apply(task.test_patch)


def _run(task: Task, config: Config, place: Place, scratch: Path) -> tuple[TestRun, dict[str, Any] | None]:
    """The run of the named tests, and its manifest where it is an honest one."""
    sites, _ = sites_in(scratch, config, place, ".")
    sites, blinds = blinded(sites, config, place, str(place.repository.head))
    manifest = blinds.manifest(place.row_sha256, "")
    with closing(sites.open(str(place.repository.head))) as site:
        there = _that_exist((*task.fail_to_pass, *task.pass_to_pass), site.workspace.tree)
        run = site.runner.run(there, timeout_seconds=config.max_seconds) if there else TestRun(complete=True)
        return run, manifest


def _that_exist(tests: Sequence[str], tree: Path) -> list[str]:
    """Tests whose file is there: pytest would run nothing at all for the sake of one that is not."""
    there = {file for file in files_of(tests) if (tree / file).exists()}
    return [name for name in runnable(tests) if name.split("::")[0] in there]


def _judged(task: Task, run: TestRun) -> Graded:
    """The grade of a run; one that says nothing about the tests is an infra failure, and never a pass."""
    found = replace(graded(task, run.statuses), seconds=round(run.seconds, 2))
    if run.ended_for:
        return replace(graded(task, {}), reason=f"the tests {run.ended_for}", seconds=found.seconds)
    if run.foreign_modules:
        reason = f"the tests loaded modules of the clone itself: {', '.join(run.foreign_modules[:3])}"
    elif not run.complete:
        last = (run.output.strip().splitlines() or ["it printed nothing"])[-1]
        reason = f"pytest did not come to its end: {last[:200]}"
    elif not run.statuses:
        reason = "none of the named tests is there"
    else:
        return found
    return Graded(task.instance_id, Grade.INFRA_FAILURE, reason=reason, seconds=found.seconds)
