"""Tests run by a command of the user's; a pytest below it reports to our plug-ins, else JUnit or its exit code tells.

In the command `{tests}` stands for the wanted tests and `{junit}` for a file it may write; wanted tests are appended
where it plainly is pytest.
"""

from __future__ import annotations

import os
import re
import shlex
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tools.errors import ToolError
from tools.testing.calm import read_switched_off
from tools.testing.canary import ManyCanaries
from tools.testing.command_result import command_run, session_runs, with_exit_code
from tools.testing.interpreter import PLUGINS
from tools.testing.layout import files_of
from tools.testing.results import TEST_COMMAND, TestRun
from tools.testing.run import Runner, new_key, plugin_flags, selected, with_first, with_key
from tools.workspace.process import Command, Finished, run_command
from tools.workspace.sandbox import Sandbox

NOT_RUN = (126, 127)  # the shell's codes for what it cannot run or find
PYTESTS = frozenset({"pytest", "py.test"})
BEFORE_PYTEST = frozenset({"-m", "run", "exec"})
SHELL = frozenset(";&|\n<>()`$")
ANY_PYTHON = PLUGINS / "any_python"

Stamps = Mapping[Path, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class CommandRunner:
    """Runs `line` in a shell, in the place of `inner`; `tree` is the workspace's as we see it.

    `report` is a pattern of JUnit files below the tree that the command is known to write.
    """

    inner: Runner
    line: str
    tree: Path
    report: str = ""
    extra_env: Mapping[str, str] = field(default_factory=dict)
    canaries: bool = False

    @property
    def sandbox(self) -> Sandbox:
        return self.inner.sandbox

    @property
    def cwd(self) -> str:
        return self.inner.cwd

    @property
    def io(self) -> Path:
        return self.inner.io

    @property
    def is_command(self) -> bool:
        return True

    def as_configured(self) -> CommandRunner:
        """The same with the target's own random order, reruns, workers and coverage."""
        return replace(self, inner=self.inner.as_configured())

    def with_canaries(self) -> CommandRunner:
        """The same with two tests of ours in each pytest below it; what tells otherwise has none."""
        return replace(self, canaries=True)

    def up_to_red(self) -> CommandRunner:
        """The same, each pytest below it ended by its first red test."""
        return replace(self, inner=self.inner.up_to_red())

    def run(
        self, tests: Sequence[str] = (), *, timeout_seconds: float, trace: bool = False, first: Sequence[str] = ()
    ) -> TestRun:
        """Run the command; of tests that it cannot be told apart all run.

        Raises ToolError `test-command` when there is no such command.
        """
        with tempfile.TemporaryDirectory(dir=self.io, prefix="run-") as folder:
            records = Path(folder)
            command = with_first(self.command(tests, records, trace=trace), first, records)
            before = self._reports()
            key, canaries = new_key(), ManyCanaries.new() if self.canaries else ManyCanaries()
            canaries.tell(records)
            finished = run_command(with_key(command, key), timeout_seconds)
            written = [path for path, stamp in self._reports().items() if before.get(path) != stamp]
            run = session_runs(records, self.sandbox.tree, finished, key, canaries)
            return self._read(records, finished, run, [*records.glob("junit.xml"), *written])

    def command(self, tests: Sequence[str], records: Path, *, trace: bool = False, lab: bool = False) -> Command:
        """The shell's call, with our plug-ins offered to any pytest below it."""
        known = self._known(tests)
        line = self.line.replace("{junit}", shlex.quote(str(records / "junit.xml")))
        paths = shlex.join(known if "{tests}" in line else files_of(known))
        if "{tests}" in line:
            line = line.replace("{tests}", paths)
        elif paths and is_pytest(line):
            line = f"{line} {paths}"
        command = self.sandbox.wrap(["sh", "-c", line], self.cwd)
        flags = [*plugin_flags(trace=trace, lab=lab), "--continue-on-collection-errors", "--rootdir"]
        flags += [os.path.normpath(self.sandbox.tree / self.cwd), "-o", f"cache_dir={records / 'cache'}"]
        env = {**command.env, **self.inner.variables(records), "PYTEST_ADDOPTS": shlex.join(flags)}
        env |= {"REGREEN_OFFERED": "1", **self.extra_env}
        env["PATH"] = os.pathsep.join([str(self.inner.interpreter.executable.parent), env.get("PATH", os.defpath)])
        if known:
            env |= selected(known, records)
        if trace:
            env["REGREEN_ANY_LINES"] = str(records / "any-lines.jsonl")
            env["PYTHONPATH"] = os.pathsep.join([str(ANY_PYTHON), env.get("PYTHONPATH", "")])
        return replace(command, env=env)

    def _known(self, tests: Sequence[str]) -> list[str]:
        """The wanted tests where all are paths or node ids of the tree; else none, which means all."""
        root = self.tree / self.cwd
        named = [test for test in tests if test not in ("", ".") and (root / test.split("::")[0]).exists()]
        return named if len(named) == len(tests) else []

    def _reports(self) -> Stamps:
        found = sorted(self.tree.glob(self.report)) if self.report else []
        states = {path: path.stat() for path in found if path.is_file() and not path.is_symlink()}
        return {path: (state.st_mtime_ns, state.st_size) for path, state in states.items()}

    def _read(self, records: Path, finished: Finished, run: TestRun | None, reports: Sequence[Path]) -> TestRun:
        if run is None and finished.exit_code in NOT_RUN and not finished.timed_out and not finished.over:
            raise ToolError(
                "test-command",
                f"the test command cannot be run: {_last_line(finished.output)}",
                "it runs in a shell in the folder that configures the tests; see that it works there",
            )
        if run is None:
            run = command_run(records, self.sandbox.tree, finished, reports)
        run = with_exit_code(run, self.sandbox.tree, finished)
        return replace(run, switched_off=read_switched_off(records / "calm.json"))


def is_pytest(line: str) -> bool:
    """Whether what is appended to a command line reaches pytest as arguments."""
    if SHELL.intersection(line):
        return False
    try:
        words = shlex.split(line)
    except ValueError:
        return False
    while words and re.match(r"\w+=", words[0]):
        words.pop(0)
    at = next((n for n, word in enumerate(words) if Path(word).name in PYTESTS), None)
    return at is not None and (at == 0 or words[at - 1] in BEFORE_PYTEST)


def only_by_exit_code(run: TestRun) -> str:
    """What of a run only an exit code tells, as a sentence; "" where every test is known and the command agrees."""
    if TEST_COMMAND not in run.statuses:
        return ""
    if len(run.statuses) == 1:
        return "only the exit code of the test command was seen, so which tests ran is not known"
    return "the test command fails, though every test it reports passes"


def _last_line(output: str) -> str:
    return next((line.strip() for line in reversed(output.splitlines()) if line.strip()), "it printed nothing")[:200]
