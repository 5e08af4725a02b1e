"""Without a sandbox the work tree keeps its own path, and the target's import roots are moved into it."""

from pathlib import Path

import pytest

from tools.workspace.checkout import Workspace
from tools.workspace.git import Repository
from tools.workspace.ignored import Carried
from tools.workspace.limits import Limits
from tools.workspace.process import Command
from tools.workspace.sandbox import Room
from tools.workspace.sandbox.none import NoSandbox

REPO = Path("/repo")


@pytest.fixture
def room() -> Room:
    workspace = Workspace(Repository(REPO, REPO / ".git", REPO / ".git", None), Path("/site"), "", "", Carried((), ()))
    env = {"A": "1", "PYTHONPATH": "/plugins:/repo/lib:/repo:relative:/repository-like:"}
    return Room(workspace, Path("/site/io"), (), env, (REPO / "src", REPO), Limits(1, 2, 3))


def test_paths_inside_the_repository_are_moved_to_the_work_tree(room: Room) -> None:
    assert NoSandbox(room).wrap(["python", "-m", "pytest"], "sub") == Command(
        ("python", "-m", "pytest"),
        {
            "A": "1",
            "PYTHONPATH": "/plugins:/site/tree/lib:/site/tree:relative:/repository-like:/site/tree/src:/site/tree",
        },
        Path("/site/tree/sub"),
        limits=Limits(1, 2, 3),
        folders=(Path("/site/tree"), Path("/site/io")),
    )


def test_it_says_that_it_is_none(room: Room) -> None:
    assert (NoSandbox(room).level, NoSandbox(room).tree) == ("none", Path("/site/tree"))
