"""The judge's verdicts on hostile patches and in hostile repositories, always behind bubblewrap."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from agent.core.errors import RegreenError
from agent.core.task import Task
from agent.core.verdict import Status, Verdict
from agent.run.baseline import Terms, take_baseline
from agent.run.budget import Budget
from agent.run.judge import Case, Judge
from tools.testing.environment import environment_for_tests
from tools.testing.interpreter import Interpreter
from tools.testing.site import Sites
from tools.workspace.git import find_repository
from tools.workspace.sandbox.choose import choose_sandbox

SECONDS = 120.0
RIVAL_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Court:
    """A judge and its case, and the sites of the repository they are about."""

    sites: Sites
    judge: Judge
    case: Case


def prepared(folder: Path, files: Mapping[str, str], python: Interpreter) -> Court:
    """The court for a repository of these files, as `regreen fix` would have it."""
    repo = folder / "repo"
    for name, text in files.items():
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).write_text(text, encoding="utf-8")
    for argv in (["init", "-q"], ["add", "-A", "-f"], ["commit", "-qm", "x"]):
        identity = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
        subprocess.run(["git", *identity, *argv], cwd=repo, check=True, stdout=subprocess.DEVNULL)
    repository = find_repository(repo)
    fence, _ = choose_sandbox("require")
    sites = Sites(repository, python, fence, ".", environment_for_tests(os.environ), folder / "sites")
    task = Task("hostile", "hostile", repository.head or "")
    site = sites.open(task.base_commit)
    baseline = take_baseline(site, task, Terms(), Budget(10, SECONDS), lambda text: None)
    site.close()
    task = replace(task, fail_to_pass=baseline.targets)
    return Court(sites, Judge(sites, False, lambda text: None), Case(task, baseline, SECONDS, RIVAL_SECONDS))


def verdict_in(folder: Path, files: Mapping[str, str], patch: str, python: Interpreter) -> Verdict:
    """The verdict on a patch in a repository of its own; where no run can begin, that is the verdict."""
    try:
        court = prepared(folder, files, python)
        return court.judge.judge(court.case, patch)
    except RegreenError as error:
        return Verdict(Status.INFRA_FAILURE, evidence=(error.message,))
