"""The work that both agents do: a module to add to the fixture `new-file`, in seven steps, or in forty that read on.

Each looks at the same things, makes an edit that leaves a test red and one that mends it, in its own dialect. The
peer ends with a command to submit; regreen is done with the patch that passes, and has one more file to read instead.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple, Protocol

from tests.e2e._repositories import copy_fixture, task_of
from tests.endpoint import Answer

FIXTURE = "new-file"
FORMATS = "bookshelf/formats/__init__.py"
FIRST = (FORMATS, "bookshelf/formats/plain.py", "tests/test_formats.py", "bookshelf/books.py")
TESTS = ("tests/test_formats.py", "tests/test_books.py")
READING = ("configparser", "textwrap", "shlex")  # of the standard library, copied into the repository
WINDOW = 72  # lines: the peer then sends what was measured when the goals were set
TESTS_EVERY = 9
SHORT, LONG = 7, 40  # steps


class Look(NamedTuple):
    """Lines of a file to read; all of it when `last` is 0."""

    path: str
    first: int = 1
    last: int = 0


class Dialect(Protocol):
    """How an agent says what is to be done; `end` are the replies that change the code and bring it to its end."""

    @property
    def end(self) -> Sequence[Answer]: ...
    def listing(self) -> Answer: ...
    def read(self, look: Look) -> Answer: ...
    def tests(self, path: str) -> Answer: ...


def repository(folder: Path) -> Path:
    """The fixture, with what the long task reads beside it."""
    repo = copy_fixture(FIXTURE, folder)
    for name in READING:
        copy = repo / _copy(name)
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes((Path(json.__file__).parents[1] / f"{name}.py").read_bytes())
    return repo


def issue() -> str:
    """What both are asked to do."""
    return str(task_of(FIXTURE)["problem_statement"]).strip()


def script(dialect: Dialect, repo: Path, steps: int) -> list[Answer]:
    """The replies of a model that does the task in so many steps."""
    begun = [dialect.listing(), *(dialect.read(Look(path)) for path in FIRST)]
    looks = islice(chain(begun, forever(dialect, repo)), steps - len(dialect.end))
    return [*looks, *dialect.end]


def informed(dialect: Dialect) -> list[Answer]:
    """The replies of a model that knows from the first message what fails where, and reads the one file it changes."""
    return [dialect.read(Look(FORMATS)), *dialect.end]


def forever(dialect: Dialect, repo: Path) -> Iterator[Answer]:
    """Reading on without an end, with a run of the tests now and then."""
    done = 0
    while True:
        for look in _windows(repo):
            done += 1
            if done % TESTS_EVERY == 0:
                yield dialect.tests(TESTS[done // TESTS_EVERY % len(TESTS)])
            yield dialect.read(look)


def _copy(name: str) -> str:
    return f"docs/{name}.txt"


def _windows(repo: Path) -> Iterator[Look]:
    for name in READING:
        count = (repo / _copy(name)).read_bytes().count(b"\n")
        yield from (Look(_copy(name), first, first + WINDOW - 1) for first in range(1, count - WINDOW, WINDOW))
