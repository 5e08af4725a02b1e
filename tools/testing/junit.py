"""JUnit XML as many test runners write it, read into statuses and failures; entities and huge files are refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.parsers import expat

from tools.errors import ToolError
from tools.testing.results import Failure, Frame, TestStatus, worst

MOST_BYTES = 50_000_000
MOST_TEXT = 20_000
STATUSES = {"failure": TestStatus.FAILED, "error": TestStatus.ERROR, "skipped": TestStatus.SKIPPED}
XFAIL_TYPE = "pytest.xfail"
FRAME = re.compile(r'^\s*File "([^"\n]+)", line (\d+), in (\S+)', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Report:
    """Tests by `classname::name`, each as bad as its worst entry."""

    statuses: Mapping[str, TestStatus] = field(default_factory=dict)
    failures: Mapping[str, Failure] = field(default_factory=dict)
    durations: Mapping[str, float] = field(default_factory=dict)


def read_junit(path: Path, root: Path) -> Report:
    """Read one file; frames below `root` become relative. ToolError `junit` for what cannot be read or trusted."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ToolError("junit", f"{path.name} cannot be read: {error.strerror}") from error
    if len(content) > MOST_BYTES:
        raise ToolError("junit", f"{path.name} is larger than {MOST_BYTES // 1_000_000} MB")
    return parse_junit(content, root)


def parse_junit(content: bytes, root: Path) -> Report:
    """The report that a document holds; ToolError `junit` for one that is no JUnit XML."""
    reader = _Reader(root)
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise ToolError("junit", f"not well-formed XML: {error}") from error
    if not reader.is_junit:
        raise ToolError("junit", "there is no test suite in it")
    return Report(reader.statuses, reader.failures, reader.durations)


def merged_reports(reports: list[Report]) -> Report:
    """Several reports as one; a test is as bad as the worst says."""
    whole = _Reader(Path("/"))
    for report in reports:
        for name, status in report.statuses.items():
            whole.note(name, status, report.durations.get(name, 0.0), report.failures.get(name))
    return Report(whole.statuses, whole.failures, whole.durations)


def frames_in(text: str, root: Path) -> tuple[Frame, ...]:
    """Places that Python tracebacks in a text name; those below `root` become relative."""
    found = ((Path(path), int(line), name) for path, line, name in FRAME.findall(text))
    return tuple(
        Frame(str(path.relative_to(root)) if path.is_relative_to(root) else str(path), line, name)
        for path, line, name in found
    )


def _refuse(*_: object) -> None:
    raise ToolError("junit", "it declares a document type, which no JUnit file needs")


class _Reader:
    """Takes the parser's events."""

    def __init__(self, root: Path) -> None:
        self.statuses: dict[str, TestStatus] = {}
        self.failures: dict[str, Failure] = {}
        self.durations: dict[str, float] = {}
        self.is_junit = False
        self._root = root
        self._name = ""
        self._seconds = 0.0
        self._status = TestStatus.PASSED
        self._failure: Failure | None = None
        self._text: list[str] | None = None
        self._room = 0  # characters that it still takes

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.is_junit = self.is_junit or tag in ("testsuite", "testsuites")
        if tag == "testcase":
            place = attributes.get("classname") or attributes.get("file") or "tests"
            self._name = f"{place}::{attributes.get('name', '')}"
            self._seconds = _seconds(attributes.get("time", ""))
            self._status, self._failure = TestStatus.PASSED, None
        elif tag in STATUSES and self._name:
            status = TestStatus.XFAIL if attributes.get("type") == XFAIL_TYPE else STATUSES[tag]
            self._status = worst(status, self._status) if self._failure else status
            self._text, self._room = [], MOST_TEXT
            if tag != "skipped" and self._failure is None:
                message = attributes.get("message", "")[:MOST_TEXT]
                self._failure = Failure(self._name, "call", attributes.get("type", ""), message, (), "")

    def text(self, text: str) -> None:
        if self._text is not None and self._room > 0:
            self._text.append(text)
            self._room -= len(text)

    def end(self, tag: str) -> None:
        if tag in STATUSES and self._text is not None:
            said = "".join(self._text)[:MOST_TEXT]
            self._text = None
            if self._failure is not None and not self._failure.traceback:
                self._failure = replace(self._failure, traceback=said, frames=frames_in(said, self._root))
        if tag == "testcase" and self._name:
            self.note(self._name, self._status, self._seconds, self._failure)
            self._name = ""

    def note(self, name: str, status: TestStatus, seconds: float, failure: Failure | None) -> None:
        self.statuses[name] = worst(status, self.statuses.get(name, status))
        self.durations[name] = self.durations.get(name, 0.0) + seconds
        if failure is not None:
            self.failures.setdefault(name, failure)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        return 0.0
    return seconds if 0 <= seconds < float("inf") else 0.0
