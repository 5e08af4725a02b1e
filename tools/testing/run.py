"""One cold run of the target's tests: `python -m pytest` in its own interpreter, read through our plugin's records."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tools.testing.calm import read_switched_off
from tools.testing.interpreter import Interpreter
from tools.testing.layout import arguments_of
from tools.testing.records import read_run
from tools.testing.results import TestRun
from tools.workspace.process import Command, run_command
from tools.workspace.sandbox import Sandbox

BASE_FLAGS = ("--continue-on-collection-errors", "--maxfail=0", "--rootdir", ".")


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs tests of one workspace. `cwd` is the test root relative to the tree; `io` takes the records.

    Node ids are relative to the test root, paths in failures and lines relative to the tree. Where `calm`, whatever
    makes runs of the target differ is switched off.
    """

    sandbox: Sandbox
    interpreter: Interpreter
    cwd: str
    io: Path
    foreign_root: Path
    spared: tuple[Path, ...] = ()
    calm: bool = True

    def as_configured(self) -> Runner:
        """The same with the target's own random order, reruns, workers and coverage."""
        return replace(self, calm=False)

    def run(
        self, tests: Sequence[str] = (), *, timeout_seconds: float, trace: bool = False, first: Sequence[str] = ()
    ) -> TestRun:
        """Run the named node ids or paths, or with none whatever the target's configuration collects.

        Those in `first` run before all others.
        """
        with tempfile.TemporaryDirectory(dir=self.io, prefix="run-") as folder:
            records = Path(folder)
            command = self.command(tests, records, trace=trace)
            if first:
                (records / "first.json").write_text(json.dumps(list(first)), encoding="utf-8")
                command = replace(command, env={**command.env, "REGREEN_FIRST": str(records / "first.json")})
            finished = run_command(command, timeout_seconds)
            run = read_run(records, self.sandbox.tree, finished)
            return replace(run, switched_off=read_switched_off(records / "calm.json"))

    def command(self, tests: Sequence[str], records: Path, *, trace: bool = False, lab: bool = False) -> Command:
        """The pytest command that writes its records into `records`."""
        plugins = [
            "regreen_pytest_report",
            "regreen_pytest_order",
            "regreen_pytest_calm",
            *(["regreen_pytest_trace"] if trace else []),
            *(["regreen_pytest_lab"] if lab else []),
        ]
        loaded = [part for name in plugins for part in ("-p", name)]
        paths = arguments_of(tests)
        cache = ["-o", f"cache_dir={records / 'cache'}"]
        argv = [str(self.interpreter.executable), "-m", "pytest", *loaded, *BASE_FLAGS, *cache, *paths]
        command = self.sandbox.wrap(argv, self.cwd)
        return replace(command, env={**command.env, **self._variables(tests, records)})

    def _variables(self, tests: Sequence[str], records: Path) -> dict[str, str]:
        variables = {"REGREEN_RESULTS": str(records / "results.jsonl")}
        if self.calm:
            variables["REGREEN_CALM"] = str(records / "calm.json")
        if any("::" in test or "[" in test for test in tests):
            (records / "select.json").write_text(json.dumps([test.rstrip("/") for test in tests]), encoding="utf-8")
            variables["REGREEN_SELECT"] = str(records / "select.json")
        if self.sandbox.tree != self.foreign_root:
            variables["REGREEN_FOREIGN_ROOT"] = str(self.foreign_root)
            variables["REGREEN_FOREIGN_SPARED"] = json.dumps([str(path) for path in self.spared])
        variables["REGREEN_LINES"] = str(records / "lines.jsonl")
        variables["REGREEN_TRACE_ROOT"] = str(self.sandbox.tree)
        return variables
