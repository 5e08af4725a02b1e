"""Failing tests, from what a CI leaves behind: a log of pytest or unittest, or JUnit XML."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from tools.errors import ToolError
from tools.testing.junit import parse_junit
from tools.testing.results import RED

# What terminals and CI services put around a line.
DRESS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|^\ufeff|^\d{4}-\d\d-\d\dT[\d:.]+Z ?|^\[?\d\d:\d\d:\d\d[.\d]*\]? |\r")
SUMMARY = re.compile(r"^(?:FAILED|ERROR)\s+(?P<file>\S+?\.py)(?:(?P<rest>::.+)| - .*)?$")
PROGRESS = re.compile(r"^(\S+?\.py::.+?) (?:FAILED|ERROR)(?:\s+\[ *\d+%\])?$")
PARALLEL = re.compile(r"^\[gw\d+\] \[ *\d+%\] (?:FAILED|ERROR) (\S+?\.py::.+)$")
UNITTEST = re.compile(r"^(?:FAIL|ERROR): (\w+) \(([\w.]+)\)")
LISTED = re.compile(r"^\S+\.py::\S.*$")


def failing_tests(text: str) -> tuple[str, ...]:
    """Tests that a log says failed, as node ids, each once.

    A document of JUnit's is read as one, and in a list of node ids each counts.
    """
    if text.lstrip("\ufeff \r\n\t").startswith("<"):
        return of_junit(text)
    lines = [DRESS.sub("", raw).rstrip() for raw in text.splitlines()]
    said = [line for line in lines if line]
    is_list = bool(said) and all(LISTED.match(line) for line in said) and not any(map(_failing, said))
    return tuple(dict.fromkeys(filter(None, said if is_list else map(_failing, said))))


def of_junit(text: str) -> tuple[str, ...]:
    """The red tests of a JUnit document as node ids; () where it is none."""
    try:
        report = parse_junit(text.encode("utf-8", "surrogateescape"), Path("/"))
    except ToolError:
        return ()
    return tuple(_node_id(name) for name, status in report.statuses.items() if status in RED)


def by_file(node_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Tests by the file they are in."""
    files: dict[str, list[str]] = {}
    for name in node_ids:
        files.setdefault(name.split("::")[0], []).append(name)
    return {file: tuple(names) for file, names in files.items()}


def _failing(line: str) -> str:
    summary = SUMMARY.match(line)
    if summary:
        return summary["file"] + _without_reason(summary["rest"] or "")
    unit = UNITTEST.match(line)
    if unit:
        return _of_unittest(unit[1], unit[2])
    progress = PROGRESS.match(line) or PARALLEL.match(line)
    return progress[1] if progress else ""


def _without_reason(rest: str) -> str:
    """The names after the file; pytest adds " - " and the error, and parameters may hold the same."""
    parts = rest.split(" - ")
    for count in range(1, len(parts) + 1):
        name = " - ".join(parts[:count])
        if name.count("[") <= name.count("]"):
            return name.rstrip()
    return parts[0].rstrip()


def _of_unittest(method: str, owner: str) -> str:
    """`test_x (tests.test_m.Case)`, with the method once more at the end since Python 3.11."""
    names = owner.split(".")
    if names[-1] == method:
        names.pop()
    *module, case = names
    return f"{'/'.join(module)}.py::{case}::{method}" if module else ""


def _node_id(name: str) -> str:
    """A JUnit name, `tests.test_m.Case::test_x` or a path, as pytest names the test."""
    owner, _, test = name.partition("::")
    if owner.endswith(".py") or "/" in owner:
        return name
    names = owner.split(".")
    cases = next((index for index, part in enumerate(names) if index and part[:1].isupper()), len(names))
    file = str(PurePosixPath(*names[:cases])) + ".py"
    return "::".join([file, *names[cases:], test])
