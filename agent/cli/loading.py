"""What `batch` and `grade` have in common before anything runs: tasks, told problems, and settings for workers."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from agent.cli.output import complain
from agent.core.errors import UsageProblem
from agent.core.task import Task
from agent.tasks.load import Loaded, Problem, load_tasks

MOST_TOLD = 20  # problems that are told one by one


def loaded_tasks(source: str, authors: Sequence[str] = ()) -> Loaded:
    """The tasks of a source by these authors, or by all; rows that are none are told, and comments left out."""
    loaded = load_tasks(source, authors=authors)
    tell_problems(loaded.problems)
    tell_problems(loaded.left_out)
    if not loaded.tasks:
        hint = "`authors` says whose tasks are worked" if authors else "docs/batch.md shows what a task looks like"
        raise UsageProblem(f"no task in {source}", hint)
    return loaded


def tell_problems(problems: Sequence[Problem]) -> None:
    """A line for each row that was skipped, up to a limit."""
    for problem in problems[:MOST_TOLD]:
        complain(f"{problem.place}: {problem.reason}", "")
    if len(problems) > MOST_TOLD:
        complain(f"{len(problems) - MOST_TOLD} more rows like these", "")


def named(tasks: Sequence[Task], only: Sequence[str]) -> list[Task]:
    """Tasks whose id fits one of the patterns, all without any; UsageProblem where none does."""
    found = [task for task in tasks if not only or any(fnmatchcase(task.instance_id, one) for one in only)]
    if not found:
        raise UsageProblem(f"no task is called {' or '.join(only)}", "--only takes ids, with * and ?")
    return found


def settings_of(flags: Mapping[str, object], python: str) -> dict[str, Any]:
    """What was asked for, for workers in other folders; `python` is the interpreter as configured here."""
    given: dict[str, Any] = {name: value for name, value in flags.items() if value is not None}
    if len(Path(python).parts) > 1:
        given["python"] = os.path.normpath(Path.cwd() / Path(python).expanduser())
    return given
