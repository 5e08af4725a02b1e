"""A library before a bug and with it: the tests run and the lines are ranked as `regreen locate` does."""

import pickle
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from agent.cli.places import find_place
from agent.cli.stage import configure, open_stage
from agent.core.errors import RegreenError
from agent.core.task import Suspect, Task
from agent.localize.spectrum import locate
from agent.run.baseline import Baseline, Terms, take_baseline
from agent.run.budget import Budget
from benchmarks._bugs.library import Library
from benchmarks._bugs.plant import Bug
from tools.testing.results import TestRun
from tools.testing.site import Site, Sites
from tools.workspace.git import run_git
from tools.workspace.process import Command
from tools.workspace.sandbox import Room, Sandbox

LEAST_SECONDS = 60.0
PATIENCE = 15.0  # times the plain run: what takes longer hangs
MOST_RED = 0.5  # of the suite
MOST_CLEANINGS = 3
CPU_NOTE = "cpu_seconds"
LEFT_BEHIND = shutil.ignore_patterns(".git", ".venv", "__pycache__", "*.pyc", "*.egg-info")
# Runs inside the sandbox, which hides from us what its processes cost.
TIMER = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[2:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, file=open(sys.argv[1], "w"))
sys.exit(code)
"""


@dataclass(frozen=True, slots=True)
class Timed:
    """A sandbox that notes the CPU seconds of each command in a file of the record folder."""

    inner: Sandbox
    python: Path
    note: Path

    @property
    def level(self) -> str:
        return self.inner.level

    @property
    def tree(self) -> Path:
        return self.inner.tree

    def wrap(self, argv: Sequence[str], cwd: str) -> Command:
        """The command below a small one that takes the time."""
        return self.inner.wrap([str(self.python), "-c", TIMER, str(self.note), *argv], cwd)


@dataclass(frozen=True, slots=True)
class Clean:
    """A library in a repository of its own, its suite run with and without tracing; CPU seconds of each run."""

    library: Library
    run: TestRun
    plain_seconds: float
    plain_cpu_seconds: float
    traced_cpu_seconds: float
    left_out: tuple[str, ...]

    @property
    def patience_seconds(self) -> float:
        """After this a suite with a bug is held to hang."""
        return max(LEAST_SECONDS, PATIENCE * self.plain_seconds)


@dataclass(frozen=True, slots=True)
class Located:
    """What regreen found for one bug; `red` are the tests it turned."""

    bug: Bug
    baseline: Baseline
    suspects: tuple[Suspect, ...]
    red: tuple[str, ...]


def clean_run(library: Library, home: Path) -> Clean:
    """Copy a library below `home` and run its suite; test files that are red without a bug are left out."""
    root = home / library.name
    shutil.copytree(library.root, root, ignore=LEFT_BEHIND)
    run_git(["init", "-q", "-b", "main"], root)
    copied = replace(library, root=root)
    left_out: list[str] = []
    for _ in range(MOST_CLEANINGS):
        plain, plain_cpu = _measured(copied, trace=False)
        traced, traced_cpu = _measured(copied, trace=True)
        red = sorted({name.split("::")[0] for name in (*plain.red, *traced.red)})
        if not (plain.complete and traced.complete and plain.green):
            raise ValueError(f"{library.name} has no tests, or they do not end")
        if not red:
            return Clean(copied, traced, plain.seconds, plain_cpu, traced_cpu, tuple(left_out))
        left_out += red
        for path in red:
            (root / path).unlink()
    raise ValueError(f"{library.name} does not stay green: {', '.join(left_out)}")


def _measured(library: Library, *, trace: bool) -> tuple[TestRun, float]:
    with _site(library, LEAST_SECONDS * 10) as site:
        run = site.runner.run(timeout_seconds=LEAST_SECONDS * 10, trace=trace)
        note = site.runner.io / CPU_NOTE
        return run, float(note.read_text()) if note.exists() else 0.0


@contextmanager
def _site(library: Library, seconds: float) -> Iterator[Site]:
    with open_sites(library, seconds) as (sites, base), closing(sites.open(base)) as site:
        yield site


@contextmanager
def open_sites(library: Library, seconds: float, *, timed: bool = True) -> Iterator[tuple[Sites, str]]:
    """Sites of the library's tree as it stands, and its commit, as the command line has them; always in the sandbox.

    Commands that are not timed inherit what they are given.
    """
    place = find_place(library.root)
    flags = {"python": str(library.python), "sandbox": "require", "scope": "full", "max_seconds": seconds}
    with open_stage(configure(place, flags), place, ()) as stage:
        inner = stage.sites.fence

        def fence(room: Room) -> Sandbox:
            return Timed(inner(room), library.python, room.io / CPU_NOTE) if timed else inner(room)

        own_code = str(library.root / library.import_root)
        env = {**stage.sites.env, "PYTHONPATH": f"{own_code}:{stage.sites.env['PYTHONPATH']}"}
        yield replace(stage.sites, env=env, fence=fence), stage.base


def try_bug(clean: Clean, bug: Bug, home: Path) -> Located | str:
    """Plant a bug in a copy of the tree and locate it; else why it does not count, in a word or two."""
    try:
        with planted_site(clean, bug, home) as site:
            return _located(clean, bug, site)
    except RegreenError:
        return "breaks the run"


def turned_red(clean: Clean, bug: Bug, home: Path) -> tuple[str, ...] | str:
    """The tests that a bug turns red in one plain run of the suite; else why it does not count, in a word or two."""
    try:
        with planted_site(clean, bug, home) as site:
            run = site.runner.run(timeout_seconds=clean.patience_seconds)
    except RegreenError:
        return "breaks the run"
    return _lack(clean, run) or run.red


@contextmanager
def planted_site(clean: Clean, bug: Bug, home: Path) -> Iterator[Site]:
    """A site of the library's tree with the bug in it; its copy below `home` goes with it."""
    root = home / clean.library.name
    shutil.copytree(clean.library.root, root)
    try:
        path = root / bug.path
        path.write_bytes(bug.planted(path.read_bytes()))
        with _site(replace(clean.library, root=root), clean.patience_seconds) as site:
            yield site
    finally:
        shutil.rmtree(root)


def _located(clean: Clean, bug: Bug, site: Site) -> Located | str:
    task = Task(clean.library.name, clean.library.name, site.workspace.origin)
    budget = Budget(1, clean.patience_seconds)
    baseline = take_baseline(site, task, Terms(scope="full"), budget, _silent)
    lack = "breaks collection" if baseline.broken else _lack(clean, baseline.run)
    if lack:
        return lack
    if not baseline.targets:
        return "flaky"
    return Located(bug, baseline, locate(baseline.run, baseline.targets, site.workspace.tree), baseline.run.red)


def _lack(clean: Clean, run: TestRun) -> str:
    """Why a bug with this run does not count."""
    if not run.complete:
        return "does not end" if run.timed_out else "breaks the run"
    if not run.red:
        return "no test sees it"
    if set(run.statuses) != set(clean.run.statuses):
        return "breaks collection"
    return "most tests see it" if len(run.red) > MOST_RED * len(run.statuses) else ""


def _silent(text: str) -> None:
    """Nobody watches."""


def may_be_seen(clean: Clean, bug: Bug) -> bool:
    """Whether a test ran the bug's function, as far as that can be told; what runs at import always may."""
    if bug.function == "<module>" or bug.operator == "default":
        return True
    return any(bug.line in files.get(bug.path, ()) or _near(files.get(bug.path, frozenset()), bug)
               for files in clean.run.lines.values())  # fmt: skip


def _near(lines: frozenset[int], bug: Bug) -> bool:
    """A statement on several lines is noted at some of them only."""
    return any(line in lines for line in range(bug.line - 3, bug.line + 4))


def keep(folder: Path, name: str, value: object) -> None:
    """Write a value for later study."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.pickle").write_bytes(pickle.dumps(value))
