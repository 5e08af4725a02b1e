"""Files as rows: JSON, JSON lines and Parquet, Markdown with front matter, logs; each row with its place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.core.errors import UsageProblem
from agent.tasks.failing import by_file, failing_tests
from agent.tasks.rows import BadRow, slug

FENCE = "---"


@dataclass(frozen=True, slots=True)
class Found:
    """A row, or the BadRow that stands in its place; `place` is where it was found, like `tasks.jsonl:7`."""

    place: str
    row: object


def rows_of_text(text: str, name: str, suffix: str) -> Iterator[Found]:
    """The rows of a text; where the suffix does not say what it is, its beginning does."""
    text = text.removeprefix("\ufeff")
    start = text.lstrip()[:1]
    if suffix in (".md", ".markdown"):
        return iter([Found(name, issue_row(text, Path(name).stem))])
    if suffix in (".jsonl", ".ndjson", ".json") or (start in ("{", "[") and suffix != ".log"):
        return _of_json(text, name, in_lines=suffix in (".jsonl", ".ndjson"))
    tests = failing_tests(text)
    if tests or suffix in (".log", ".xml"):
        return _of_tests(tests, name)
    return iter([Found(name, issue_row(text, Path(name).stem))])


def rows_of_parquet(path: Path) -> Iterator[Found]:
    """The rows of a Parquet file; UsageProblem where pyarrow is not installed or cannot read it."""
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        hint = "install regreen[parquet], or turn the file into JSON lines"
        raise UsageProblem(f"{path.name} is Parquet, and pyarrow is not installed", hint) from error
    try:
        with parquet.ParquetFile(path) as file:
            rows = [row for batch in file.iter_batches() for row in batch.to_pylist()]
    except (ArrowException, OSError) as error:
        raise UsageProblem(f"{path} cannot be read as Parquet: {error}", "is the file whole?") from error
    return (Found(f"{path.name}: row {number}", row) for number, row in enumerate(rows, start=1))


def issue_row(text: str, stem: str) -> dict[str, Any]:
    """An issue in a file: front matter of `name: value` lines, if any, then the text."""
    head, body = _front_matter(text)
    title = str(head.pop("title", "") or "")
    said = "\n\n".join(filter(None, [title, body.strip()]))
    return {"instance_id": slug(stem) or "issue", "problem_statement": said, **head}


def _of_json(text: str, name: str, *, in_lines: bool) -> Iterator[Found]:
    if not in_lines:
        try:
            return _of_value(json.loads(text), name)
        except ValueError as error:
            if text.lstrip().startswith("[") or len(text.strip().splitlines()) < 2:
                raise UsageProblem(f"{name} is not valid JSON: {error}", "mend the file") from error
        except RecursionError as error:
            raise UsageProblem(f"{name} is nested too deeply", "mend the file") from error
    return _of_lines(text, name)


def _of_lines(text: str, name: str) -> Iterator[Found]:
    """JSON lines; only a line feed ends one, whatever else Unicode calls a line break."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield Found(f"{name}:{number}", _line(line))


def _line(line: str) -> object:
    try:
        return json.loads(line)
    except ValueError as error:
        return BadRow(f"not valid JSON: {error}")
    except RecursionError:
        return BadRow("not valid JSON: nested too deeply")


def _of_value(value: object, name: str) -> Iterator[Found]:
    """A list of rows, one row, or rows by instance id."""
    if isinstance(value, dict) and not value.keys() & {"instance_id", "title", "body", "problem_statement"}:
        rows: list[object] = [
            {"instance_id": key, **row} if isinstance(row, dict) else row for key, row in value.items()
        ]
    else:
        rows = value if isinstance(value, list) else [value]
    single = len(rows) == 1
    yield from (Found(name if single else f"{name}: item {number}", row) for number, row in enumerate(rows, start=1))


def _of_tests(tests: tuple[str, ...], name: str) -> Iterator[Found]:
    """A task for each file with failing tests."""
    if not tests:
        raise UsageProblem(f"{name} names no failing test", "give the log of pytest or unittest, or JUnit XML")
    for file, names in by_file(tests).items():
        yield Found(name, {"instance_id": slug(file.removesuffix(".py")), "FAIL_TO_PASS": list(names)})


def _front_matter(text: str) -> tuple[dict[str, Any], str]:
    lines = text.lstrip().splitlines()
    if not lines or lines[0].strip() != FENCE or FENCE not in (line.strip() for line in lines[1:]):
        return {}, text
    end = next(number for number, line in enumerate(lines[1:], start=1) if line.strip() == FENCE)
    head: dict[str, Any] = {}
    name = ""
    for line in lines[1:end]:
        item = line.strip()
        if item.startswith("- ") and name:
            head[name] = [*(head[name] or []), _plain(item[2:])]
        elif ":" in item:
            name, _, value = item.partition(":")
            name = name.strip()
            head[name] = _value(value.strip())
    return head, "\n".join(lines[end + 1 :])


def _value(text: str) -> object:
    if text.startswith("["):
        try:
            return json.loads(text)
        except ValueError:
            return [_plain(part) for part in text.strip("[]").split(",") if part.strip()]
    return _plain(text) or None


def _plain(text: str) -> str:
    return text.strip().strip("\"'")
