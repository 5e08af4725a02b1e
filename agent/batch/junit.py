"""A batch as JUnit XML: a test case a task, so that a CI shows what became of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

from agent.batch.folder import FAILED
from agent.core.task import Task
from agent.core.verdict import Status

GOOD = frozenset({Status.PROVED, Status.PLAUSIBLE, Status.NOTHING_TO_DO})
NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ELEMENTS = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def kind_of(row: Mapping[str, Any] | None) -> str:
    """How a result counts: `failures`, `errors`, `skipped` where there is none, "" for a good one."""
    if row is None:
        return "skipped"
    return "" if row["status"] in GOOD else "errors" if row["status"] in FAILED else "failures"


def testcase(task: Task, row: Mapping[str, Any] | None) -> str:
    """The element of one task."""
    seconds = row["seconds"] if row is not None else 0.0
    head = f'<testcase classname={_quoted(task.repo or "tasks")} name={_quoted(task.instance_id)} time="{seconds:.2f}"'
    kind = kind_of(row)
    if not kind:
        return f"{head}/>\n"
    said = (
        f"type={_quoted(row['status'])} message={_quoted(row['reason'])}" if row is not None else 'message="not ended"'
    )
    return f"{head}><{ELEMENTS[kind]} {said}/></testcase>\n"


def document(cases: Iterable[tuple[str, str]]) -> Iterator[str]:
    """The whole document, from the kind and the element of each task."""
    found = list(cases)
    counts = {name: sum(kind == name for kind, _ in found) for name in ELEMENTS}
    numbers = " ".join(f'{name}="{number}"' for name, number in counts.items())
    yield '<?xml version="1.0" encoding="utf-8"?>\n'
    yield f'<testsuites><testsuite name="regreen batch" tests="{len(found)}" {numbers}>\n'
    yield from (element for _, element in found)
    yield "</testsuite></testsuites>\n"


def _quoted(text: str) -> str:
    return quoteattr(NOT_IN_XML.sub("?", text))
