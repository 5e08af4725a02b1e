"""The plugin's records of one pytest process, read into a TestRun."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.testing.results import RED, Failure, Frame, TestRun, TestStatus, worst
from tools.workspace.process import Finished

SEAL_CHARS = 16
RAN_TO_THE_END = (0, 1, 5)  # all passed, some failed, none collected; the others are interruptions and errors

Row = Mapping[str, Any]
# What is read from a row of each kind, by type; others are no rows of ours.
FIELDS: Mapping[str, Mapping[str, type | tuple[type, ...]]] = {
    "start": {},
    "collected": {"count": int},
    "uncollected": {"id": str, "failure": dict, "text": str},
    "begun": {"id": str},
    "phase": {"id": str, "when": str, "outcome": str, "xfail": bool, "seconds": (int, float)},
    "done": {"id": str, "seconds": (int, float)},
    "end": {"exit": int, "foreign": list},
}


def seal(text: str, key: str) -> str:
    """What a row begins with to be its plug-in's own: only who has the run's key can make it."""
    return hashlib.blake2b(text.encode(), digest_size=SEAL_CHARS // 2, key=key.encode()).hexdigest() if key else ""


def read_run(records: Path, root: Path, finished: Finished, key: str = "", extra: Sequence[str] = ()) -> TestRun:
    """Turn the plugin's records into a TestRun; rows without the run's seal, or cut short by a kill, are left out.

    Tests named in `extra` were not collected: their ends do not stand for those of others.

    A run whose end record counts more rows than there are was tampered with: it is not complete. Nor is one that ended
    before all its tests had. What hangs once the tests are over takes nothing from them.
    """
    rows = [row for row in _rows(records / "results.jsonl", key) if _is_ours(row)]
    end = next((row for row in rows if row["event"] == "end"), None)
    statuses, durations = _statuses(rows)
    return TestRun(
        statuses=statuses,
        failures={row["id"]: _failure(row, root) for row in reversed(rows) if "failure" in row},  # first wins
        durations=durations,
        lines=_lines(_rows(records / "lines.jsonl", key)),
        exit_code=None if end is None else end["exit"],
        seconds=finished.seconds,
        timed_out=finished.timed_out and end is None,
        over=finished.over if end is None else "",
        complete=end is not None and _is_whole(rows, end, tuple(f"::{name}" for name in extra)),
        foreign_modules=tuple(end["foreign"]) if end else (),
        output=finished.output,
        running=_running(rows),
    )


def _rows(path: Path, key: str) -> list[Row]:
    if not path.exists():
        return []
    rows = []
    for line in path.read_text(encoding="ascii", errors="replace").splitlines():
        text = line[SEAL_CHARS:] if key else line
        try:
            rows.append(json.loads(text) if line == seal(text, key) + text else None)
        except ValueError:
            continue
    return [row for row in rows if isinstance(row, dict)]


def _lines(rows: Sequence[Row]) -> dict[str, dict[str, frozenset[int]]]:
    """Lines by file by test, of the rows that hold some."""
    lines: dict[str, dict[str, frozenset[int]]] = {}
    for row in rows:
        with contextlib.suppress(KeyError, TypeError, AttributeError):
            lines[row["id"]] = {path: frozenset(found) for path, found in row["lines"].items()}
    return lines


def _is_ours(row: Row) -> bool:
    """Whether a row is one of the plugin's kind: a test may write into any file it finds."""
    fields = FIELDS.get(str(row.get("event")))
    return fields is not None and all(isinstance(row.get(name), kind) for name, kind in fields.items())


def _is_whole(rows: Sequence[Row], end: Row, extra: tuple[str, ...]) -> bool:
    """Whether pytest says that it came to the end, no row is lost or added, and each collected test has ended."""
    if end["exit"] not in RAN_TO_THE_END or end.get("rows", len(rows)) != len(rows):
        return False
    ended = sum(1 for row in rows if row["event"] == "done" and not row["id"].endswith(extra))
    collected = next((row["count"] for row in rows if row["event"] == "collected"), None)
    wanted = 1 if collected is None else int(collected)  # None: its workers collect, or it was ended before it had
    return ended >= wanted


def _running(rows: Sequence[Row]) -> str | None:
    """The test that had begun and not ended when the process did, or when its session was ended."""
    last = next((row for row in reversed(rows) if row["event"] in ("begun", "done")), None)
    return str(last["id"]) if last and last["event"] == "begun" else None


def _statuses(rows: Sequence[Row]) -> tuple[dict[str, TestStatus], dict[str, float]]:
    """Each test as bad as its worst phase, the first red one named; a skipped part does not undo a pass."""
    statuses: dict[str, TestStatus] = {}
    durations: dict[str, float] = {}
    for row in rows:
        if row["event"] == "uncollected":
            statuses[row["id"]] = TestStatus.ERROR
        if "seconds" not in row:
            continue
        name = row["id"]
        durations[name] = durations.get(name, 0.0) + float(row["seconds"])
        status = _status(row)
        if status is not None and statuses.get(name) not in RED:
            statuses[name] = worst(status, statuses.get(name, status))
    return statuses, durations


def _status(row: Row) -> TestStatus | None:
    """What a phase that did not pass says, or the end of a test whose call did."""
    if row["event"] != "phase":
        return TestStatus.PASSED if row.get("passed") is True else None
    if row["outcome"] == "failed":
        return TestStatus.FAILED if row["when"] == "call" else TestStatus.ERROR
    if row["outcome"] == "skipped":
        return TestStatus.XFAIL if row["xfail"] else TestStatus.SKIPPED
    return TestStatus.PASSED if row["outcome"] == "passed" and row["when"] == "call" else None


def _failure(row: Row, root: Path) -> Failure:
    found = row["failure"]
    return Failure(
        node_id=row["id"],
        phase=row.get("when", "collect"),
        exception=found["exception"],
        message=found["message"],
        frames=tuple(Frame(_relative(path, root), line, name) for path, line, name in found["frames"]),
        traceback=row["text"],
        captured=row.get("captured", ""),
        assertion=found.get("assertion", ""),
        chain=tuple(found.get("chain", ())),
        locals=found.get("locals", {}),
    )


def _relative(path: str, root: Path) -> str:
    return str(Path(path).relative_to(root)) if Path(path).is_relative_to(root) else path
