"""One cold run of the target's tests: `python -m pytest` in its own interpreter, read through our plugin's records."""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from tools.testing.calm import read_switched_off
from tools.testing.canary import JUNIT, ORDERS, Canaries
from tools.testing.interpreter import Interpreter
from tools.testing.layout import arguments_of
from tools.testing.records import read_run
from tools.testing.results import TestRun
from tools.workspace.process import Command, run_command
from tools.workspace.sandbox import Sandbox

PLUGIN_NAMES = ("regreen_pytest_report", "regreen_pytest_names", "regreen_pytest_order", "regreen_pytest_calm",
                "regreen_pytest_canary")  # fmt: skip
BASE_FLAGS = ("--continue-on-collection-errors", "--maxfail=0", "--rootdir", ".")


class RunsTests(Protocol):
    """Runs tests of one workspace; `is_command` where it is a command of the user's that may be no pytest at all."""

    @property
    def sandbox(self) -> Sandbox: ...

    @property
    def cwd(self) -> str: ...

    @property
    def io(self) -> Path: ...

    @property
    def is_command(self) -> bool: ...

    def as_configured(self) -> RunsTests: ...

    def with_canaries(self) -> RunsTests: ...

    def up_to_red(self) -> RunsTests: ...

    def run(
        self, tests: Sequence[str] = (), *, timeout_seconds: float, trace: bool = False, first: Sequence[str] = ()
    ) -> TestRun: ...

    def command(self, tests: Sequence[str], records: Path, *, trace: bool = False, lab: bool = False) -> Command: ...


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs tests of one workspace. `cwd` is the test root relative to the tree; `io` takes the records.

    Node ids are relative to the test root, paths in failures and lines relative to the tree. Where `calm`, whatever
    makes runs of the target differ is switched off. A run ends after `most_red` red tests; 0 is no limit.
    """

    sandbox: Sandbox
    interpreter: Interpreter
    cwd: str
    io: Path
    foreign_root: Path
    spared: tuple[Path, ...] = ()
    calm: bool = True
    canaries: bool = False
    most_red: int = 0

    @property
    def is_command(self) -> bool:
        return False

    def as_configured(self) -> Runner:
        """The same with the target's own random order, reruns, workers and coverage."""
        return replace(self, calm=False)

    def with_canaries(self) -> Runner:
        """The same with two tests of ours among the target's, and with more than one witness of what ran."""
        return replace(self, canaries=True)

    def up_to_red(self) -> Runner:
        """The same, ended by the first red test."""
        return replace(self, most_red=1)

    def run(
        self, tests: Sequence[str] = (), *, timeout_seconds: float, trace: bool = False, first: Sequence[str] = ()
    ) -> TestRun:
        """Run the named node ids or paths, or with none whatever the target's configuration collects.

        Those in `first` run before all others.
        """
        with tempfile.TemporaryDirectory(dir=self.io, prefix="run-") as folder:
            records = Path(folder)
            key, canaries = new_key(), Canaries.new()
            command = with_first(self.command(tests, records, trace=trace), first, records)
            command = with_key_file(command, key, records)
            if self.canaries:
                canaries.tell(records)
            finished = run_command(command, timeout_seconds)
            extra = canaries.names if self.canaries else ()
            run = read_run(records, self.sandbox.tree, finished, key, extra)
            run = canaries.taken_out(run, records / JUNIT, finished) if self.canaries else run
            return replace(run, switched_off=read_switched_off(records / "calm.json"))

    def command(self, tests: Sequence[str], records: Path, *, trace: bool = False, lab: bool = False) -> Command:
        """The pytest command that writes its records into `records`."""
        loaded = plugin_flags(trace=trace, lab=lab)
        paths = arguments_of(tests)
        cache = ["-o", f"cache_dir={records / 'cache'}"]
        argv = [str(self.interpreter.executable), "-m", "pytest", *loaded, *BASE_FLAGS, *cache, *paths]
        command = self.sandbox.wrap(argv, self.cwd)
        selection = selected(tests, records) if any("::" in test or "[" in test for test in tests) else {}
        return replace(command, env={**command.env, **self.variables(records), **selection})

    def variables(self, records: Path) -> dict[str, str]:
        """What our plug-ins are told of where they are, and where records go."""
        variables = {"REGREEN_RESULTS": str(records / "results.jsonl"), "REGREEN_ORDERS": str(records / ORDERS)}
        if self.calm:
            variables["REGREEN_CALM"] = str(records / "calm.json")
        if self.sandbox.tree != self.foreign_root:
            variables["REGREEN_FOREIGN_ROOT"] = str(self.foreign_root)
            variables["REGREEN_FOREIGN_SPARED"] = json.dumps([str(path) for path in self.spared])
        if self.most_red:
            variables["REGREEN_MOST_RED"] = str(self.most_red)
        variables["REGREEN_LINES"] = str(records / "lines.jsonl")
        variables["REGREEN_TRACE_ROOT"] = str(self.sandbox.tree)
        return variables


def plugin_flags(*, trace: bool, lab: bool) -> list[str]:
    """The flags that load our plug-ins."""
    names = [*PLUGIN_NAMES, *(["regreen_pytest_trace"] if trace else []), *(["regreen_pytest_lab"] if lab else [])]
    return [part for name in names for part in ("-p", name)]


def selected(tests: Sequence[str], records: Path) -> dict[str, str]:
    """What our plug-in is told so that of all that is collected only these tests run."""
    (records / "select.json").write_text(json.dumps([test.rstrip("/") for test in tests]), encoding="utf-8")
    return {"REGREEN_SELECT": str(records / "select.json")}


def new_key() -> str:
    """A secret of one run: only rows sealed with it are its plug-ins' own."""
    return secrets.token_hex(16)


def with_key(command: Command, key: str) -> Command:
    """The command with the key of its records in the environment, for every pytest below it."""
    return replace(command, env={**command.env, "REGREEN_KEY": key})


def with_key_file(command: Command, key: str, records: Path) -> Command:
    """The command with the key of its records in a file, which the plug-in reads and removes before it does anything.

    What stands in the environment of a process stays readable in /proc to its end.
    """
    path = records / "key"
    path.touch(0o600)
    path.write_text(key, encoding="ascii")
    return replace(command, env={**command.env, "REGREEN_KEY_FILE": str(path)})


def with_first(command: Command, first: Sequence[str], records: Path) -> Command:
    """The command that runs the tests in `first` before all others."""
    if not first:
        return command
    (records / "first.json").write_text(json.dumps(list(first)), encoding="utf-8")
    return replace(command, env={**command.env, "REGREEN_FIRST": str(records / "first.json")})
