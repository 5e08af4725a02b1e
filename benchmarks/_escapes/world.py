"""What lies outside of a sandbox: secrets, a repository, sockets, a process; and whether an attempt got there."""

import contextlib
import ctypes
import hashlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks._escapes.attempts import PRELUDE
from tools.workspace.checkout import make_worktree
from tools.workspace.git import Repository, find_repository, run_git
from tools.workspace.limits import MB, Limits
from tools.workspace.process import run_command
from tools.workspace.sandbox import Room, Sandbox

SECONDS = 15.0
MOMENT_SECONDS = 2.0
# Small, so that an attempt that passes them by far still does not hurt the machine.
LIMITS = Limits(memory_bytes=256 * MB, processes=250, disk_bytes=256 * MB)
IPC_PRIVATE_KEY, IPC_CREAT, IPC_RMID = 0x5EC1, 0o1000, 0


@dataclass(frozen=True, slots=True)
class World:
    """`named` is what attempts are told of it; everything below `outside` and `home` must stay as it is."""

    room: Room
    outside: Path
    home: Path
    named: dict[str, Any]
    victim: "subprocess.Popen[bytes]"

    def escapes(self, code: str, fence: Callable[[Room], Sandbox]) -> str:
        """How an attempt got out; "" when it did not."""
        before = self._state()
        mark = str(100_000 + secrets.randbelow(800_000))
        argv = [sys.executable, "-c", PRELUDE + code, json.dumps({**self.named, "mark": mark})]
        ran = run_command(fence(self.room).wrap(argv, "."), SECONDS)
        left = _staying(mark)
        for process in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.room.workspace.reset()
        reasons = {
            "it did not begin": "BEGUN" not in ran.output and "x" * 99 not in ran.output,
            "it says so": "ESCAPED" in ran.output,
            "something outside changed": self._state() != before,
            "a process stayed": bool(left),
            "the other process is gone": self.victim.poll() is not None,
        }
        return ", ".join(reason for reason, holds in reasons.items() if holds)

    def _state(self) -> str:
        folders = (self.outside, self.home)
        rows = [_row(path) for folder in folders for path in sorted((folder, *folder.rglob("*")))]
        host = (socket.gethostname(), Path("/usr/.regreen-escape").exists())
        return hashlib.sha256(repr((rows, host)).encode()).hexdigest()


def _row(path: Path) -> tuple[object, ...]:
    status = path.lstat()
    content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
    attributes = os.listxattr(path, follow_symlinks=False) if sys.platform == "linux" else []
    times = status.st_mtime_ns if path.is_file() else 0
    return str(path), status.st_mode, status.st_uid, times, content, attributes


def _staying(mark: str) -> list[int]:
    """Processes with such a mark; what the kernel is ending already is given its moment."""
    until, marked = time.monotonic() + MOMENT_SECONDS, f"sleep\0{mark}\0"
    while True:
        found = [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if marked in _command_line(entry)]
        if not found or time.monotonic() > until:
            return found
        time.sleep(0.05)


def _command_line(entry: Path) -> str:
    try:
        return (entry / "cmdline").read_text(errors="replace")
    except OSError:
        return ""


@contextmanager
def new_world(folder: Path, home: Path) -> Iterator[World]:
    """A world below a folder outside of the sandbox's reach; `home` is what the sandbox takes for the home."""
    secret = secrets.token_hex(8)
    outside = folder / "outside"
    for place in (outside, home):
        place.mkdir(parents=True, exist_ok=True)
        (place / "secret").write_text(secret)
        (place / "kept").write_text("kept\n")
    repository = _repository(outside / "repo")
    workspace = make_worktree(repository, str(repository.head), folder / "site")
    io = workspace.home / "io"
    io.mkdir()
    python = tuple(dict.fromkeys(Path(path).resolve() for path in (sys.prefix, sys.base_prefix)))
    env = {"PATH": os.environ["PATH"], "HOME": str(home)}
    room = Room(workspace, io, (Path(sys.prefix), *python), env, limits=LIMITS)
    libc = ctypes.CDLL(None)
    memory = libc.shmget(IPC_PRIVATE_KEY, 16, IPC_CREAT | 0o600)
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(outside / "socket"))
        unix.listen()
        with socket.socket(socket.AF_UNIX) as abstract, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as letters:
            letters.bind(str(outside / "letters"))
            abstract.bind(f"\0regreen-{secret}")
            abstract.listen()
            victim = subprocess.Popen(["sleep", "3600"], env={"PATH": os.environ["PATH"], "KEY": secret})
            try:
                named = _named(repository, workspace.git_dir, outside, home, tcp.getsockname()[1])
                named |= {"secret": secret, "abstract": f"regreen-{secret}", "victim": victim.pid}
                yield World(room, outside, home, named, victim)
            finally:
                victim.kill()
                victim.wait()
                libc.shmctl(memory, IPC_RMID, None)


def _named(repository: Repository, work_git: Path, outside: Path, home: Path, port: int) -> dict[str, Any]:
    objects = next(path for path in (repository.common_dir / "objects").rglob("*") if path.is_file())
    return {
        "home": str(home), "outside": str(outside), "git": str(repository.git_dir), "workgit": str(work_git),
        "object": str(objects), "port": port, "socket": str(outside / "socket"), "parent": os.getpid(),
        "letters": str(outside / "letters"), "key": IPC_PRIVATE_KEY,
    }  # fmt: skip


def _repository(root: Path) -> Repository:
    root.mkdir()
    (root / "a.py").write_text("A = 1\n")
    run_git(["init", "-q", "-b", "main"], root)
    run_git(["add", "-A"], root)
    run_git(["commit", "-q", "-m", "start"], root)
    (root / ".git" / "hooks").mkdir(exist_ok=True)
    return find_repository(root)
