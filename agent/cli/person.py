"""Somebody at the terminal: Ctrl-C asks him for a word to the model, and the model may ask him a question.

The run does not stop while he types: what is under way goes on, and only the next request to the model waits.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import termios
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from agent.cli.console import Console

STDIN, STDERR = 0, 2
LINE_BYTES = 4096  # a terminal gives no longer line
ANSWER_SECONDS = 300.0
SAY = "a word to the model (empty, or Ctrl-C again: the run ends): "
SAID = "the model is told before its next step"
ASK, CLOSE = b"?", b"."


class Terminal:
    """A person, once `open`; before and afterwards nobody is asked, and Ctrl-C is what it always was."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._mouth = threading.Lock()
        self._words: list[str] = []
        self._is_open = False
        self._is_asking = False
        self._wake = (-1, -1)
        self._console = Console()
        self._patience: Callable[[], float] = lambda: ANSWER_SECONDS

    @contextmanager
    def open(self, console: Console, patience: Callable[[], float]) -> Iterator[Terminal]:
        """Listen while the block runs; `patience` gives the seconds that are left for an answer."""
        self._console, self._patience, self._wake = console, patience, os.pipe()
        listener = threading.Thread(target=self._listen, daemon=True)
        listener.start()
        self._is_open = True
        try:
            yield self
        finally:
            self._is_open = False
            os.write(self._wake[1], CLOSE)
            listener.join()
            self._is_asking = False
            for end in self._wake:
                os.close(end)

    def interrupted(self) -> bool:
        """Ctrl-C: whether it opens the question for a word, instead of ending the run. Called by a signal's handler."""
        if not self._is_open or self._is_asking:
            return False
        self._is_asking = True
        os.write(self._wake[1], ASK)
        return True

    def words(self) -> Sequence[str]:
        """What was said since the last call; waits while it is being said."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_asking)
            words, self._words = self._words, []
        return words

    def answer(self, question: str) -> str:
        """What is answered; "" for an empty line, and where nobody answers in time or can."""
        if not _in_foreground():
            return ""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_asking)
            self._is_asking = True  # Ctrl-C ends the run
        try:
            seconds = max(0.0, min(ANSWER_SECONDS, self._patience()))
            return (self._line(f"the model asks: {_shown(question)}\nyour answer: ", (), seconds) or "").strip()
        finally:
            self._is_asking = False

    def _listen(self) -> None:
        while os.read(self._wake[0], 1) == ASK:
            line = self._line(SAY, self._wake[:1])
            if line is None:  # the run has ended meanwhile
                continue
            if not line:
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
                continue
            self._console.note(SAID)
            with self._changed:
                self._words.append(line)
                self._is_asking = False
                self._changed.notify_all()

    def _line(self, prompt: str, or_ready: Sequence[int], seconds: float | None = None) -> str | None:
        """A line that is typed; None where something else was ready first, or nothing in time."""
        with self._mouth, self._console.paused():
            with suppress(termios.error):
                termios.tcflush(STDIN, termios.TCIFLUSH)  # what was typed before was no answer
            os.write(STDERR, prompt.encode(errors="replace"))
            ready, _, _ = select.select([STDIN, *or_ready], [], [], seconds)
            if STDIN in ready:
                return _read()
            os.write(STDERR, b"\n")
            return None


def person_there(environ: Mapping[str, str], *, as_json: bool) -> Terminal | None:
    """The person at the terminal, where there is one who reads and can type."""
    is_there = sys.stdin.isatty() and sys.stderr.isatty() and not as_json and not environ.get("CI")
    return Terminal() if is_there else None


def _in_foreground() -> bool:
    """Whether the terminal would let us read."""
    try:
        return os.tcgetpgrp(STDIN) == os.getpgrp()
    except OSError:
        return False


def _read() -> str:
    """A line, or "" where the terminal is gone."""
    try:
        return os.read(STDIN, LINE_BYTES).decode(errors="replace").strip()
    except OSError:
        return ""


def _shown(text: str) -> str:
    """A model's words without what would steer the terminal."""
    return "".join(character if character.isprintable() or character == "\n" else "�" for character in text)
