"""What a test command left behind, as a TestRun: records of pytests below it, JUnit files, its exit code."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from tools.errors import ToolError
from tools.testing.canary import ManyCanaries
from tools.testing.junit import Report, frames_in, merged_reports, read_junit
from tools.testing.records import read_run
from tools.testing.results import RED, TEST_COMMAND, Failure, TestRun, TestStatus, worst
from tools.workspace.process import Finished

NONE = ManyCanaries()
START = '"event": "start"'
ERROR_LINE = re.compile(r"^(?:\w+\.)*\w*(?:Error|Exception|Failure)\b.*", re.MULTILINE)
TAIL = 8000


def session_runs(
    records: Path, root: Path, finished: Finished, key: str = "", canaries: ManyCanaries = NONE
) -> TestRun | None:
    """What the pytests below a command reported, one after the other, as one run; None where there was none.

    It is watched where each of them that ran tests was.
    """
    parts = _sessions(records)
    runs = [canaries.taken_out(read_run(part, root, finished, key, canaries.names), records) for part in parts]
    if not runs:
        return None
    statuses: dict[str, TestStatus] = {}
    for run in runs:
        for name, status in run.statuses.items():
            statuses[name] = worst(status, statuses.get(name, status))
    return replace(
        runs[-1],
        statuses=statuses,
        failures={name: found for run in runs for name, found in run.failures.items()},
        durations={name: seconds for run in runs for name, seconds in run.durations.items()},
        exit_code=None if any(run.exit_code is None for run in runs) else max(run.exit_code or 0 for run in runs),
        complete=all(run.complete for run in runs),
        foreign_modules=tuple(dict.fromkeys(name for run in runs for name in run.foreign_modules)),
        is_watched=any(run.is_watched for run in runs) and all(run.is_watched or not run.statuses for run in runs),
        doubts=tuple(doubt for run in runs for doubt in run.doubts),
    )


def _sessions(records: Path) -> list[Path]:
    """Folders with the records of one pytest each."""
    results = records / "results.jsonl"
    if not results.is_file():
        return []
    lines = results.read_text(encoding="ascii", errors="replace").splitlines(keepends=True)
    starts = [n for n, line in enumerate(lines) if START in line]
    if len(starts) < 2:
        return [records]
    parts = []
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        part = records / f"session-{start}"
        part.mkdir()
        (part / results.name).write_text("".join(lines[start:end]), encoding="ascii", errors="replace")
        if (records / "lines.jsonl").is_file():
            shutil.copyfile(records / "lines.jsonl", part / "lines.jsonl")
        parts.append(part)
    return parts


def command_run(records: Path, root: Path, finished: Finished, reports: Sequence[Path]) -> TestRun:
    """What JUnit files say, else the exit code alone; every red test then ran what the command ran."""
    written = _report(reports, root)
    report = written or _by_exit_code(root, finished)
    lines = _lines(records / "any-lines.jsonl")
    red = [name for name, status in report.statuses.items() if status in RED]
    return TestRun(
        statuses=report.statuses,
        failures=report.failures,
        durations=report.durations,
        lines=dict.fromkeys(red or list(report.statuses), lines) if lines else {},
        exit_code=finished.exit_code,
        seconds=finished.seconds,
        timed_out=finished.timed_out,
        over=finished.over,
        complete=not finished.timed_out and not finished.over,
        output=finished.output,
        told_by="JUnit" if written else "exit code",
    )


def with_exit_code(run: TestRun, root: Path, finished: Finished) -> TestRun:
    """The run with the command itself as a red test, where it fails for another reason than its tests."""
    if not run.complete or finished.exit_code == 0 or run.exit_code not in (0, finished.exit_code) or run.red:
        return run
    if not run.statuses or TEST_COMMAND in run.statuses:
        return run
    extra = _by_exit_code(root, finished)
    return replace(
        run,
        statuses={**run.statuses, **extra.statuses},
        failures={**run.failures, **extra.failures},
        durations={**run.durations, **extra.durations},
    )


def _report(paths: Iterable[Path], root: Path) -> Report | None:
    """The files as one; None where one of them cannot be read, for then tests would be missing."""
    try:
        report = merged_reports([read_junit(path, root) for path in paths])
    except ToolError:
        return None
    return report if report.statuses else None


def _by_exit_code(root: Path, finished: Finished) -> Report:
    seconds = {TEST_COMMAND: finished.seconds}
    if finished.exit_code == 0 and not finished.timed_out:
        return Report({TEST_COMMAND: TestStatus.PASSED}, {}, seconds)
    said = ERROR_LINE.findall(finished.output)
    message = f"exit code {finished.exit_code}" + (f": {said[-1][:500]}" if said else "")
    frames = frames_in(finished.output, root)
    failure = Failure(TEST_COMMAND, "call", "", message, frames, finished.output[-TAIL:])
    return Report({TEST_COMMAND: TestStatus.FAILED}, {TEST_COMMAND: failure}, seconds)


def _lines(path: Path) -> dict[str, frozenset[int]]:
    """Lines by file, of all Python processes below the command."""
    found: dict[str, set[int]] = {}
    rows = path.read_text(encoding="ascii", errors="replace").splitlines() if path.is_file() else []
    for row in rows:
        try:
            files = json.loads(row)
        except ValueError:
            continue
        for name, numbers in files.items():
            found.setdefault(name, set()).update(numbers)
    return {name: frozenset(numbers) for name, numbers in found.items()}
