"""The plugin's records of one pytest process, read into a TestRun."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.testing.results import RED, Failure, Frame, TestRun, TestStatus
from tools.workspace.process import Finished

RAN_TO_THE_END = (0, 1, 5)  # all passed, some failed, none collected; the others are interruptions and errors
_STRENGTH = (TestStatus.SKIPPED, TestStatus.XFAIL, TestStatus.PASSED, TestStatus.FAILED, TestStatus.ERROR)

Row = Mapping[str, Any]


def read_run(records: Path, root: Path, finished: Finished, key: str = "") -> TestRun:
    """Turn the plugin's records into a TestRun; rows without the run's key, or cut short by a kill, are left out.

    A run whose end record counts more rows than there are was tampered with: it is not complete.
    """
    rows = _rows(records / "results.jsonl", key)
    end = next((row for row in rows if row["event"] == "end"), None)
    statuses, durations = _statuses(rows)
    lines = {
        row["id"]: {path: frozenset(found) for path, found in row["lines"].items()}
        for row in _rows(records / "lines.jsonl", key)
    }
    whole = end is not None and end["exit"] in RAN_TO_THE_END and end.get("rows", len(rows)) == len(rows)
    return TestRun(
        statuses=statuses,
        failures={row["id"]: _failure(row, root) for row in reversed(rows) if "failure" in row},  # first wins
        durations=durations,
        lines=lines,
        exit_code=None if end is None else end["exit"],
        seconds=finished.seconds,
        timed_out=finished.timed_out,
        complete=whole and not finished.timed_out,
        foreign_modules=tuple(end["foreign"]) if end else (),
        output=finished.output,
        running=_running(rows),
    )


def _rows(path: Path, key: str) -> list[Row]:
    if not path.exists():
        return []
    rows = []
    for line in path.read_text(encoding="ascii", errors="replace").splitlines():
        try:
            rows.append(json.loads(line.removeprefix(key)) if line.startswith(key) else None)
        except ValueError:
            continue
    return [row for row in rows if isinstance(row, dict)]


def _running(rows: Sequence[Row]) -> str | None:
    """The test that had begun and not ended when the process did."""
    last = next((row for row in reversed(rows) if row["event"] in ("begun", "done", "end")), None)
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
        status = _status_of_phase(row) if row["event"] == "phase" else None
        if status is not None and statuses.get(name) not in RED:
            statuses[name] = max(status, statuses.get(name, status), key=_STRENGTH.index)
    return statuses, durations


def _status_of_phase(row: Row) -> TestStatus | None:
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
