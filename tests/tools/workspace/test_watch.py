"""What all processes of a command use together is bounded, in every sandbox, and what ends a command is said."""

import os
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.support import FENCES, Fence, needs_bubblewrap, new_repository, own_python
from tools.workspace import processes
from tools.workspace.checkout import make_worktree
from tools.workspace.limits import MB, Limits, machine_limits
from tools.workspace.process import Finished, run_command
from tools.workspace.processes import Held
from tools.workspace.sandbox import Room
from tools.workspace.sandbox.bubblewrap import Bubblewrap
from tools.workspace.watch import LOOK_SECONDS, Watch

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux's /proc tells"),
    pytest.mark.xdist_group("watch"),
]
LONG = 60.0
LIMITS = Limits(memory_bytes=200 * MB, processes=60, disk_bytes=100 * MB)
MEMORY, PROCESSES = "more than 200 MB of memory", "more than 60 processes and threads"
DISK = "more than 100 MB of disk space"
OPEN_FILES = """\
file = open('kept', 'wb')
os.remove('kept')
for _ in range(20): file.write(b'x' * (10 << 20))
"""
TOO_MUCH = {
    "one process": ("kept = b'x' * (400 << 20)", MEMORY),
    "many processes": ("for _ in range(8):\n    if os.fork() == 0: kept = b'x' * (50 << 20); time.sleep(60)", MEMORY),
    "a file without a name": ("os.write(os.memfd_create('kept'), b'x' * (400 << 20))", MEMORY),
    "forks": ("for _ in range(7): os.fork()", PROCESSES),
    "threads": ("for _ in range(99): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()", PROCESSES),
    "files": ("for n in range(4): open(f'kept{n}', 'wb').write(b'x' * (50 << 20))", DISK),
    "open files": (OPEN_FILES, DISK),
    "empty files": ("for n in range(8000): open(f'kept{n}', 'wb').close()", DISK),
}
IN_MEMORY = {
    "temporary files": "for n in range(8): open(f'/tmp/kept{n}', 'wb').write(b'x' * (50 << 20))",
    "shared files": "for n in range(8): open(f'/dev/shm/kept{n}', 'wb').write(b'x' * (50 << 20))",
}


@pytest.fixture
def room(tmp_path: Path) -> Room:
    repository = new_repository(tmp_path / "repo", {"a.py": "a = 1\n"})
    assert repository.head
    workspace = make_worktree(repository, repository.head, tmp_path / "site")
    (workspace.home / "io").mkdir()
    env = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]}
    return Room(workspace, workspace.home / "io", own_python().readable, env, limits=LIMITS)


def run(fence: Fence, room: Room, code: str, then: str = "time.sleep(60)") -> Finished:
    script = f"import os, threading, time\n{code}\n{then}"
    return run_command(fence(room).wrap([sys.executable, "-c", script], "."), LONG)


@pytest.mark.slow
@pytest.mark.parametrize("fence", FENCES)
@pytest.mark.parametrize(("code", "limit"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_a_command_that_uses_too_much_is_ended_and_it_is_said(fence: Fence, room: Room, code: str, limit: str) -> None:
    finished = run(fence, room, code)
    assert (finished.over, finished.timed_out, finished.exit_code) == (limit, False, -9)


@pytest.mark.slow
@needs_bubblewrap
@pytest.mark.parametrize("code", IN_MEMORY.values(), ids=IN_MEMORY)
def test_the_sandboxs_own_folders_count_as_memory(room: Room, code: str) -> None:
    assert run(Bubblewrap, room, code).over == MEMORY


@pytest.mark.parametrize("fence", FENCES)
def test_what_processes_share_counts_once(fence: Fence, room: Room) -> None:
    code = "kept = b'x' * (60 << 20)\nfor _ in range(8):\n    if os.fork() == 0: time.sleep(1); os._exit(0)"
    finished = run(fence, room, code, "time.sleep(0.8); print(len(kept))")
    assert (finished.over, finished.exit_code, finished.output) == ("", 0, f"{60 << 20}\n")


def test_what_others_use_does_not_count(tmp_path: Path) -> None:
    hold = "kept = b'x' * (400 << 20); print('held', flush=True); input()"
    beside = subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    ours = subprocess.Popen(["sleep", "60"])
    try:
        assert beside.stdout
        assert beside.stdout.readline() == b"held\n"
        watch = Watch(ours.pid, LIMITS, (tmp_path,))
        (tmp_path / "kept").write_bytes(b"x" * 50 * MB)
        assert (watch.over(), beside.poll()) == ("", None)
    finally:
        for process in (beside, ours):
            process.kill()
            process.communicate()


def test_between_two_looks_nothing_is_read() -> None:
    watch = Watch(os.getpid(), Limits(memory_bytes=1))
    assert (watch.over(), watch.over()) == ("more than 0 MB of memory", "")


def test_a_costly_look_at_memory_does_not_put_off_counting_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fork bomb is caught while its first processes have made the exact count of memory slow."""
    exact: list[None] = []

    def slow(pids: Iterable[int]) -> Held:
        exact.append(None)
        until = time.thread_time() + 0.2
        while time.thread_time() < until:
            pass
        return Held(0, 0)

    monkeypatch.setattr("tools.workspace.watch.held", slow)
    script = "read go; for n in 1 2 3 4 5; do sleep 60 & done; wait"
    shell = subprocess.Popen(["sh", "-c", script], stdin=subprocess.PIPE, start_new_session=True)
    try:
        watch = Watch(shell.pid, Limits(memory_bytes=1, processes=3))
        assert (watch.over(), len(exact)) == ("", 1)
        assert shell.stdin
        shell.stdin.write(b"go\n")
        shell.stdin.flush()
        over, until = "", time.monotonic() + LONG
        while not over and time.monotonic() < until:
            time.sleep(LOOK_SECONDS / 2)
            over = watch.over()
        assert (over, len(exact)) == ("more than 3 processes and threads", 1)
    finally:
        os.killpg(shell.pid, 9)
        shell.communicate()


def test_without_limits_nothing_is_over() -> None:
    assert Watch(os.getpid(), Limits()).over() == ""


def test_a_process_that_is_gone_is_over_no_limit(tmp_path: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    assert Watch(gone.pid, Limits(1, 1, 1), (tmp_path,)).over() == ""


def test_all_below_a_process_are_found_by_either_way() -> None:
    script = "sleep 60 & (sleep 60 & sleep 60; true) & echo started; wait"
    shell = subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, start_new_session=True)
    try:
        assert shell.stdout
        assert shell.stdout.readline() == b"started\n"
        for _ in range(1000):  # until the inner shell has started both of its own
            found = processes.descendants(shell.pid, 100)
            if len(found) == 5:
                break
        by_parent = processes.by_parent()
        assert found[0] == shell.pid
        assert sorted(found[1:]) == sorted(child for pid in found for child in by_parent.get(pid, ()))
    finally:
        os.killpg(shell.pid, 9)
        shell.communicate()


def test_the_machine_sets_the_limits(tmp_path: Path) -> None:
    limits = machine_limits(tmp_path)
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert 0 < limits.memory_bytes < total
    assert limits.processes >= 1024
    assert 0 < limits.disk_bytes <= 10 << 30
