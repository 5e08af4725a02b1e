"""Running one command to its end: time limit, capped output, nothing of its process tree left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

OUTPUT_LIMIT = 200_000


@dataclass(frozen=True, slots=True)
class Command:
    """An argument vector with its whole environment and folder, ready to start."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended. `output` is its tail, both streams mixed; `exit_code` is negative for a signal."""

    exit_code: int
    output: str
    seconds: float
    timed_out: bool


def run_command(command: Command, timeout_seconds: float) -> Finished:
    """Run to the end or to the limit; either way the whole process group is ended."""
    started = time.monotonic()
    with tempfile.TemporaryFile() as out:
        process = start(command, stdout=out)
        try:
            process.wait(timeout=timeout_seconds)
            timed_out = False
        except subprocess.TimeoutExpired:
            timed_out = True
        finally:
            end_group(process)
        seconds = time.monotonic() - started
        return Finished(process.returncode, _tail(out), seconds, timed_out)


def start(
    command: Command, stdout: IO[bytes] | int = subprocess.DEVNULL, pass_fds: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own, with no standard input."""
    return subprocess.Popen(
        command.argv,
        env=dict(command.env),
        cwd=command.cwd,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        pass_fds=tuple(pass_fds),
    )


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of a started command's process group, and reap it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _tail(out: IO[bytes]) -> str:
    size = out.seek(0, os.SEEK_END)
    out.seek(max(0, size - OUTPUT_LIMIT))
    return out.read().decode("utf-8", errors="replace")
