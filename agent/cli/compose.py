"""The only place that picks concrete classes: from a configuration to everything a run works with."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial

from agent import __version__
from agent.cli.console import Console
from agent.cli.minds import OFFLINE, Mind, Work, choose_mind
from agent.cli.places import Place
from agent.cli.selection import Selection, select
from agent.core.config import Config, load_config
from agent.core.protocols import Proposer
from agent.core.task import Task
from agent.report.story import TELLERS
from agent.run.baseline import Terms
from agent.run.budget import Budget
from agent.run.ground import Ground
from agent.run.judge import Judge
from agent.trace.journal import NAME, Event, Journal
from tools.check import run_tests
from tools.edit import apply_patch, show_diff
from tools.explore import list_dir, read_file
from tools.registry import Registry
from tools.search import search
from tools.secrets.environment import hide
from tools.secrets.redact import Redactor
from tools.symbols import find_symbol
from tools.testing.environment import environment_for_tests
from tools.testing.interpreter import Interpreter, find_interpreter
from tools.testing.memory import Memory, environment_key
from tools.testing.site import Sites, TestCommand
from tools.trial import try_patches
from tools.workspace.ignored import carried_files
from tools.workspace.sandbox.choose import choose_sandbox
from tools.workspace.sandbox.none import NoSandbox
from tools.workspace.scratch import new_scratch, sweep
from tools.workspace.snapshot import keep, snapshot

NARRATED = ("baseline", "suspects", "step_started")
TOOLS = (list_dir, read_file, search, find_symbol, run_tests, apply_patch, try_patches, show_diff)


def configure(place: Place, flags: dict[str, object]) -> Config:
    """The merged configuration."""
    return load_config(place.repository.root, os.environ, flags)


def open_interpreter(config: Config, place: Place) -> Interpreter:
    """The target's interpreter, with pytest unless a command runs the tests."""
    needs_pytest = not config.test_command
    return find_interpreter(config.python, place.repository.root, place.cwd, os.environ, needs_pytest=needs_pytest)


@dataclass(frozen=True, slots=True)
class Stage:
    """The tree as it stands, as a commit, and the sites to work on it; `about` is a sentence on what tests run in."""

    base: str
    sites: Sites
    selection: Selection
    terms: Terms
    about: str


def open_stage(config: Config, place: Place, tests: Sequence[str], commit: str = "") -> AbstractContextManager[Stage]:
    """A commit, else a snapshot of the tree, with everything to test it; nothing of it is left outside afterwards."""
    return open_stage_at(commit, config, place, select(place, tests))


@contextmanager
def open_stage_at(base: str, config: Config, place: Place, selection: Selection) -> Iterator[Stage]:
    """A commit, "" for a snapshot of the tree, with everything to test it."""
    hide()
    sweep()
    interpreter = open_interpreter(config, place)
    fence, about_sandbox = choose_sandbox(config.sandbox)
    run_by = f"test command: {config.test_command} · " if config.test_command else ""
    about = f"python {interpreter.version} ({interpreter.found}) · {run_by}{about_sandbox}"
    scratch = new_scratch()
    try:
        base = base or snapshot(place.repository)
        env = environment_for_tests(os.environ, config.pass_env)
        command = TestCommand(config.test_command, config.test_report)
        sites = Sites(place.repository, interpreter, fence, selection.test_root, env, scratch, command=command)
        yield Stage(base, sites, selection, _terms(config, place, selection, sites), about)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _terms(config: Config, place: Place, selection: Selection, sites: Sites) -> Terms:
    """What the baseline is taken for; runs of the suite are remembered beside the journals of runs."""
    carried = carried_files(place.repository)
    said = {**sites.env, "test command": config.test_command, "test report": config.test_report}
    key = environment_key(sites.interpreter, selection.test_root, said, carried)
    memory = Memory(place.store.folder.parent / "suites", key)
    may_look_outside = config.sandbox == "auto" and sites.fence is not NoSandbox
    unfenced = replace(sites, fence=NoSandbox).open if may_look_outside else None
    return Terms(selection.tests, config.scope, memory, unfenced)


@contextmanager
def open_ground(
    config: Config, place: Place, tests: Sequence[str], issue: str, console: Console, given: Task | None = None
) -> Iterator[tuple[Ground, Task, Callable[[], Proposer]]]:
    """Everything for one run, which is journalled from here on; a `given` task is worked at its base commit."""
    mind = choose_mind(config, os.environ)
    commit = given.base_commit if given else ""
    with (
        open_stage(config, place, tests, commit) as stage,
        open_run(config, place, stage, mind, console, issue=issue, given=given) as run,
    ):
        yield run


@contextmanager
def open_run(
    config: Config,
    place: Place,
    stage: Stage,
    mind: Mind,
    console: Console,
    *,
    issue: str = "",
    given: Task | None = None,
) -> Iterator[tuple[Ground, Task, Callable[[], Proposer]]]:
    """A run on a stage, which is journalled from here on."""
    redactor = Redactor(os.environ)
    run_id, folder = place.store.new_run()
    with closing(Journal(folder / NAME, partial(_narrate, console=console), redactor.value)) as journal:
        console.note(f"{stage.about} · {mind.about}")
        named = given.fail_to_pass if given else stage.selection.tests
        journal.append("run_started", version=__version__, run=run_id, tests=list(named),
                       issue=issue, python=str(stage.sites.interpreter.executable), sandbox=stage.about,
                       model=mind.name)  # fmt: skip
        keep(place.repository, f"runs/{run_id}/base", stage.base)
        journal.append("snapshot", commit=stage.base, head=place.repository.head)
        budget = Budget(config.max_steps, config.max_seconds, max_cost_usd=config.max_cost,
                        on_settle=lambda usage: journal.append("usage", **asdict(usage)))  # fmt: skip
        judge = Judge(stage.sites, config.allow_test_edits, console)
        registry = Registry(TOOLS, redactor.text)
        ground = Ground(stage.sites, registry, judge, budget, journal, console, run_id, stage.terms,
                        config.allow_test_edits, config.deny, config.escalate and mind.name != OFFLINE)  # fmt: skip
        name = place.repository.root.name
        task = given or Task(f"{name}-{run_id}", name, stage.base, problem_statement=issue)
        yield ground, task, partial(mind.proposer, Work(stage.sites, registry, budget, console, redactor.text))


def _narrate(event: Event, console: Console) -> None:
    """Show what was found, as it is found."""
    if event.event in NARRATED:
        for line in TELLERS[event.event](event.fields):
            console.note(line)
