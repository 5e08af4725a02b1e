"""What tests run in: the tree as a commit, the interpreter, the sandbox, and the limits of all their processes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from agent.cli.honest import Blinds, blinded
from agent.cli.places import Place
from agent.cli.selection import Selection, select
from agent.core.config import Config, load_config
from agent.run.baseline import Terms
from tools.secrets.environment import hide
from tools.testing.environment import environment_for_tests
from tools.testing.interpreter import Interpreter, find_interpreter
from tools.testing.memory import Memory, environment_key
from tools.testing.site import Sites, TestCommand
from tools.workspace.ignored import carried_files
from tools.workspace.limits import MB, Limits, machine_limits, processors
from tools.workspace.sandbox.choose import choose_sandbox
from tools.workspace.sandbox.none import NoSandbox
from tools.workspace.scratch import scratch_folder, sweep
from tools.workspace.snapshot import snapshot

MOST_LAB_WORKERS = 2  # more of them start in vain for most searches


def configure(place: Place, flags: dict[str, object]) -> Config:
    """The merged configuration."""
    return load_config(place.repository.root, os.environ, flags)


def open_interpreter(config: Config, place: Place) -> Interpreter:
    """The target's interpreter, with pytest unless a command runs the tests."""
    needs_pytest = not config.test_command
    return find_interpreter(config.python, place.repository.root, place.cwd, os.environ, needs_pytest=needs_pytest)


@dataclass(frozen=True, slots=True)
class Stage:
    """The tree as it stands, as a commit, and the sites to work on it; `about` is a sentence on what tests run in.

    `blinds` are those of an honest run.
    """

    base: str
    sites: Sites
    selection: Selection
    terms: Terms
    about: str
    blinds: Blinds = field(default_factory=Blinds)


def open_stage(config: Config, place: Place, tests: Sequence[str], commit: str = "") -> AbstractContextManager[Stage]:
    """A commit, else a snapshot of the tree, with everything to test it; nothing of it is left outside afterwards."""
    return open_stage_at(commit, config, place, select(place, tests))


@contextmanager
def open_stage_at(base: str, config: Config, place: Place, selection: Selection) -> Iterator[Stage]:
    """A commit, "" for a snapshot of the tree, with everything to test it."""
    sweep()
    with scratch_folder() as scratch:
        with ThreadPoolExecutor(1) as beside:  # both wait for other processes most of the time
            taken = None if base else beside.submit(snapshot, place.repository)
            sites, about = sites_in(scratch, config, place, selection.test_root)
            base = taken.result() if taken else base
        sites, blinds = blinded(sites, config, place, base)
        yield Stage(base, sites, selection, _terms(config, place, selection, sites), about, blinds)


def sites_in(scratch: Path, config: Config, place: Place, test_root: str) -> tuple[Sites, str]:
    """Sites of a place as it is configured, below a scratch folder, and a sentence on what tests run in there."""
    hide()
    with ThreadPoolExecutor(1) as beside:
        sandbox = beside.submit(choose_sandbox, config.sandbox)
        interpreter = open_interpreter(config, place)
        fence, about_sandbox = sandbox.result()
    run_by = f"test command: {config.test_command} · " if config.test_command else ""
    about = f"python {interpreter.version} ({interpreter.found}) · {run_by}{about_sandbox}"
    env = environment_for_tests(os.environ, config.pass_env)
    command = TestCommand(config.test_command, config.test_report)
    limits = limits_of(config, scratch)
    sites = Sites(place.repository, interpreter, fence, test_root, env, scratch, command=command, limits=limits)
    return replace(sites, lab_workers=config.lab_workers or min(MOST_LAB_WORKERS, processors())), about


def limits_of(config: Config, folder: Path) -> Limits:
    """What a test run may use: as configured, else what this machine can spare; `folder` is where it will write."""
    spare = machine_limits(folder)
    return Limits(
        memory_bytes=config.test_memory_mb * MB or spare.memory_bytes,
        processes=config.test_processes or spare.processes,
        disk_bytes=config.test_disk_mb * MB or spare.disk_bytes,
    )


def _terms(config: Config, place: Place, selection: Selection, sites: Sites) -> Terms:
    """What the baseline is taken for; runs of the suite are remembered beside the journals of runs."""
    carried = carried_files(place.repository)
    said = {**sites.env, "test command": config.test_command, "test report": config.test_report}
    said |= {"hidden": " ".join(map(str, sites.hidden))} if sites.hidden else {}
    key = environment_key(sites.interpreter, selection.test_root, said, carried)
    memory = Memory(place.store.folder.parent / "suites", key)
    may_look_outside = config.sandbox == "auto" and config.honest != "on" and sites.fence is not NoSandbox
    unfenced = replace(sites, fence=NoSandbox).open if may_look_outside else None
    return Terms(selection.tests, config.scope, memory, unfenced)
