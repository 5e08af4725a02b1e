"""One task of a batch, in a process of its own: it runs as `fix` does, and leaves its result on the disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from agent.batch.folder import TaskFolder
from agent.batch.grading import runnable
from agent.batch.order import Order
from agent.batch.run import result_row
from agent.batch.worker import guarded
from agent.cli.output import outcome_row
from agent.cli.places import Apart, Place
from agent.cli.session import run_given
from agent.cli.stage import configure
from agent.cli.worker import Row, failed_row, serve
from agent.context.images import attached
from agent.core.errors import InfraFailure
from agent.core.task import Outcome
from agent.core.verdict import Status
from agent.trace.journal import read_journal
from agent.trace.runs import RunStore
from tools.workspace.apart import draft_of
from tools.workspace.git import GitError, find_repository
from tools.workspace.scratch import scratch_folder, sweep


def main() -> int:
    """Work the task off; 0 when its result is on the disk."""
    return serve(_result)


def _result(order: Order, folder: TaskFolder) -> Row:
    row = guarded(lambda: _outcome_row(order, folder), failed_row)
    return result_row(order.task, row, folder.spent_usd(), is_cut=order.cut or bool(row.get("day_spent")))


def _outcome_row(order: Order, folder: TaskFolder) -> Row:
    sweep()
    with scratch_folder() as scratch:
        place, base, left_out = _place(order, folder, scratch)
        task = replace(order.task, base_commit=base, fail_to_pass=runnable(order.task.fail_to_pass))
        images, missing = attached(task.attachments, task.instance_id, Path(order.beside))
        outcome = run_given(task, configure(place, dict(order.flags)), place, (images, missing))
    if outcome.verdict.status is Status.INTERRUPTED:
        raise KeyboardInterrupt
    more = {"model_name_or_path": f"regreen-{_model(outcome)}", "left_out": list(left_out),
            "day_spent": outcome.day_spent}  # fmt: skip
    return {**outcome_row(outcome, outcome.model_patch), **more}


def _model(outcome: Outcome) -> str:
    """The model of a run, by its journal."""
    events = read_journal(Path(outcome.journal))
    return next((str(event.fields["model"]) for event in events if event.event == "run_started"), "")


def _place(order: Order, folder: TaskFolder, scratch: Path) -> tuple[Place, str, tuple[str, ...]]:
    """The clone with a git folder apart, its only commit (the base with the task's tests), and submodules left out."""
    clone = find_repository(order.clone)
    draft = draft_of(clone, order.task.base_commit, scratch)
    if order.task.test_patch:
        try:
            draft.apply(order.task.test_patch)
        except GitError as error:
            raise InfraFailure(f"the test patch does not apply to the base commit: {error.message}") from error
    private = draft.sealed()
    apart = Apart(clone, order.secret, order.row_sha256)
    return Place(clone.root, private, RunStore(folder.path / "runs"), apart), str(private.head), draft.left_out
