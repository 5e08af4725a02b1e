"""Loading: a file, a folder of files or standard input as tasks; what is no task is reported and skipped."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agent.core.errors import UsageProblem
from agent.core.task import Task
from agent.tasks.authors import comments_of, readable
from agent.tasks.rows import BadRow, gold_patch, row_hash, task_from_row
from agent.tasks.sources import Found, rows_of_parquet, rows_of_text

SUFFIXES = (".jsonl", ".ndjson", ".json", ".parquet", ".md", ".markdown", ".txt", ".log", ".xml")


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that was skipped: where it stands, and why."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Beside:
    """What a row holds beside its task, for those who grade it: its hash, and the reference solution, "" for none."""

    sha256: str
    gold_patch: str = ""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Tasks in the order of their source, each id once, and the rows that are none; `beside` is by id.

    `left_out` are comments of tasks that were not read.
    """

    tasks: tuple[Task, ...]
    problems: tuple[Problem, ...]
    beside: Mapping[str, Beside] = field(default_factory=dict)
    left_out: tuple[Problem, ...] = ()


def load_tasks(
    source: str, read_stdin: Callable[[], bytes] = lambda: sys.stdin.buffer.read(), authors: Sequence[str] = ()
) -> Loaded:
    """The tasks of a file, a folder, or standard input (`-`); UsageProblem where there is nothing to read.

    Where there are `authors`, only text of theirs is.
    """
    tasks: dict[str, Task] = {}
    problems: list[Problem] = []
    places: dict[str, str] = {}
    beside: dict[str, Beside] = {}
    left_out: list[Problem] = []
    for found in _rows(source, read_stdin):
        try:
            if isinstance(found.row, BadRow):
                raise found.row
            task = task_from_row(found.row, found.place, authors)
            if task.instance_id in tasks:
                raise BadRow(f"{task.instance_id} is also at {places[task.instance_id]}; the first one counts")
        except BadRow as error:
            problems.append(Problem(found.place, f"skipped: {error}"))
            continue
        tasks[task.instance_id], places[task.instance_id] = task, found.place
        beside[task.instance_id] = Beside(row_hash(found.row), gold_patch(found.row))
        left_out += _left_out(found, authors)
    return Loaded(tuple(tasks.values()), tuple(problems), beside, tuple(left_out))


def _left_out(found: Found, authors: Sequence[str]) -> list[Problem]:
    said = readable(comments_of(found.row), authors).left_out if isinstance(found.row, dict) else ""
    return [Problem(found.place, said)] if said else []


def _rows(source: str, read_stdin: Callable[[], bytes]) -> Iterator[Found]:
    if source == "-":
        yield from rows_of_text(_decoded(read_stdin(), "standard input"), "stdin", "")
        return
    path = Path(source)
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file())
        if not files:
            raise UsageProblem(f"no tasks in {source}", f"it may hold files named {', '.join(SUFFIXES)}")
        for file in files:
            yield from _of_file(file)
        return
    if not path.exists():
        raise UsageProblem(f"no such file or folder: {source}", "name a file of tasks, a folder of issues, or -")
    yield from _of_file(path)


def _of_file(path: Path) -> Iterator[Found]:
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return rows_of_parquet(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageProblem(f"{path} cannot be read: {error.strerror}") from error
    return rows_of_text(_decoded(content, str(path)), path.name, suffix)


def _decoded(content: bytes, name: str) -> str:
    if content.startswith(b"PAR1"):
        raise UsageProblem(f"{name} is Parquet", "its name must end in .parquet")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace")
    return content.decode("utf-8", errors="surrogateescape")  # rows that hold such bytes are told apart
