"""One cold run of the target's tests: `python -m pytest` in its own interpreter, read through our plugin's records."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tools.testing.interpreter import Interpreter
from tools.testing.results import Failure, Frame, TestRun, TestStatus
from tools.workspace.process import Command, Finished, run_command
from tools.workspace.sandbox import Sandbox

BASE_FLAGS = ("--continue-on-collection-errors", "--maxfail=0", "--rootdir", ".")
RAN_TO_THE_END = (0, 1, 5)  # all passed, some failed, none collected; the others are interruptions and errors
FLAGS_BY_PLUGIN: dict[str, tuple[str, ...]] = {
    "pytest-xdist": ("-n0",),
    "pytest-cov": ("--no-cov",),
    "pytest-randomly": ("-p", "no:randomly"),
    "pytest-random-order": ("-p", "no:random_order"),
}


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs tests of one workspace. `cwd` is the test root relative to the tree; `io` takes the records.

    Node ids are relative to the test root, paths in failures and lines relative to the tree.
    """

    sandbox: Sandbox
    interpreter: Interpreter
    cwd: str
    io: Path
    foreign_root: Path
    spared: tuple[Path, ...] = ()

    def run(self, tests: Sequence[str] = (), *, timeout_seconds: float, trace: bool = False) -> TestRun:
        """Run the named node ids or paths, or with none whatever the target's configuration collects."""
        with tempfile.TemporaryDirectory(dir=self.io, prefix="run-") as folder:
            records = Path(folder)
            finished = run_command(self.command(tests, records, trace=trace), timeout_seconds)
            return read_run(records, self.sandbox.tree, finished)

    def command(self, tests: Sequence[str], records: Path, *, trace: bool = False, lab: bool = False) -> Command:
        """The pytest command that writes its records into `records`."""
        plugins = [
            "regreen_pytest_report",
            *(["regreen_pytest_trace"] if trace else []),
            *(["regreen_pytest_lab"] if lab else []),
        ]
        loaded = [part for name in plugins for part in ("-p", name)]
        extra = [flag for name, flags in FLAGS_BY_PLUGIN.items() if name in self.interpreter.packages for flag in flags]
        paths = list(dict.fromkeys(test.split("::")[0] for test in tests))
        cache = ["-o", f"cache_dir={records / 'cache'}"]
        argv = [str(self.interpreter.executable), "-m", "pytest", *loaded, *BASE_FLAGS, *cache, *extra, *paths]
        command = self.sandbox.wrap(argv, self.cwd)
        return replace(command, env={**command.env, **self._variables(tests, records)})

    def _variables(self, tests: Sequence[str], records: Path) -> dict[str, str]:
        variables = {"REGREEN_RESULTS": str(records / "results.jsonl")}
        if any("::" in test for test in tests):
            (records / "select.json").write_text(json.dumps([test.rstrip("/") for test in tests]), encoding="utf-8")
            variables["REGREEN_SELECT"] = str(records / "select.json")
        if self.sandbox.tree != self.foreign_root:
            variables["REGREEN_FOREIGN_ROOT"] = str(self.foreign_root)
            variables["REGREEN_FOREIGN_SPARED"] = json.dumps([str(path) for path in self.spared])
        variables["REGREEN_LINES"] = str(records / "lines.jsonl")
        variables["REGREEN_TRACE_ROOT"] = str(self.sandbox.tree)
        return variables


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
