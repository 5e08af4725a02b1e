"""The first process of a space of process numbers: it is the parent of all that lose theirs, and its end ends all."""

from __future__ import annotations

import os
from collections.abc import Callable

from tools.workspace.confine.calls import LIBC, checked

PR_SET_PDEATHSIG = 1
NO_SUID, NO_DEVICES, NO_EXECUTION = 2, 4, 8
STATUS_BYTES = 4
KILL = 9


def go_below_first(end_as: Callable[[int], None]) -> None:
    """Return in the second process of a new space. Who called waits for that, and ends as it ended; never returns."""
    report, tell = os.pipe()
    first = os.fork()
    if first:
        os.close(tell)
        told = os.read(report, STATUS_BYTES)
        os.waitpid(first, 0)
        end_as(int.from_bytes(told, "little") if told else KILL)
    LIBC.prctl(PR_SET_PDEATHSIG, KILL, 0, 0, 0)
    # Else all processes of the machine are seen.
    checked(LIBC.mount(b"proc", b"/proc", b"proc", NO_SUID | NO_DEVICES | NO_EXECUTION, None))
    second = os.fork()
    if second:
        os.write(tell, _status_of(second).to_bytes(STATUS_BYTES, "little"))
        os._exit(0)
    os.close(report)
    os.close(tell)
    os.setsid()


def _status_of(child: int) -> int:
    """How a child ended; others that end meanwhile are let go."""
    while True:
        ended, status = os.waitpid(-1, 0)
        if ended == child:
            return status
