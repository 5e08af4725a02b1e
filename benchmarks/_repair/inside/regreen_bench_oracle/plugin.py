"""The plug-in: watches every call while tests run, and writes down what the comparison found."""

import copy
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from .compare import Call, Caught, forked
from .functions import Twin, code_at, parameters

SETTINGS = "REGREEN_BENCH_ORACLE"
GENERATORS = 0x20 | 0x80 | 0x200  # inspect.CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR
CALLS_A_TEST, LOOKED_AT, ENOUGH_CALLS, MOST_FRAMES, POOL = 3, 150, 40, 5000, 12


class Watched:
    """One function: what was found of it so far."""

    def __init__(self, twin: Twin) -> None:
        self.twin = twin
        self.calls = self.looked_at = self.in_this_test = 0
        self.counts = {"same": 0, "skipped": 0, "different": 0}
        self.example = self.unfit = ""
        self.shown = 0
        self.seen: set[str] = set()
        self.pool: dict[str, list[Any]] = {}
        self.frames: dict[int, Any] = {}

    @property
    def done(self) -> bool:
        return bool(self.example or self.unfit) or self.looked_at >= LOOKED_AT or len(self.seen) >= ENOUGH_CALLS

    def called(self, frame: Any, twins: list[Twin]) -> None:
        if self.done or self.in_this_test >= CALLS_A_TEST or not self._begins(frame):
            return
        self.looked_at += 1
        self.in_this_test += 1
        known = frame.f_locals
        arguments = {name: known[name] for name in parameters(frame.f_code) if name in known}
        call = Call(self.twin, twins, frame, arguments)
        answer = forked(lambda: call.compared(self.pool, self.looked_at, self.seen))
        self._noted(answer)
        for name, value in arguments.items():
            self._pooled(name, value)

    def _begins(self, frame: Any) -> bool:
        """Not a generator that goes on."""
        if not frame.f_code.co_flags & GENERATORS:
            return True
        if id(frame) in self.frames or len(self.frames) > MOST_FRAMES:
            return False
        self.frames[id(frame)] = frame
        return True

    def _noted(self, answer: Any) -> None:
        if not isinstance(answer, dict):
            return
        self.unfit = answer.get("unfit", "")
        self.seen.add(answer.get("digest", ""))
        for word, example, shows in answer.get("rows", ()):
            self.counts[word] += 1
            self.shown += shows
            self.example = self.example or example

    def _pooled(self, name: str, value: Any) -> None:
        values = self.pool.setdefault(name, [])
        if len(values) < POOL and type(value) in (int, float, str, bytes, bool, type(None), list, dict, tuple):
            with Caught():
                values.append(copy.deepcopy(value))


class Watch:
    """The profile function of the run."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.answer = settings["answer"]
        self.deadline = time.monotonic() + settings["seconds"]
        self.watched = [Watched(_twin(row)) for row in settings["functions"]]
        self.known: dict[int, tuple[CodeType, Watched | None]] = {}

    def __call__(self, frame: Any, event: str, arg: object) -> None:
        if event != "call":
            return
        code = frame.f_code
        found = self.known.get(id(code))
        if found is None:
            found = code, next((one for one in self.watched if one.twin.is_code(code)), None)
            self.known[id(code)] = found
        if found[1] is not None and time.monotonic() < self.deadline:
            found[1].called(frame, [one.twin for one in self.watched])

    @property
    def done(self) -> bool:
        return time.monotonic() > self.deadline or all(one.done for one in self.watched) or any(
            one.example or one.unfit for one in self.watched
        )  # fmt: skip

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        for one in self.watched:
            one.in_this_test = 0
        threading.setprofile(self)
        sys.setprofile(self)
        yield
        sys.setprofile(None)
        threading.setprofile(None)
        if self.done:
            item.session.shouldstop = "enough was seen"

    def pytest_sessionfinish(self) -> None:
        names = ("counts", "example", "unfit", "shown")
        rows = [{name: getattr(one, name) for name in names} for one in self.watched]
        Path(self.answer).write_text(json.dumps(rows), encoding="utf-8")


def _twin(row: dict[str, Any]) -> Twin:
    codes = {}
    for version, (file, line) in row["versions"].items():
        code = compile(Path(file).read_bytes(), row["file"], "exec", dont_inherit=True)
        codes[version] = code_at(code, row["name"], line)
    return Twin(row["file"], row["name"], row["line"], codes)


def pytest_configure(config: pytest.Config) -> None:
    settings = json.loads(Path(os.environ[SETTINGS]).read_text(encoding="utf-8"))
    config.pluginmanager.register(Watch(settings), "regreen-bench-oracle")
