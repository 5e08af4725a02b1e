"""In a fork: one call's inputs and variants of them, through the true code and through the patched one."""

import copy
import io
import json
import os
import random
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from types import CellType, CodeType, FunctionType, TracebackType
from typing import Any

from .describe import Describer
from .functions import Twin, Unfit, call, swap
from .variants import Arguments, variant

# A made-up input on which the true code says this was no input for it.
NO_INPUT = ("TypeError", "AttributeError", "NameError", "AssertionError", "RecursionError", "MemoryError", "TooLong",
            "UnboundLocalError")  # fmt: skip
ONE_RUN_SECONDS, FORK_SECONDS = 1.0, 15.0
VARIANTS, FORKED_VARIANTS = 12, 3
SHOWN = 300


class TooLong(BaseException):
    """A run took more than its second."""


class Caught:
    """Catches whatever the code under test raises, in `error`."""

    error: BaseException | None = None

    def __enter__(self) -> "Caught":
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: TracebackType | None) -> bool:
        self.error = error
        return True


class Call:
    """One call that a test made of a twin: its arguments, what is around it, and all twins of the patch."""

    def __init__(self, twin: Twin, twins: list[Twin], frame: Any, arguments: Arguments) -> None:
        self.codes = {"true": frame.f_code, **twin.codes}
        self.space: dict[str, Any] = frame.f_globals
        self.arguments = arguments
        self.free = {name: frame.f_locals[name] for name in frame.f_code.co_freevars if name in frame.f_locals}
        self.twins = twins
        self.holders: list[tuple[list[FunctionType], dict[str, CodeType]]] = []

    def compared(self, pool: dict[str, list[Any]], seed: int, seen: set[str]) -> dict[str, Any]:
        """Compare, in the fork; says which of the inputs were the same, skipped or different."""
        chance = random.Random(seed)
        copied = self._copied(self.arguments)
        copyable, digest = copied is not None, Describer()(copied) if copied is not None else f"call {seed}"
        if digest in seen:
            return {"digest": digest, "rows": []}
        found = [(twin.holders(), twin.codes) for twin in self.twins]
        self.holders = [(held, {"true": held[0].__code__, **codes}) for held, codes in found if held]
        rows = [self._row(self.arguments, copyable, made_up=False)]
        if self.arguments:
            for _ in range(VARIANTS if copyable else FORKED_VARIANTS):
                rows.append(self._row(variant(self.arguments, pool, chance), copyable, made_up=True))
        return {"digest": digest, "rows": rows}

    def _row(self, arguments: Arguments, copyable: bool, *, made_up: bool) -> tuple[str, str, bool]:
        """The word, an example of a difference, and whether the input shows the bug itself."""
        first, again = (self._outcome("true", arguments, copyable) for _ in range(2))
        if first != again or (made_up and first.startswith(tuple(f"raises {name}" for name in NO_INPUT))):
            return "skipped", "", False
        patched = self._outcome("patched", arguments, copyable)
        shows = "buggy" in self.codes and self._outcome("buggy", arguments, copyable) != first
        if first == patched:
            return "same", "", shows
        given = Describer()(self._copied(arguments))[:SHOWN] if copyable else "arguments that cannot be copied"
        return "different", f"on {given}: {_near(first, patched)}, with the patch {_near(patched, first)}", shows

    def _outcome(self, which: str, arguments: Arguments, copyable: bool) -> str:
        if not copyable:
            return str(forked(lambda: self._said(which, arguments, self.free)) or "no answer")
        copied = self._copied(arguments)
        return "no copy" if copied is None else self._said(which, *copied)

    def _said(self, which: str, arguments: Arguments, free: dict[str, Any]) -> str:
        for held, codes in self.holders:
            swap(held, codes.get(which, codes["true"]))
        code = self.codes[which]
        random.seed(7)
        tell, written, said = Describer(), io.StringIO(), ""
        cells = {name: CellType(value) for name, value in free.items()}
        with redirect_stdout(written), redirect_stderr(written), Caught() as caught, _limited():
            said = f"returns {tell(call(code, self.space, arguments, cells))}"
        if isinstance(caught.error, Unfit):
            raise caught.error
        if caught.error is not None:
            said = f"raises {type(caught.error).__name__} {tell(caught.error)}"
        with Caught(), _limited():
            said += f"; leaves {tell(arguments)} {tell(cells)} {written.getvalue()!r}"
        return said

    def _copied(self, arguments: Arguments) -> tuple[Arguments, dict[str, Any]] | None:
        """Copies of arguments and surroundings; what the module names stays itself, as a mark like `object()` must."""
        memo = {id(value): value for value in self.space.values() if type(value) not in (list, dict, set)}
        with Caught(), _limited():
            return copy.deepcopy((arguments, self.free), memo)
        return None


def forked(work: Callable[[], object]) -> Any:
    """What `work` returns in a fork of this process, as JSON; None when it does not answer in time."""
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        answer: object = None
        with Caught() as caught:
            os.close(reader)
            sys.setprofile(None)
            threading.setprofile(None)
            answer = work()
        answer = {"unfit": str(caught.error)} if isinstance(caught.error, Unfit) else answer
        with os.fdopen(writer, "w") as pipe:
            json.dump(answer, pipe)
        os._exit(0)
    os.close(writer)
    data = _read(reader, time.monotonic() + FORK_SECONDS)
    os.close(reader)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return json.loads(data) if data else None


def _read(reader: int, deadline: float) -> bytes:
    """All that is written until the end, or nothing when that is late."""
    data = b""
    while True:
        ready, _, _ = select.select([reader], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return b""
        part = os.read(reader, 65536)
        if not part:
            return data
        data += part


def _near(one: str, other: str) -> str:
    """A text around the first place where it differs from another."""
    at = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    return one if len(one) <= SHOWN else f"…{one[max(0, at - SHOWN // 3) : at + SHOWN // 2]}…"


@contextmanager
def _limited() -> Iterator[None]:
    signal.signal(signal.SIGALRM, _too_long)
    signal.setitimer(signal.ITIMER_REAL, ONE_RUN_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _too_long(number: int, frame: object) -> None:
    raise TooLong
