"""Live progress on standard error: a moving line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.status import Status

NUMBERS = re.compile(r"\d+")


class Console:
    """Shows what is going on, the time gone by and the money spent. Use as a context manager."""

    def __init__(self, spent: Callable[[], float | None] = lambda: 0.0) -> None:
        self._started = time.monotonic()
        self._spent = spent
        self._status: Status | None = None
        self._last = ""
        self._lock = threading.Lock()
        self._held: list[str] | None = None

    def __enter__(self) -> Console:
        if sys.stderr.isatty():
            from rich.console import Console as RichConsole

            self._status = RichConsole(stderr=True).status("starting")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def __call__(self, text: str) -> None:
        """Show a note; on plain output only when it is about something new (its numbers aside)."""
        with self._lock:
            line = f"{text} · {time.monotonic() - self._started:.1f} s · {self._money()}"
            if self._status is not None:
                self._status.update(line.replace("[", "\\["))
                return
            topic = NUMBERS.sub("", text)
            if topic != self._last:
                self._last = topic
                print(line, file=sys.stderr, flush=True)

    def note(self, text: str) -> None:
        """A line that stays."""
        with self._lock:
            if self._held is not None:
                self._held.append(text)
            elif self._status is not None:
                self._status.console.print(text, markup=False, highlight=False)
            else:
                print(text, file=sys.stderr, flush=True)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """While the block runs somebody types: nothing moves, and lines that stay wait for its end."""
        with self._lock:
            self._held = []
        if self._status is not None:
            self._status.stop()
        try:
            yield
        finally:
            with self._lock:
                held, self._held = self._held or [], None
            for text in held:
                self.note(text)
            if self._status is not None:
                self._status.start()

    def _money(self) -> str:
        spent = self._spent()
        return "cost unknown" if spent is None else f"${spent:.2f}"
