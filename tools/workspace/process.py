"""Running one command to its end: limits on time and sizes, capped output, nothing of its process tree left behind."""

from __future__ import annotations

import contextlib
import errno
import math
import os
import resource
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tools.workspace.limits import UNLIMITED, Limits
from tools.workspace.watch import LOOK_SECONDS, Watch

OUTPUT_LIMIT = 200_000
# The size of a file: test runners keep what a test prints in one, and then in memory.
FILE_LIMIT_BYTES = 1 << 30
GRACE_SECONDS = 5.0
TIME = "time"
WARDEN = Path(__file__).with_name("warden.py")


@dataclass(frozen=True, slots=True)
class Command:
    """An argument vector with its whole environment and folder, ready to start.

    `contained` says that its end ends all it started: a sandbox sees to that. `limits` are for all its processes
    together, which write to `folders`, and to the `private` ones that only they see. `confined` are the words by which
    its warden confines it (`confine/`), none where it does not.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    contained: bool = False
    limits: Limits = UNLIMITED
    folders: tuple[Path, ...] = ()
    private: tuple[str, ...] = ()
    confined: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended. `output` is its tail, both streams mixed; `exit_code` is negative for a signal.

    `over` is the limit that it was ended for, as the end of "for using ...".
    """

    exit_code: int
    output: str
    seconds: float
    timed_out: bool
    over: str = ""


def run_command(command: Command, timeout_seconds: float) -> Finished:
    """Run to the end or to a limit; either way everything it started is ended, daemons too.

    A process of it may use as much CPU time as all cores give in the time allowed.
    """
    started = time.monotonic()
    cpu_seconds = math.ceil(max(timeout_seconds, 1.0) * (os.cpu_count() or 1))
    process = start(command, subprocess.PIPE, cpu_seconds=cpu_seconds)
    assert process.stdout is not None
    watch = watched(process, command)
    with process.stdout as out:
        try:
            output, ended_by = _read(process, out, started + timeout_seconds, watch)
        finally:
            end_group(process)
    over = "" if ended_by == TIME else ended_by
    return Finished(process.returncode, output, time.monotonic() - started, ended_by == TIME, over)


def watched(process: subprocess.Popen[bytes], command: Command) -> Watch:
    """The watch over a started command's limits, for who waits for it."""
    return Watch(process.pid, command.limits, command.folders, command.private)


def start(
    command: Command,
    stdout: IO[bytes] | int = subprocess.DEVNULL,
    pass_fds: Sequence[int] = (),
    cpu_seconds: int | None = None,
) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own, with no standard input; `end_group` is to end it."""
    if not _exists(command):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), command.argv[0])
    return subprocess.Popen(
        (*_limits(cpu_seconds), *_warden(command), *command.argv),
        env=dict(command.env),
        cwd=command.cwd,
        stdin=subprocess.DEVNULL if command.contained else subprocess.PIPE,
        stdout=stdout,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        pass_fds=tuple(pass_fds),
    )


def hang_up(process: subprocess.Popen[bytes]) -> None:
    """Let a started command come to its end without waiting for it; `end_group` still has to follow."""
    if process.stdin is not None:
        process.stdin.close()
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of a started command and all it started, and reap it."""
    if process.stdin is not None:
        process.stdin.close()  # its warden takes that for the word
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _exists(command: Command) -> bool:
    name = command.argv[0]
    if "/" in name:
        return (command.cwd / name).exists()
    return shutil.which(name, path=command.env.get("PATH")) is not None


def _warden(command: Command) -> tuple[str, ...]:
    """The start of a command line that ends what it started, where no sandbox does, and that confines it."""
    if command.contained:
        return ()
    words = command.confined
    return (sys.executable, "-I", "-S", str(WARDEN), command.env.get("LC_CTYPE", ""), str(len(words)), *words)


def _limits(cpu_seconds: int | None) -> tuple[str, ...]:
    """The start of a command line that sets limits, where the system has the program for it.

    Setting them between fork and exec would be unsafe beside threads.
    """
    program = shutil.which("prlimit")
    if program is None:
        return ()
    wanted = {"core": (resource.RLIMIT_CORE, 0), "fsize": (resource.RLIMIT_FSIZE, FILE_LIMIT_BYTES)}
    if cpu_seconds is not None:
        wanted["cpu"] = (resource.RLIMIT_CPU, cpu_seconds)
    return (program, *(f"--{name}={_within_hard(*limit)}" for name, limit in wanted.items()))


def _within_hard(kind: int, value: int) -> int:
    hard = resource.getrlimit(kind)[1]
    return value if hard == resource.RLIM_INFINITY else min(value, hard)


def _read(process: subprocess.Popen[bytes], out: IO[bytes], deadline: float, watch: Watch) -> tuple[str, str]:
    """The tail of what is printed, and what came before the end: TIME, a limit, or "" for nothing."""
    tail = bytearray()
    poll = select.poll()
    poll.register(out, select.POLLIN)
    while (left := deadline - time.monotonic()) > 0:
        if over := watch.over():
            return _text(tail), over
        if not poll.poll(min(left, LOOK_SECONDS) * 1000):
            if process.poll() is not None:  # someone it left behind holds the pipe
                return _text(tail), ""
            continue
        chunk = os.read(out.fileno(), 1 << 16)
        if not chunk:
            return _text(tail), _outlasts(process, deadline, watch)
        tail += chunk
        if len(tail) > 10 * OUTPUT_LIMIT:
            del tail[:-OUTPUT_LIMIT]
    return _text(tail), TIME


def _outlasts(process: subprocess.Popen[bytes], deadline: float, watch: Watch) -> str:
    """What comes before the end of a process that closed its output: TIME, a limit, or "" for nothing."""
    while (left := deadline - time.monotonic()) > 0:
        if over := watch.over():
            return over
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(min(left, LOOK_SECONDS))
            return ""
    return TIME


def _text(tail: bytearray) -> str:
    return bytes(tail[-OUTPUT_LIMIT:]).decode("utf-8", errors="replace")
