"""One `fix` from call to exit code: configure, run, deliver. Imported only when a run begins."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from agent.cli.compose import Asked, Tape, open_ground
from agent.cli.console import Console
from agent.cli.deliver import Wishes, deliver
from agent.cli.issue import read_issue
from agent.cli.output import complain, translated
from agent.cli.person import person_there
from agent.cli.places import Place, find_place
from agent.cli.signals import ended_by_signals
from agent.cli.stage import configure
from agent.core.config import Config
from agent.core.errors import RegreenError
from agent.core.message import Image
from agent.core.protocols import Proposer
from agent.core.task import Outcome, Task
from agent.core.verdict import EXIT_CODES, Status, Verdict
from agent.run.ground import Ground
from agent.run.groups import solve
from agent.run.rows import charge_row
from tools.errors import ToolError

FAILURES = (Status.USAGE, Status.INFRA_FAILURE, Status.OVER_BUDGET)

__all__ = ["Asked", "Tape", "Wishes", "run_asked", "run_fix", "run_given"]


def run_fix(cwd: Path, asked: Asked, flags: Mapping[str, object], wishes: Wishes) -> int:
    """Run, deliver, and give the verdict's exit code; the issue is a text, a file that holds it, or `-`."""
    place = find_place(cwd)
    config = configure(place, dict(flags))
    return run_asked(config, place, replace(asked, issue=read_issue(asked.issue, config.authors)), wishes)


def run_asked(config: Config, place: Place, asked: Asked, wishes: Wishes) -> int:
    """Run what was asked for, deliver, and give the verdict's exit code; signals end it as they should."""
    person = person_there(os.environ, as_json=wishes.as_json)
    with ended_by_signals(person.interrupted if person else lambda: False):
        outcome = _run(config, place, replace(asked, person=person))
        status = deliver(outcome, place, wishes).verdict.status
    return 0 if config.accept == "plausible" and status is Status.PLAUSIBLE else EXIT_CODES[status]


def run_given(
    task: Task, config: Config, place: Place, attached: tuple[Sequence[Image], Sequence[str]] = ((), ())
) -> Outcome:
    """Work a task of a batch at its base commit, which lies in the place's repository.

    `attached` are its images, and sentences on those that could not be had.
    """
    images, notes = attached
    return _run(config, place, Asked(issue=task.problem_statement, given=task, images=tuple(images), notes=notes))


def _run(config: Config, place: Place, asked: Asked) -> Outcome:
    with Console() as console, open_ground(config, place, asked, console) as (ground, task, proposer):
        outcome = _outcome(task, proposer, ground)
        status = outcome.verdict.status
        ended = "interrupted" if status is Status.INTERRUPTED else "run_ended"  # an interrupted run is not done
        bill = [charge_row(charge) for charge in outcome.bill]
        ground.journal.append(ended, status=str(status), reason=outcome.reason, seconds=outcome.seconds,
                              bill=bill, usd_per_proved=outcome.usd_per_proved)  # fmt: skip
    if status is Status.INTERRUPTED:
        print(f"hint: {outcome.hint}", file=sys.stderr)
    if status in FAILURES:
        complain(outcome.reason, outcome.hint)
    return outcome


def _outcome(task: Task, proposer: Callable[[], Proposer], ground: Ground) -> Outcome:
    """The run's outcome; an end before the first step is one too, an interruption is journalled and goes on up."""
    try:
        return solve(task, proposer=proposer, ground=ground)
    except (RegreenError, ToolError) as error:
        status, message, hint = translated(error)
        if status is Status.INTERNAL_ERROR:
            raise
        verdict = Verdict(status, infra_failure=status is Status.INFRA_FAILURE, evidence=(message,))
        return replace(ground.outcome(task, verdict, message), hint=hint)
    except KeyboardInterrupt:
        reason = "interrupted; nothing was changed"
        hint = f"`regreen resume {ground.run_id}` goes on with it"
        return replace(ground.outcome(task, Verdict(Status.INTERRUPTED, evidence=(reason,)), reason), hint=hint)
