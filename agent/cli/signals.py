"""Ctrl-C, a request to end, and a terminal that is gone: the first one ends a run cleanly, the second one at once."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from agent.core.verdict import EXIT_CODES, Status

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
AT_ONCE = b"regreen: ended at once; the next regreen command tidies up, `regreen resume last` goes on\n"


@contextmanager
def ended_by_signals(asks: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """While the block runs, a first signal raises KeyboardInterrupt in it; those that are ignored stay ignored.

    A Ctrl-C does not where `asks` says that it opened a question instead.
    """

    def handle(number: int, frame: FrameType | None) -> None:
        if number != signal.SIGINT or not asks():
            _end_cleanly(number, wanted)

    wanted = [number for number in ENDING if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, handle) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end_cleanly(number: int, wanted: list[signal.Signals]) -> None:
    for later in wanted:
        signal.signal(later, _end_now)
    if number == signal.SIGHUP:  # nobody reads any more, and writing would fail
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(nowhere, stream.fileno())
    raise KeyboardInterrupt


def _end_now(number: int, frame: FrameType | None) -> None:
    """What it started ends with it: sandboxes and wardens watch for that."""
    os.write(sys.stderr.fileno(), AT_ONCE)
    os._exit(EXIT_CODES[Status.INTERRUPTED])
