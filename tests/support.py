"""Small git repositories, and checkouts of them, for tests that run real git and real pytest."""

import functools
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest

from tools.testing.environment import environment_for_tests
from tools.testing.interpreter import Interpreter, probe
from tools.testing.run import Runner
from tools.testing.site import Sites
from tools.workspace.checkout import Maker, Workspace, make_worktree
from tools.workspace.git import Repository, find_repository
from tools.workspace.ignored import Carried
from tools.workspace.limits import UNLIMITED, Limits
from tools.workspace.sandbox import Room, Sandbox, landlock
from tools.workspace.sandbox.bubblewrap import Bubblewrap, gaps
from tools.workspace.sandbox.landlock import Landlock
from tools.workspace.sandbox.none import NoSandbox

Fence = Callable[[Room], Sandbox]

# Where it starts but leaves a gap, its tests run and fail.
needs_bubblewrap = pytest.mark.skipif(gaps()[:1] != () and gaps()[0].startswith("start"), reason="; ".join(gaps()))


def _without(gaps_found: tuple[str, ...]) -> pytest.MarkDecorator:
    missing = [gap for gap in gaps_found if gap.startswith("start")]
    return pytest.mark.skipif(bool(missing), reason="; ".join(missing))


needs_landlock = _without(landlock.gaps())
needs_spaces = _without(landlock.gaps_with(own_spaces=True))
LANDLOCKS = [
    pytest.param(partial(Landlock, own_spaces=True), id="landlock", marks=[needs_landlock, needs_spaces]),
    pytest.param(partial(Landlock, own_spaces=False), id="landlock alone", marks=needs_landlock),
]
FENCES = [
    pytest.param(NoSandbox, id="none"),
    pytest.param(Bubblewrap, id="bubblewrap", marks=needs_bubblewrap),
    *LANDLOCKS,
]


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write texts, by path relative to a folder, as they are."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode("utf-8", "surrogateescape"))


def files_of(folder: Path) -> dict[str, bytes]:
    """The content of every file below a folder but git's own, by relative path."""
    found = (path for path in folder.rglob("*") if path.is_file() and ".git" not in path.relative_to(folder).parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(found)}


def git(folder: Path, *arguments: str) -> str:
    """What git prints, called as a user calls it."""
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.rstrip(
        "\n"
    )


def commit_all(folder: Path) -> str:
    """Commit everything in a folder and give the commit's id."""
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", "all")
    return git(folder, "rev-parse", "HEAD")


def new_repository(folder: Path, files: Mapping[str, str]) -> Repository:
    """A repository in a new folder with these files in its first commit."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", "-b", "main")
    write_files(folder, files)
    commit_all(folder)
    return find_repository(folder)


@functools.cache
def own_python() -> Interpreter:
    """The interpreter of this test run, which has pytest."""
    return probe(Path(sys.executable), "the one of this test run")


def new_sites(
    repository: Repository, home: Path, fence: Fence = NoSandbox, maker: Maker = make_worktree, test_root: str = "."
) -> Sites:
    """Sites of a repository below `home`, with the environment of this test."""
    env = environment_for_tests(os.environ)
    return Sites(repository, own_python(), fence, test_root, env, home, maker)


def plain_runner(
    home: Path, files: Mapping[str, str], interpreter: Interpreter | None = None, limits: Limits = UNLIMITED
) -> Runner:
    """A runner on a plain folder of files, without git and without a sandbox; its own records go below `home`."""
    user = Repository(home / "user", home / "user" / ".git", home / "user" / ".git", None)
    workspace = Workspace(user, home, "", "", Carried((), ()))
    for folder in (workspace.tree, home / "io", user.root):
        folder.mkdir(parents=True)
    write_files(workspace.tree, files)
    python = interpreter or own_python()
    env = environment_for_tests({"PATH": os.environ["PATH"]})
    sandbox = NoSandbox(Room(workspace, home / "io", python.readable, env, limits=limits))
    return Runner(sandbox, python, ".", home / "io", user.root)
