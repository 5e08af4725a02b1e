"""One `grade` from call to exit code: load, grade each prediction in a process of its own, report."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agent.batch.clones import Clones, load_clones
from agent.batch.contamination import contamination
from agent.batch.executor import Job, Processes
from agent.batch.folder import TaskFolder
from agent.batch.grading import Grade, Graded, instance_report, report
from agent.cli.loading import loaded_tasks, named, settings_of, tell_problems
from agent.cli.orders import Orders, secrets_of
from agent.cli.output import complain, print_json
from agent.cli.worker import argv_of
from agent.core.config import load_config
from agent.core.errors import RegreenError
from agent.core.task import Prediction, Task
from agent.core.verdict import Tally
from agent.tasks.load import Loaded
from agent.tasks.predictions import load_predictions
from tools.files import write_whole
from tools.workspace.scratch import scratch_folder

TIDY_SECONDS = 60.0
# Docker images of the official harness are the reference; what runs on this machine says so.
ENVIRONMENT = "local"
NAMES = ("fail_to_pass", "pass_to_pass")


@dataclass(frozen=True, slots=True)
class GradeCall:
    """What the user asked for."""

    preds: Path
    tasks: str
    repos: Path
    workers: int
    only: tuple[str, ...]
    as_json: bool
    report: Path | None


def run_grade(call: GradeCall, flags: Mapping[str, object]) -> int:
    """Grade and report; 0 whatever the grades are."""
    predicted = load_predictions(call.preds)
    tell_problems(predicted.problems)
    loaded = loaded_tasks(call.tasks)
    tasks = named(loaded.tasks, call.only)
    unknown = sorted(predicted.predictions.keys() - {task.instance_id for task in tasks})
    if unknown and not call.only:
        complain(f"{len(unknown)} predictions are for no task of {call.tasks}, like {unknown[0]}", "")
    clones = load_clones(call.repos.resolve(), Path.cwd())
    secret = secrets_of(call.tasks, call.preds)
    found = _Grading(clones, flags, predicted.predictions, loaded, secret).grade(tasks, call.workers)
    predictions = {name: row for name, row in predicted.predictions.items() if not call.only or name not in unknown}
    whole = {**report(tasks, predictions, found), "environment": ENVIRONMENT}
    whole |= _instances(found, predictions, loaded)
    if call.report is not None:
        write_whole(call.report, json.dumps(whole, indent=2) + "\n")
    if call.as_json:
        print_json({"status": "graded", **whole})
    else:
        _print(found, whole)
    return 0


def _instances(
    found: Sequence[Graded], predictions: Mapping[str, Prediction], loaded: Loaded
) -> dict[str, dict[str, Any]]:
    """The report of each instance, and how much of the predictions is word for word the reference solution."""
    scores = {
        one.instance_id: contamination(
            predictions[one.instance_id].model_patch, loaded.beside[one.instance_id].gold_patch
        )
        for one in found
    }
    rows = {name: score.row() if score else None for name, score in scores.items()}
    instances = {one.instance_id: {**instance_report(one), "contamination": rows[one.instance_id]} for one in found}
    return {"contamination": {name: row for name, row in rows.items() if row}, "instances": instances}


class _Grading:
    """Grades predictions one by one or several at once; nothing in `secret` is for what runs in honest ones."""

    def __init__(
        self,
        clones: Clones,
        flags: Mapping[str, object],
        predictions: Mapping[str, Prediction],
        loaded: Loaded,
        secret: tuple[Path, ...],
    ) -> None:
        config = load_config(Path.cwd(), os.environ, flags)
        self._seconds = config.max_seconds
        settings = {**settings_of(flags, config.python), "max_seconds": config.max_seconds}
        self._orders = Orders(clones, loaded, config, settings, secret)
        self._clones = clones
        self._predictions = predictions
        self._found: dict[str, Graded] = {}

    def grade(self, tasks: Sequence[Task], workers: int) -> list[Graded]:
        """The grades, in the order of the tasks that have a prediction."""
        self._orders.tell_open(tasks)
        with scratch_folder("grade") as home:
            for end in Processes(workers).map(self._jobs(tasks, home)):
                if end.job.name not in self._found:
                    why = f"its process ended with {end.exit_code}"
                    graded = _read(TaskFolder(end.job.log.parent)) if end.exit_code == 0 else None
                    self._note(graded or Graded(end.job.name, Grade.INFRA_FAILURE, reason=why))
        return [self._found[task.instance_id] for task in tasks if task.instance_id in self._found]

    def _jobs(self, tasks: Sequence[Task], home: Path) -> Iterator[Job | None]:
        for number, task in enumerate(tasks):
            prediction = self._predictions.get(task.instance_id)
            if prediction is None:
                continue
            known = self._without_a_run(task, prediction)
            if known is not None:
                self._note(known)
                continue
            yield self._job(task, prediction, TaskFolder(home / str(number)))

    def _without_a_run(self, task: Task, prediction: Prediction) -> Graded | None:
        """The grade of a prediction that need not run, or cannot."""
        if not prediction.model_patch.strip():
            return Graded(
                task.instance_id, Grade.EMPTY_PATCH, Tally((), task.fail_to_pass), reason="the patch is empty"
            )
        if not task.fail_to_pass:
            return Graded(task.instance_id, Grade.INFRA_FAILURE, reason="the task names no test that must pass")
        try:
            self._clones.of(task)
        except RegreenError as error:
            return Graded(task.instance_id, Grade.INFRA_FAILURE, reason=error.message)
        return None

    def _job(self, task: Task, prediction: Prediction, folder: TaskFolder) -> Job:
        claim = folder.claim()
        assert claim is not None  # the folder is our own
        order = replace(self._orders.order(task), model_patch=prediction.model_patch)
        write_whole(folder.order, order.to_json())
        argv = argv_of("grade_worker", folder, claim)
        return Job(task.instance_id, argv, folder.log, claim, self._seconds + TIDY_SECONDS)

    def _note(self, one: Graded) -> None:
        self._found[one.instance_id] = one
        line = f"{one.instance_id}  {one.grade}  {one.reason}"
        print(line.encode("utf-8", "backslashreplace").decode(), file=sys.stderr, flush=True)


def _read(folder: TaskFolder) -> Graded | None:
    row = folder.read()
    if row is None:
        return None
    fixed, kept = (Tally(tuple(row[name]["success"]), tuple(row[name]["failure"])) for name in NAMES)
    return Graded(row["instance_id"], Grade(row["grade"]), fixed, kept, row["reason"], row["seconds"], row["honest"])


def _print(found: Sequence[Graded], whole: Mapping[str, Any]) -> None:
    print(f"resolved {whole['resolved_instances']} of {whole['total_instances']} tasks ({ENVIRONMENT} results)")
    for name in ("submitted", "completed", "unresolved", "empty_patch", "error", "infra_failure"):
        print(f"{name.replace('_', ' '):14}{whole[f'{name}_instances']:6}")
    for one in found:
        if one.grade is Grade.UNRESOLVED and one.fail_to_pass.failure + one.pass_to_pass.failure:
            missed = (*one.fail_to_pass.failure, *one.pass_to_pass.failure)
            print(f"{one.instance_id}: not as wanted: {', '.join(missed[:3])}{' …' if len(missed) > 3 else ''}")
