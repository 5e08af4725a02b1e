"""The only place that picks concrete classes: from a configuration to everything a run works with."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent import __version__
from agent.cli.console import Console
from agent.cli.minds import OFFLINE, Work, choose_mind
from agent.cli.places import recover_here
from agent.core.config import Config, load_config
from agent.core.errors import UsageProblem
from agent.core.protocols import Proposer
from agent.core.task import Task
from agent.report.story import TELLERS
from agent.run.budget import Budget
from agent.run.judge import Judge
from agent.run.loop import Ground
from agent.trace.journal import NAME, Event, Journal
from agent.trace.runs import RunStore, run_store
from tools.check import run_tests, try_patches
from tools.edit import apply_patch, show_diff
from tools.explore import list_dir, read_file
from tools.registry import Registry
from tools.search import search
from tools.symbols import find_symbol
from tools.testing.environment import environment_for_tests
from tools.testing.interpreter import Interpreter, find_interpreter
from tools.testing.layout import find_test_root
from tools.testing.site import Sites
from tools.workspace.git import Repository, find_repository
from tools.workspace.sandbox.choose import choose_sandbox
from tools.workspace.scratch import new_scratch, sweep
from tools.workspace.snapshot import keep, snapshot

NARRATED = ("baseline", "suspects", "step_started")
TOOLS = (list_dir, read_file, search, find_symbol, run_tests, apply_patch, try_patches, show_diff)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command was called: the folder, its repository, its runs."""

    cwd: Path
    repository: Repository
    store: RunStore


def find_place(cwd: Path) -> Place:
    """The repository around a folder, with no patch half applied; GitError `no-repository` outside of one."""
    repository = find_repository(cwd)
    recover_here(repository.root)
    return Place(cwd.resolve(), repository, run_store(repository.common_dir, os.environ))


def configure(place: Place, flags: dict[str, object]) -> Config:
    """The merged configuration."""
    return load_config(place.repository.root, os.environ, flags)


@dataclass(frozen=True, slots=True)
class Selection:
    """What the user asked for, seen from the test root: `test_root` relative to the repository, node ids to it."""

    test_root: str
    tests: tuple[str, ...]


def select(place: Place, tests: Sequence[str]) -> Selection:
    """Resolve paths and node ids given from the current folder; UsageProblem for one that is not in the repository."""
    found = [_resolve(place, test) for test in tests]
    start = _common_folder([path for path, _ in found]) if found else place.cwd
    root = find_test_root(start, place.repository.root)
    names = [path.relative_to(root).as_posix() + rest if path != root else "." for path, rest in found]
    return Selection(root.relative_to(place.repository.root).as_posix(), tuple(names))


def _resolve(place: Place, test: str) -> tuple[Path, str]:
    name, separator, rest = test.partition("::")
    root = place.repository.root
    bases = [place.cwd, find_test_root(place.cwd, root), root]
    found = next((base / name for base in bases if (base / name).exists()), None)
    if found is None:
        raise UsageProblem(
            f"no such test file or folder: {name}", "name it from the current folder or the repository's root"
        )
    if not found.resolve().is_relative_to(root):
        raise UsageProblem(f"{name} lies outside the repository {root}", "run regreen in the repository that holds it")
    return found.resolve(), separator + rest


def _common_folder(paths: Sequence[Path]) -> Path:
    folders = [path if path.is_dir() else path.parent for path in paths]
    return Path(os.path.commonpath(folders))


def open_interpreter(config: Config, place: Place) -> Interpreter:
    """The target's interpreter, with pytest."""
    return find_interpreter(config.python, place.repository.root, place.cwd, os.environ)


@contextmanager
def open_ground(
    config: Config, place: Place, tests: Sequence[str], issue: str, console: Console
) -> Iterator[tuple[Ground, Task, Proposer]]:
    """Everything for one run; what it left outside the repository's own runs folder is gone afterwards."""
    sweep()
    selection = select(place, tests)
    interpreter = open_interpreter(config, place)
    fence, about_sandbox = choose_sandbox(config.sandbox)
    mind = choose_mind(config, os.environ)
    run_id, folder = place.store.new_run()
    journal = Journal(folder / NAME, lambda event: _narrate(event, console))
    scratch = new_scratch()
    try:
        console.note(f"python {interpreter.version} ({interpreter.found}) · {about_sandbox} · {mind.about}")
        journal.append("run_started", version=__version__, run=run_id, tests=list(selection.tests), issue=issue,
                       python=str(interpreter.executable), sandbox=about_sandbox, model=mind.name)  # fmt: skip
        base = snapshot(place.repository)
        keep(place.repository, f"runs/{run_id}/base", base)
        journal.append("snapshot", commit=base, head=place.repository.head)
        env = environment_for_tests(os.environ, config.pass_env)
        sites = Sites(place.repository, interpreter, fence, selection.test_root, env, scratch)
        budget = Budget(config.max_steps, config.max_seconds, max_cost_usd=config.max_cost)
        judge = Judge(sites, config.allow_test_edits, console)
        registry = Registry(TOOLS)
        ground = Ground(sites, registry, judge, budget, journal, console, run_id,
                        selection.tests, config.allow_test_edits, config.escalate and mind.name != OFFLINE)  # fmt: skip
        task = Task(f"{place.repository.root.name}-{run_id}", place.repository.root.name, base, problem_statement=issue)
        yield ground, task, mind.proposer(Work(sites, registry, budget, console))
    finally:
        journal.close()
        shutil.rmtree(scratch, ignore_errors=True)


def _narrate(event: Event, console: Console) -> None:
    """Show what was found, as it is found."""
    if event.event in NARRATED:
        for line in TELLERS[event.event](event.fields):
            console.note(line)
