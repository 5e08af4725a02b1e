"""The plugin's records of one pytest process, read into a TestRun."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.testing.results import Failure, Frame, TestRun, TestStatus
from tools.workspace.process import Finished

RAN_TO_THE_END = (0, 1, 5)  # all passed, some failed, none collected; the others are interruptions and errors


def read_run(records: Path, root: Path, finished: Finished) -> TestRun:
    """Turn the plugin's records into a TestRun; lines cut short by a kill are left out."""
    rows = list(_rows(records / "results.jsonl"))
    end = next((row for row in rows if row["event"] == "end"), None)
    statuses, durations = _statuses(rows)
    lines = {
        row["id"]: {path: frozenset(found) for path, found in row["lines"].items()}
        for row in _rows(records / "lines.jsonl")
    }
    return TestRun(
        statuses=statuses,
        failures={row["id"]: _failure(row, root) for row in reversed(rows) if "failure" in row},  # first wins
        durations=durations,
        lines=lines,
        exit_code=None if end is None else end["exit"],
        seconds=finished.seconds,
        timed_out=finished.timed_out,
        complete=end is not None and end["exit"] in RAN_TO_THE_END and not finished.timed_out,
        foreign_modules=tuple(end["foreign"]) if end else (),
        output=finished.output,
    )


def _rows(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    rows = []
    for line in path.read_text(encoding="ascii", errors="replace").splitlines():
        try:
            rows.append(json.loads(line))
        except ValueError:
            continue
    return rows


def _statuses(rows: Sequence[Mapping[str, Any]]) -> tuple[dict[str, TestStatus], dict[str, float]]:
    statuses: dict[str, TestStatus] = {}
    durations: dict[str, float] = {}
    for row in rows:
        if row["event"] == "uncollected":
            statuses[row["id"]] = TestStatus.ERROR
        if row["event"] != "phase":
            continue
        name = row["id"]
        durations[name] = durations.get(name, 0.0) + float(row["seconds"])
        status = _status_of_phase(row)
        if status is not None and statuses.get(name) not in (TestStatus.FAILED, TestStatus.ERROR):
            statuses[name] = status
    return statuses, durations


def _status_of_phase(row: Mapping[str, Any]) -> TestStatus | None:
    if row["outcome"] == "failed":
        return TestStatus.FAILED if row["when"] == "call" else TestStatus.ERROR
    if row["outcome"] == "skipped":
        return TestStatus.XFAIL if row["xfail"] else TestStatus.SKIPPED
    return TestStatus.PASSED if row["when"] == "call" else None


def _failure(row: Mapping[str, Any], root: Path) -> Failure:
    found = row["failure"]
    return Failure(
        node_id=row["id"],
        phase=row.get("when", "collect"),
        exception=found["exception"],
        message=found["message"],
        frames=tuple(Frame(_relative(path, root), line, name) for path, line, name in found["frames"]),
        traceback=row["text"],
        captured=row.get("captured", ""),
    )


def _relative(path: str, root: Path) -> str:
    return str(Path(path).relative_to(root)) if Path(path).is_relative_to(root) else path
