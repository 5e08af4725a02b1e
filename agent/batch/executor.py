"""Where the work is done: an executor carries jobs out, several at once. Here: processes of this machine.

A job is a command that leaves its result in a file, so that another executor (a container, a queue of machines) needs
to bring no more than a command to its place.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from tools.workspace.scratch import sweep

POLL_SECONDS = 0.02
GRACE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Job:
    """A command for one task. `claim` is a file descriptor that the command holds until it ends.

    `log` takes what it says; after `seconds` it is ended by force.
    """

    name: str
    argv: Sequence[str]
    log: Path
    claim: int
    seconds: float


@dataclass(frozen=True, slots=True)
class End:
    """A job has ended: `exit_code` is negative for a signal."""

    job: Job
    exit_code: int
    timed_out: bool


class Executor(Protocol):
    """Carries jobs out and yields their ends as they come. None among the jobs: nothing now, ask again soon."""

    def map(self, jobs: Iterable[Job | None]) -> Iterator[End]: ...


@dataclass(slots=True)
class _Running:
    job: Job
    process: subprocess.Popen[bytes]
    deadline: float
    timed_out: bool = False


class Processes:
    """Up to `workers` processes of this machine; they end when this one does, however it ends.

    `watch` is told the names of the running jobs again and again while it waits.
    """

    def __init__(self, workers: int, watch: Callable[[Sequence[str]], None] = lambda names: None) -> None:
        self._workers = workers
        self._watch = watch
        self._running: list[_Running] = []

    def map(self, jobs: Iterable[Job | None]) -> Iterator[End]:
        """Start jobs while there is room, yield each end; whatever stops this stops them."""
        waiting = iter(jobs)
        done = object()
        try:
            while True:
                last: object = None
                while len(self._running) < self._workers and isinstance(last := next(waiting, done), Job):
                    self._start(last)
                if last is done and not self._running:
                    return
                yield from self._ended()
        finally:
            self._stop()

    def _start(self, job: Job) -> None:
        with job.log.open("ab") as log:
            process = subprocess.Popen(job.argv, stdin=subprocess.PIPE, stdout=log, stderr=log, pass_fds=(job.claim,),
                                       start_new_session=True)  # fmt: skip
        os.close(job.claim)
        self._running.append(_Running(job, process, time.monotonic() + job.seconds))

    def _ended(self) -> list[End]:
        """Those that have ended by now, or after a moment."""
        for running in self._running:
            if time.monotonic() > running.deadline and not running.timed_out:
                running.timed_out = True
                running.process.kill()
        ended = [running for running in self._running if running.process.poll() is not None]
        self._running = [running for running in self._running if running not in ended]
        for running in ended:
            _close(running.process.stdin)
        if not ended:
            self._watch([running.job.name for running in self._running])
            time.sleep(POLL_SECONDS)
        return [End(running.job, running.process.returncode, running.timed_out) for running in ended]

    def _stop(self) -> None:
        """Ask all to end, by closing what they listen to, and wait; a second interruption ends them at once.

        What those that had to be killed left in temporary folders is swept.
        """
        for running in self._running:
            _close(running.process.stdin)
        try:
            deadline = time.monotonic() + GRACE_SECONDS
            for running in self._running:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    running.process.wait(max(0.0, deadline - time.monotonic()))
        finally:
            for running in self._running:
                running.process.kill()
                running.process.wait()
            self._running = []
            sweep()


def _close(pipe: IO[bytes] | None) -> None:
    if pipe is not None:
        with contextlib.suppress(OSError):
            pipe.close()
