"""What code that Landlock confines can and cannot do, each tried for real, with own namespaces and without."""

import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import LANDLOCKS, Fence, files_of, needs_landlock, new_repository, own_python, write_files
from tools.workspace.checkout import make_worktree
from tools.workspace.git import Repository
from tools.workspace.process import Command, Finished, run_command
from tools.workspace.sandbox import Room
from tools.workspace.sandbox.landlock import Landlock, gaps_with

pytestmark = [needs_landlock, pytest.mark.xdist_group("landlock")]
LONG = 60.0
ALONE = LANDLOCKS[1]
OWN = LANDLOCKS[0]
REFUSED = "PermissionError\n"
TRY = """\
import os, socket, sys, threading
def tried(act, *arguments):
    try: act(*arguments)
    except OSError as error: return type(error).__name__
    return 'done'
"""


@pytest.fixture(params=LANDLOCKS)
def fence(request: pytest.FixtureRequest) -> Fence:
    chosen: Fence = request.param
    return chosen


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return new_repository(tmp_path / "repo", {"a.py": "a = 1\n"})


@pytest.fixture
def room(repository: Repository) -> Room:
    assert repository.head
    workspace = make_worktree(repository, repository.head, repository.root.parent / "site")
    (workspace.home / "io").mkdir()
    env = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "TMPDIR": "/tmp"}
    return Room(workspace, workspace.home / "io", own_python().readable, env)


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Path]:
    """The path of a socket outside, at which somebody listens."""
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(tmp_path)  # a socket's name is short
        server.bind("listening")
        os.chdir(here)
        server.listen()
        yield tmp_path / "listening"


def shell(fence: Fence, room: Room, script: str) -> Finished:
    return run_command(fence(room).wrap(["sh", "-c", script], "."), LONG)


def python(fence: Fence, room: Room, code: str, *arguments: object) -> str:
    argv = [sys.executable, "-c", TRY + code, *map(str, arguments)]
    return run_command(fence(room).wrap(argv, "."), LONG).output


def test_with_namespaces_nothing_is_possible_and_without_only_to_see_who_runs() -> None:
    assert gaps_with(own_spaces=False) == ("see other processes",)
    assert gaps_with(own_spaces=True) == () or gaps_with(own_spaces=True)[0].startswith("start")


def test_what_lies_outside_can_be_neither_written_nor_changed(fence: Fence, room: Room, tmp_path: Path) -> None:
    write_files(tmp_path, {"kept/x": "x\n"})
    kept = tmp_path / "kept"
    code = "\n".join(
        f"print(tried({act}))"
        for act in (
            f"open, '{kept}/made', 'w'", f"os.chmod, '{kept}/x', 0o777", f"os.chown, '{kept}/x', 1, 1",
            f"os.utime, '{kept}/x', (1, 1)", f"os.truncate, '{kept}/x', 0", f"os.link, '{kept}/x', 'hard'",
            f"os.rename, '{kept}/x', 'mine'", "os.fchmod, os.open('/', os.O_PATH), 0o777",
            "os.fchmod, os.open('/etc/passwd', os.O_RDONLY), 0o777",
        )
    )  # fmt: skip
    before = (kept.stat(), (kept / "x").stat().st_mtime_ns, Path("/etc/passwd").stat().st_mode)
    assert set(python(fence, room, code).split()) <= {"PermissionError", "OSError"}
    assert (kept.stat(), (kept / "x").stat().st_mtime_ns, Path("/etc/passwd").stat().st_mode) == before
    assert files_of(kept) == {"x": b"x\n"}


def test_what_lies_in_the_tree_can_be_changed_in_every_way(fence: Fence, room: Room) -> None:
    code = """
open('made', 'w').close(); os.mkdir('folder'); os.symlink('made', 'link'); os.symlink('nowhere', 'lost')
here = os.open('.', os.O_RDONLY)
os.chmod('made', 0o750); os.utime('made', (7, 9)); os.chmod('folder', 0o711, dir_fd=here)
os.utime('lost', (5, 5), follow_symlinks=False); os.chown('lost', -1, -1, follow_symlinks=False)
with open('made', 'r+') as file: os.fchown(file.fileno(), -1, -1)
modes = lambda *names: [oct(os.stat(name).st_mode & 0o777) for name in names]
print(modes('link', 'folder'), os.stat('made').st_mtime, os.lstat('lost').st_mtime)
os.chmod('link', 0o600); os.fchmod(os.open('folder', os.O_RDONLY), 0o700); os.utime('made')
print(modes('made', 'folder'), os.stat('made').st_mtime > 10)
print(tried(os.chmod, 'none', 1), tried(os.fchmod, 99, 1), tried(os.chmod, '', 1), tried(os.chmod, 'x' * 5000, 1))
"""
    assert python(fence, room, code).splitlines() == [
        "['0o750', '0o711'] 9.0 5.0",
        "['0o600', '0o700'] True",
        "FileNotFoundError OSError FileNotFoundError OSError",
    ]


def test_the_home_the_users_tree_and_temporary_files_cannot_be_read(fence: Fence, room: Room) -> None:
    home, root = Path(os.environ["HOME"]), room.workspace.repository.root
    write_files(home, {".netrc": "machine secret\n"})
    write_files(root, {".env": "KEY=secret\n"})
    script = f"cat {home}/.netrc {root}/.env {root}/.git/config; ls {home} {root} /tmp /var/tmp /run /; true"
    finished = shell(fence, room, script)
    assert ("secret" in finished.output, finished.output.count("Permission denied")) == (False, 9)


def test_home_and_temporary_folder_are_private_and_can_be_written(fence: Fence, room: Room) -> None:
    code = "import tempfile; print(tempfile.mkdtemp(), os.path.expanduser('~')); open(os.path.expanduser('~/x'), 'w')"
    temporary, home = python(fence, room, code).split()
    private = room.workspace.home / "private"
    assert (Path(temporary).parent, Path(home)) == (private / "tmp", private / "home")


def test_what_is_hidden_cannot_be_read_and_what_lies_beside_it_can(fence: Fence, room: Room, tmp_path: Path) -> None:
    write_files(tmp_path, {"kept/lamp/core.py": "V = 2\n", "kept/other.py": "V = 3\n"})
    kept = tmp_path / "kept"
    shown = replace(room, readable=(*room.readable, kept), hidden=(kept / "lamp",))
    code = f"import sys; sys.path.insert(0, '{kept}'); import other; print(other.V, tried(open, '{kept}/lamp/core.py'))"
    assert python(fence, shown, code) == f"3 {REFUSED}"


def test_git_folders_are_read_only(fence: Fence, room: Room) -> None:
    finished = shell(
        fence, room, "git log --format=%s; git commit --allow-empty -m x; git update-ref refs/heads/x HEAD"
    )
    assert finished.output.startswith("all\n")
    assert finished.exit_code != 0
    assert "refs/heads/x" not in room.workspace.git("for-each-ref").decode()


def test_a_socket_in_the_tree_can_be_connected_to_and_none_outside(fence: Fence, room: Room, listening: Path) -> None:
    code = """
server = socket.socket(socket.AF_UNIX); server.bind('here'); server.listen()
os.symlink(sys.argv[1], 'aimed')
ends = []
reader = threading.Thread(target=lambda: ends.append(server.accept()[0].recv(9)))
reader.start()
with socket.socket(socket.AF_UNIX) as client: client.connect('here'); client.send(b'hello')
reader.join()
threading.Thread(target=lambda: print(ends, tried(socket.socket(socket.AF_UNIX).connect, 'aimed'))).start()
"""
    assert python(fence, room, code, listening) == f"[b'hello'] {REFUSED}"


def test_no_server_of_the_machine_can_be_reached(fence: Fence, room: Room) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = "print(tried(socket.create_connection, ('127.0.0.1', int(sys.argv[1])), 5))"
        assert python(fence, room, code, server.getsockname()[1]) in ("ConnectionRefusedError\n", REFUSED)


LOOPBACK = """
with socket.create_server(('127.0.0.1', 0)) as server, socket.create_connection(server.getsockname()):
    print(len(socket.if_nameindex()))
"""


@pytest.mark.parametrize("fence", [OWN])
def test_with_a_network_of_its_own_it_has_a_loopback_and_nothing_else(fence: Fence, room: Room) -> None:
    assert python(fence, room, LOOPBACK) == "1\n"


@pytest.mark.parametrize("fence", [ALONE])
def test_without_one_there_is_no_network_at_all(fence: Fence, room: Room) -> None:
    assert python(fence, room, "print(tried(socket.socket))") == REFUSED


@pytest.mark.parametrize("fence", [OWN])
def test_locks_between_processes_work_in_memory_of_its_own(fence: Fence, room: Room) -> None:
    code = "import multiprocessing; multiprocessing.Lock(); print(os.listdir('/dev/shm'), os.getpid() < 20)"
    assert python(fence, room, code) == "[] True\n"


def test_powers_and_new_ones_are_gone(fence: Fence, room: Room) -> None:
    rows = shell(fence, room, "grep -E 'CapEff|CapBnd|NoNewPrivs|Seccomp:' /proc/self/status").output.split()
    status = dict(zip(rows[::2], rows[1::2], strict=True))
    most = 0b11011 if os.geteuid() == 0 else 0
    assert int(status["CapEff:"], 16) & ~most == 0
    assert (status["NoNewPrivs:"], status["Seccomp:"]) == ("1", "2")


def test_what_cannot_be_confined_does_not_run(room: Room, tmp_path: Path) -> None:
    script = Path(__file__).parents[3] / "without_landlock.py"
    command = Landlock(room, own_spaces=False).wrap(["touch", "made"], ".")
    code = (
        f"import sys; sys.path.insert(0, '{script.parents[1]}')\nfrom pathlib import Path\n"
        "from tools.workspace.process import Command, run_command\n"
        f"ran = run_command(Command({command.argv!r}, {dict(command.env)!r}, Path({str(command.cwd)!r}), "
        f"confined={command.confined!r}), 60.0)\nprint(ran.exit_code, ran.output)"
    )
    ran = run_command(Command((sys.executable, str(script), sys.executable, "-c", code), os.environ, tmp_path), LONG)
    assert ran.output.startswith("126 the sandbox cannot be made: ")
    assert not (room.workspace.tree / "made").exists()
