"""What every sandbox promises: commands run in the work tree, on its files, with exactly the environment given."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support import FENCES, Fence, files_of, new_repository, own_python, write_files
from tools.workspace.checkout import make_worktree
from tools.workspace.process import run_command
from tools.workspace.sandbox import Room, Sandbox

SEEN = """\
import json, os, sys
import pkg.where
print(json.dumps({"cwd": os.getcwd(), "env": dict(os.environ), "argv": sys.argv[1:], "pkg": pkg.where.__file__,
                  "value": pkg.where.value}))
"""
LONG = 60.0


@pytest.fixture(params=FENCES)
def fence(request: pytest.FixtureRequest) -> Fence:
    chosen: Fence = request.param
    return chosen


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """A dirty work tree: `pkg.where.value` is 2 in it, 1 in the user's own tree."""
    repository = new_repository(tmp_path / "repo", {"src/pkg/where.py": "value = 1\n", "tests/see.py": SEEN})
    assert repository.head
    workspace = make_worktree(repository, repository.head, tmp_path / "site")
    write_files(workspace.tree, {"src/pkg/where.py": "value = 2\n"})
    io = workspace.home / "io"
    io.mkdir()
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(repository.root / "src"), "NAME": "a value"}
    return Room(workspace, io, own_python().readable, env, (repository.root / "src",))


def run(sandbox: Sandbox, argv: Sequence[str], cwd: str = ".") -> tuple[int, str]:
    finished = run_command(sandbox.wrap(argv, cwd), LONG)
    return finished.exit_code, finished.output


def seen(fence: Fence, room: Room, cwd: str = "tests") -> dict[str, Any]:
    code, output = run(fence(room), [sys.executable, "see.py", "an argument", "*"], cwd)
    assert code == 0, output
    row: dict[str, Any] = json.loads(output)
    return row


def test_a_command_runs_in_its_folder_of_the_tree(fence: Fence, room: Room) -> None:
    assert seen(fence, room)["cwd"] == str(fence(room).tree / "tests")


def test_arguments_arrive_as_they_are(fence: Fence, room: Room) -> None:
    assert seen(fence, room)["argv"] == ["an argument", "*"]


def test_the_environment_is_exactly_the_one_given(fence: Fence, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    env: Mapping[str, str] = {**seen(fence, room)["env"]}
    given = {name: value for name, value in env.items() if name not in ("PWD", "LC_CTYPE", "PYTHONPATH")}
    assert given == {"PATH": os.environ["PATH"], "NAME": "a value"}


def test_code_is_imported_from_the_work_tree_though_its_path_names_the_users(fence: Fence, room: Room) -> None:
    row = seen(fence, room)
    assert (row["value"], row["pkg"]) == (2, str(fence(room).tree / "src" / "pkg" / "where.py"))


def test_what_a_command_writes_is_in_the_work_tree_and_not_in_the_users(fence: Fence, room: Room) -> None:
    before = files_of(room.workspace.repository.root)
    code, output = run(fence(room), ["sh", "-c", "echo written > made.txt; rm tests/see.py"])
    assert (code, output) == (0, "")
    assert (room.workspace.tree / "made.txt").read_text() == "written\n"
    assert not (room.workspace.tree / "tests" / "see.py").exists()
    assert files_of(room.workspace.repository.root) == before


def test_records_can_be_written(fence: Fence, room: Room) -> None:
    assert run(fence(room), ["sh", "-c", f"echo record > {room.io}/r"]) == (0, "")
    assert (room.io / "r").read_text() == "record\n"


def test_git_works_in_the_tree(fence: Fence, room: Room) -> None:
    assert run(fence(room), ["git", "rev-parse", "--show-toplevel"]) == (0, f"{fence(room).tree}\n")
    assert run(fence(room), ["git", "diff", "--name-only", "HEAD"]) == (0, "src/pkg/where.py\n")


def test_exit_codes_come_through(fence: Fence, room: Room) -> None:
    assert run(fence(room), ["sh", "-c", "exit 7"]) == (7, "")


def test_a_folder_with_spaces_and_letters_of_all_kinds_works(fence: Fence, room: Room) -> None:
    write_files(room.workspace.tree, {"a b/ünï/x.txt": ""})
    assert run(fence(room), ["ls"], "a b/ünï") == (0, "x.txt\n")
