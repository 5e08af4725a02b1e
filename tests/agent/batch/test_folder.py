"""The folder of a batch: whose it is, and that nothing half written counts."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent.batch.folder import BatchFolder, open_folder
from agent.batch.run import result_row
from agent.core.errors import UsageProblem
from agent.core.task import Task

TASK = Task("a", "octo/lamp", "abc", "dark")
HOLDER = """\
import fcntl, sys
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""
ROW = {"status": "proved", "seconds": 1.0, "reason": "", "model_patch": ""}


@pytest.fixture
def folder(tmp_path: Path) -> BatchFolder:
    return open_folder(tmp_path / "out", [TASK])


@pytest.mark.parametrize("name", ["a/b", "../x", ".hidden", "Ünï", "x" * 300, "a b\n", "-", "%2F"])
def test_any_id_has_a_folder_of_its_own_inside(name: str, folder: BatchFolder) -> None:
    path = folder.task(name).path
    assert path.parent == folder.path / "tasks"
    assert len(path.name) < 200
    path.mkdir()
    assert folder.task(name + "x").path != path


def test_what_was_half_written_is_no_result(folder: BatchFolder) -> None:
    there = folder.task("a")
    there.path.mkdir()
    (there.path / "result.json").write_text('{"status": "proved", "sec')
    assert there.read() is None
    assert folder.ends([TASK]) == {}


def test_a_claim_is_held_by_one_and_let_go_by_the_dead(folder: BatchFolder) -> None:
    there = folder.task("a")
    there.path.mkdir()
    argv = [sys.executable, "-c", HOLDER, str(there.path / "claim")]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        assert there.claim() is None
        other.kill()
        other.wait()
        held = there.claim()
    assert held is not None
    fcntl.flock(held, fcntl.LOCK_UN)
    os.close(held)


def test_results_of_another_task_file_are_refused(folder: BatchFolder) -> None:
    folder.task("a").path.mkdir()
    folder.task("a").write(result_row(TASK, ROW, 0.0, is_cut=False))
    open_folder(folder.path, [TASK, Task("b", "", "")])  # a longer file may go on
    with pytest.raises(UsageProblem, match="holds 1 tasks that the source lacks, like a"):
        open_folder(folder.path, [Task("b", "", "")])
    with pytest.raises(UsageProblem, match="a result of a as it was in another task file"):
        folder.ends([Task("a", "octo/lamp", "other")])


@pytest.mark.parametrize(
    ("content", "message"),
    [('{"format": 0}', "made by another version"), ("[]", "made by another version"), ("{", "cannot be read")],
)
def test_a_folder_of_another_version_is_refused(content: str, message: str, folder: BatchFolder) -> None:
    (folder.path / "batch.json").write_text(content)
    with pytest.raises(UsageProblem, match=message):
        open_folder(folder.path, [TASK])


def test_a_folder_or_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    for out in (tmp_path, tmp_path / "mine.txt"):
        with pytest.raises(UsageProblem, match="is not the folder of a batch"):
            open_folder(out, [TASK])
