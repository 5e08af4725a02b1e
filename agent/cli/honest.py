"""Honest runs, for benchmarks: what tests and models must not see of the answer, and what a run was made with."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import agent
import prompts
import tools
from agent import __version__
from agent.cli.places import Place
from agent.core.config import Config
from agent.core.errors import InfraFailure
from agent.core.task import Task
from tools.testing.installed import Copy, Installed, copies_of, installed_in, names_in
from tools.testing.interpreter import PLUGINS, Interpreter
from tools.testing.site import Sites
from tools.workspace.checkout import make_export, make_worktree
from tools.workspace.git import Repository
from tools.workspace.sandbox.choose import gaps_of
from tools.workspace.sandbox.none import NoSandbox

CONFIGURATION = ("pyproject.toml", "setup.cfg", "setup.py")
OPEN = ("tests can reach the network", "tests can read the history of the clone")


@dataclass(frozen=True, slots=True)
class Blinds:
    """What an honest run is made with (`facts`, none for any other), and sentences on what is possible all the same."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    not_enforced: tuple[str, ...] = ()

    def manifest(self, task_sha256: str, model: str) -> dict[str, Any] | None:
        """Versions and hashes of a run, and what is not enforced in it; None where it is no honest one."""
        if not self.facts:
            return None
        return {**self.facts, "task_sha256": task_sha256, "model": model, "not_enforced": list(self.not_enforced)}

    def noted(self, append: Callable[..., object], task_sha256: str, model: str) -> dict[str, Any] | None:
        """The manifest, which is journalled where there is one."""
        manifest = self.manifest(task_sha256, model)
        if manifest is not None:
            append("manifest", **manifest)
        return manifest


def honest_flags(honest: bool | None, sandbox: str | None) -> dict[str, object]:
    """The two as settings: who asks for `--honest` demands a sandbox, unless he names another kind."""
    return {"honest": {None: None, True: "on", False: "off"}[honest],
            "sandbox": sandbox or ("require" if honest else None)}  # fmt: skip


def is_benchmark(task: Task, gold_patch: str) -> bool:
    """Whether a task is one of a benchmark: with its solution, its tests, or a commit and tests that must pass."""
    return bool(gold_patch or task.test_patch or (task.base_commit and task.fail_to_pass))


def blinded(sites: Sites, config: Config, place: Place, commit: str) -> tuple[Sites, Blinds]:
    """Sites that keep the answer from what runs there, where that is asked for; InfraFailure where it is impossible."""
    if config.honest != "on":
        return sites, Blinds()
    repository, interpreter = place.repository, sites.interpreter
    listed = repository.git(["ls-tree", "-r", "-z", "--name-only", commit])
    files = [name.decode("utf-8", "surrogateescape") for name in listed.split(b"\0") if name]
    secret = place.apart.secret if place.apart else ()
    _check_outside(place, secret, files)
    installed = installed_in(interpreter)
    names = names_in({name: _text(repository, commit, name) for name in CONFIGURATION if name in files})
    copies = copies_of(repository.root, files, names, installed, interpreter)
    for copy in copies:
        _check_needed(copy, config)
    history = _history(place.apart.origin if place.apart else repository)
    wanted = [path.resolve() for path in (*history, *secret, *(path for copy in copies for path in copy.paths))]
    hidden = _outermost(path for path in wanted if _can_be_hidden(path, repository.root, interpreter))
    is_open = sites.fence is NoSandbox
    importable = [f"tests can import another copy of the project: {copy.about}" for copy in copies]
    facts = {
        **_facts(interpreter, installed),
        "base_tree": repository.git(["rev-parse", f"{commit}^{{tree}}"]).decode().strip(),
        "hidden": [] if is_open else [copy.about for copy in copies],
    }
    maker = make_worktree if place.apart else make_export  # what lies apart holds nothing but its base
    possible = tuple(f"tests can {gap}" for gap in gaps_of(sites.fence))
    blinds = Blinds(facts, (*OPEN, *importable) if is_open else possible)
    return replace(sites, maker=maker, hidden=hidden), blinds


def task_hash(row_sha256: str, issue: str) -> str:
    """What a run was asked: the hash of its row in a task file, else of its issue, "" without one."""
    return row_sha256 or (hashlib.sha256(issue.encode("utf-8", "surrogateescape")).hexdigest() if issue else "")


def _check_outside(place: Place, secret: Iterable[Path], files: Iterable[str]) -> None:
    """Refuse secret paths inside of the clone where they would be part of every work tree."""
    root = place.repository.root
    for path in secret:
        if not path.is_relative_to(root) or path == root:
            continue
        name = path.relative_to(root).as_posix()
        listed = ["ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory", "--", name]
        tracked = any(file == name or file.startswith(f"{name}/") for file in files)
        if tracked or place.repository.git(["--literal-pathspecs", *listed]):
            raise InfraFailure(
                f"{path} lies inside of the clone, where tests could read it", "move it out, or give --no-honest"
            )


def _check_needed(copy: Copy, config: Config) -> None:
    if copy.runs_on_it and not config.test_command:
        raise InfraFailure(
            f"pytest runs on another copy of the project under test: {copy.about}",
            "install the clone itself there (pip install -e), or give --no-honest",
        )


def _text(repository: Repository, commit: str, name: str) -> str:
    return repository.git(["show", f"{commit}:{name}"]).decode("utf-8", "replace")


def _history(repository: Repository) -> list[Path]:
    """The git folders of a clone that its own tree does not cover, and those it borrows objects from."""
    folders = {repository.common_dir, repository.git_dir}
    waiting = [repository.common_dir / "objects"]
    while waiting:
        objects = waiting.pop()
        note = objects / "info" / "alternates"
        lines = note.read_text("utf-8", "surrogateescape").splitlines() if note.is_file() else []
        borrowed = [(objects / line).resolve() for line in lines if line and not line.startswith("#")]
        waiting += [path for path in borrowed if path not in folders]
        folders.update(borrowed)
    return sorted(path for path in folders if not path.is_relative_to(repository.root))


def _outermost(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Paths that lie in none of the others, each once."""
    found = tuple(dict.fromkeys(paths))
    return tuple(path for path in found if not any(path != other and path.is_relative_to(other) for other in found))


def _can_be_hidden(path: Path, root: Path, interpreter: Interpreter) -> bool:
    """Whether a path can be hidden and the run goes on: nothing it needs lies there; the tree covers what is in it."""
    executable = interpreter.executable
    needed = (root, *interpreter.prefixes, executable.parent, executable.resolve().parent, PLUGINS)
    if any(one.is_relative_to(path) for one in needed):
        return False
    return not path.is_relative_to(root) or any(path.is_relative_to(prefix) for prefix in interpreter.prefixes)


def _facts(interpreter: Interpreter, installed: Installed) -> dict[str, Any]:
    versions = [f"{found.name}=={found.version}" for found in installed.distributions]
    return {
        "regreen": __version__,
        "regreen_sha256": _own_hash(),
        "python": interpreter.version,
        "platform": platform.platform(),
        "pytest": interpreter.packages.get("pytest", ""),
        "plugins": {found.name: found.version for found in installed.distributions if found.is_plugin},
        "packages_sha256": hashlib.sha256("\n".join(versions).encode()).hexdigest(),
    }


def _own_hash() -> str:
    """One hash over every file of our own packages."""
    whole = hashlib.sha256()
    for package in (agent, tools, prompts):
        folder = Path(str(package.__file__)).parent
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".py", ".md", ".toml") and path.is_file():
                whole.update(f"{folder.name}/{path.relative_to(folder).as_posix()}\0".encode() + path.read_bytes())
    return whole.hexdigest()
