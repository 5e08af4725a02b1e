"""What code inside bubblewrap cannot do, each tried for real; tests/contract/test_sandboxes.py holds what it can."""

import os
import pwd
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import files_of, needs_bubblewrap, new_repository, own_python, write_files
from tools.testing.interpreter import PLUGINS
from tools.workspace.checkout import Workspace, make_worktree
from tools.workspace.git import Repository
from tools.workspace.process import Finished, run_command
from tools.workspace.sandbox import Room
from tools.workspace.sandbox.bubblewrap import Bubblewrap, gaps

pytestmark = needs_bubblewrap
LONG = 60.0


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return new_repository(tmp_path / "repo", {"a.py": "a = 1\n", ".gitignore": ".venv/\nbig/\n"})


def open_room(repository: Repository, readable: tuple[Path, ...] = ()) -> Room:
    assert repository.head
    workspace = make_worktree(repository, repository.head, repository.root.parent / "site")
    (workspace.home / "io").mkdir()
    env = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]}
    return Room(workspace, workspace.home / "io", (*own_python().readable, *readable), env)


@pytest.fixture
def room(repository: Repository) -> Room:
    return open_room(repository)


def shell(room: Room, script: str, timeout_seconds: float = LONG) -> Finished:
    return run_command(Bubblewrap(room).wrap(["sh", "-c", script], "."), timeout_seconds)


def python(room: Room, code: str) -> Finished:
    return run_command(Bubblewrap(room).wrap([sys.executable, "-c", code], "."), LONG)


def test_the_self_test_finds_no_gap() -> None:
    assert gaps() == ()


def test_the_repositorys_own_path_shows_the_work_tree(room: Room) -> None:
    write_files(room.workspace.tree, {"a.py": "a = 2\n"})
    assert shell(room, f"pwd; cat {room.workspace.repository.root}/a.py").output == f"{Bubblewrap(room).tree}\na = 2\n"
    assert Bubblewrap(room).tree == room.workspace.repository.root


@pytest.mark.parametrize("place", ["/", "/usr", "/etc", "/var", "/opt", "{git_dir}", "{objects}", "{plugins}"])
def test_nothing_outside_the_tree_can_be_written(room: Room, place: str) -> None:
    where = place.format(git_dir=room.workspace.git_dir, objects=room.workspace.objects, plugins=PLUGINS)
    finished = shell(room, f"echo hostile > {where}/regreen-hostile")
    assert finished.exit_code != 0
    assert not Path(where, "regreen-hostile").exists()


def test_the_home_is_hidden_and_what_is_written_to_it_is_gone(room: Room) -> None:
    home = Path(os.environ["HOME"])
    (home / ".netrc").write_text("machine secret\n")
    assert shell(room, 'cat "$HOME/.netrc"').exit_code != 0
    shell(room, 'mkdir -p "$HOME"; echo hostile > "$HOME/made"')
    assert [path.name for path in home.iterdir()] == [".netrc"]


def test_of_the_accounts_home_only_the_interpreter_is_seen(room: Room) -> None:
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    needed = {path.relative_to(home).parts[0] for path in room.readable if path.is_relative_to(home)}
    assert set(shell(room, f"ls -A {home}").output.split()) == needed


def test_the_temporary_folder_is_private(room: Room) -> None:
    mark = Path("/tmp") / f"regreen-mark-{os.getpid()}"
    mark.write_text("of the host\n")
    try:
        assert shell(room, f"cat {mark}; echo inside > {mark}; echo x > /tmp/regreen-hostile").exit_code == 0
        assert (mark.read_text(), Path("/tmp/regreen-hostile").exists()) == ("of the host\n", False)
    finally:
        mark.unlink()


def test_sockets_of_the_running_system_are_hidden(room: Room) -> None:
    assert shell(room, "ls -A /run /var/run/ /var/tmp").output.split() == ["/run:", "/var/run/:", "/var/tmp:"]


def test_there_is_no_network_but_a_loopback(room: Room) -> None:
    code = (
        "import socket\n"
        "with socket.create_server(('127.0.0.1', 0)) as server, socket.create_connection(server.getsockname()):\n"
        "    print('loopback')\n"
        "with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:\n"
        "    try:\n"
        "        client.connect(('192.0.2.1', 80))\n"
        "    except OSError as error:\n"
        "        print(type(error).__name__)\n"
        "print(len(socket.if_nameindex()))"
    )
    assert python(room, code).output == "loopback\nOSError\n1\n"


def test_a_server_of_the_host_is_out_of_reach(room: Room) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = f"import socket; print(socket.socket().connect_ex(('127.0.0.1', {port})) != 0)"
        assert python(room, code).output == "True\n"


def test_other_processes_cannot_be_seen_or_killed(room: Room) -> None:
    with subprocess.Popen(["sleep", "60"]) as bystander:
        inside = shell(room, f"ls /proc | grep -c '^[0-9]'; kill -9 {bystander.pid}; kill -9 -1; true").output
        assert (int(inside.split()[0]) < 10, bystander.poll()) == (True, None)
        bystander.kill()


def test_no_environment_of_the_host_can_be_read(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-a-secret-of-the-host")
    monkeypatch.setenv("INNOCENT", "but not asked for")
    finished = shell(room, "env; cat /proc/*/environ | tr '\\0' '\\n'")
    names = {line.split("=")[0] for line in finished.output.splitlines() if "=" in line}
    assert names <= {"PATH", "HOME", "PWD", "OLDPWD", "SHLVL", "_"}
    assert "sk-a-secret" not in finished.output


def test_devices_are_the_harmless_ones(room: Room) -> None:
    found = shell(room, "ls -A /dev").output.split()
    assert set(found) <= {"console", "core", "fd", "full", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin",
                          "stdout", "tty", "urandom", "zero"}  # fmt: skip


def test_the_users_git_folder_is_not_there(room: Room) -> None:
    git_dir = room.workspace.repository.git_dir
    (git_dir / "config.secret").write_text("token\n")
    assert shell(room, f"cat {git_dir}/config.secret").exit_code != 0


def test_history_can_be_read_and_not_changed(room: Room) -> None:
    finished = shell(room, "git log --format=%s; git commit --allow-empty -m x; git update-ref refs/heads/x HEAD")
    assert finished.output.startswith("all\n")
    assert finished.exit_code != 0


def test_an_environment_inside_the_repository_is_readable_and_not_writable(repository: Repository) -> None:
    write_files(repository.root, {".venv/pyvenv.cfg": "", ".venv/lib/x.py": "x = 1\n", "env/pyvenv.cfg": "home\n"})
    room = open_room(repository, (repository.root / ".venv", repository.root / "env"))
    before = files_of(repository.root)
    assert shell(room, "cat .venv/lib/x.py env/pyvenv.cfg").output == "x = 1\nhome\n"
    assert shell(room, "echo hostile >> .venv/lib/x.py").exit_code != 0
    assert shell(room, "touch env/hostile").exit_code != 0
    assert files_of(repository.root) == before


def test_big_ignored_data_is_readable_and_not_writable(repository: Repository) -> None:
    write_files(repository.root, {"big/data.bin": "data\n"})
    os.truncate(repository.root / "big" / "data.bin", 65 * 1024 * 1024)
    room = open_room(repository)
    assert shell(room, "head -c 5 big/data.bin; rm -f big/data.bin").output.startswith("data\n")
    assert (repository.root / "big" / "data.bin").exists()


def test_a_path_in_the_home_that_must_be_read_is_read_only(repository: Repository) -> None:
    tools = Path(os.environ["HOME"]) / "pythons"
    write_files(tools, {"lib.py": "lib\n"})
    (tools.parent / "other").write_text("secret")
    room = open_room(repository, (tools,))
    assert shell(room, 'ls "$HOME"; cat "$HOME/pythons/lib.py"').output == "pythons\nlib\n"
    assert shell(room, 'echo x > "$HOME/pythons/lib.py"').exit_code != 0


def test_a_repository_in_the_home_works() -> None:
    repository = new_repository(Path(os.environ["HOME"]) / "project", {"a.py": "a = 1\n"})
    (Path(os.environ["HOME"]) / ".netrc").write_text("secret")
    room = open_room(repository)
    assert shell(room, "cat a.py; ls -A ..; git status --porcelain").output == "a = 1\nproject\nsite\n"


def test_a_repository_that_is_the_home_works(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "home", {"a.py": "a = 1\n"})
    monkeypatch.setenv("HOME", str(repository.root))
    room = open_room(repository)
    assert shell(room, "ls; touch made").output == "a.py\n"
    assert not (repository.root / "made").exists()


@pytest.fixture
def marked() -> str:
    """A word in a command line by which a process of this test is known."""
    return f"regreen-daemon-{os.getpid()}"


def running(word: str) -> list[int]:
    found = subprocess.run(["pgrep", "-f", word], capture_output=True, text=True, check=False).stdout.split()
    return [int(pid) for pid in found]


@pytest.mark.parametrize("ends", ["exit 0", "sleep 60"], ids=["it ends", "it runs out of time"])
def test_a_daemon_does_not_outlive_the_command(room: Room, marked: str, ends: str) -> None:
    daemon = f"setsid sh -c 'while :; do sleep 1; done; : {marked}' >/dev/null 2>&1 &"
    finished = shell(room, f"{daemon} sleep 0.3; {ends}", timeout_seconds=3.0)
    assert finished.timed_out == (ends != "exit 0")
    for _ in range(200):
        if not running(marked):
            break
        time.sleep(0.01)
    assert running(marked) == []


def test_the_end_by_a_signal_is_not_success(room: Room) -> None:
    assert shell(room, "kill -SEGV $$").exit_code == 128 + signal.SIGSEGV


def test_a_removed_workspace_leaves_nothing_mounted(room: Room) -> None:
    shell(room, "true")
    workspace: Workspace = room.workspace
    workspace.remove()
    assert not workspace.home.exists()


def test_what_is_hidden_is_there_for_nobody(repository: Repository, tmp_path: Path) -> None:
    write_files(tmp_path, {"kept/lamp/core.py": "V = 2\n", "kept/one.py": "V = 2\n", "kept/gold.jsonl": "{}\n"})
    kept = tmp_path / "kept"
    room = open_room(repository, (kept,))
    seen = f"cat {kept}/lamp/core.py {kept}/gold.jsonl; ls {kept}/lamp; touch {kept}/lamp/core.py"
    assert shell(room, f"cat {kept}/gold.jsonl").output == "{}\n"
    hidden = (kept / "lamp", kept / "one.py", kept / "gold.jsonl", kept / "none")
    room = replace(room, hidden=hidden)
    ran = shell(room, seen)
    assert (ran.exit_code != 0, "V = 2" in ran.output, "{}" in ran.output) == (True, False, False)
    tried = f"import sys; sys.path.insert(0, '{kept}')\ntry: import one\nexcept ImportError as error: print(error)"
    assert python(room, tried).output == "one is hidden here\n"
    assert files_of(kept) == {"gold.jsonl": b"{}\n", "lamp/core.py": b"V = 2\n", "one.py": b"V = 2\n"}
