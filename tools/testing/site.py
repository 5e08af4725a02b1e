"""A workspace with the way to run its tests; opened for each purpose, always from a commit."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from tools.errors import ToolError
from tools.testing.command import CommandRunner
from tools.testing.interpreter import Interpreter
from tools.testing.run import Runner, RunsTests
from tools.testing.tox import tox_variables
from tools.workspace.checkout import Maker, Workspace, make_worktree
from tools.workspace.git import Repository
from tools.workspace.limits import UNLIMITED, Limits
from tools.workspace.sandbox import Room, Sandbox


@dataclass(frozen=True, slots=True)
class TestCommand:
    """A command that runs the tests, and the pattern of JUnit files it writes below the tree; "" for none."""

    __test__: ClassVar[bool] = False

    line: str = ""
    report: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """A checkout and its runner."""

    workspace: Workspace
    runner: RunsTests
    _shelf: list[Site] = field(repr=False, compare=False)

    def close(self) -> None:
        """Give the checkout back, for whoever opens its commit next."""
        self._shelf.append(self)


@dataclass(frozen=True, slots=True)
class Sites:
    """Opens sites of one repository below `home`, where all stay. `test_root` is relative to the repository's root.

    `command` runs the tests instead of pytest, where it says anything. `limits` are for all processes of each run;
    `hidden` are paths that a sandbox keeps from them. A lab has `lab_workers` processes.
    """

    repository: Repository
    interpreter: Interpreter
    fence: Callable[[Room], Sandbox]
    test_root: str
    env: Mapping[str, str]
    home: Path
    maker: Maker = make_worktree
    command: TestCommand = TestCommand()
    limits: Limits = UNLIMITED
    hidden: tuple[Path, ...] = ()
    lab_workers: int = 2
    _numbers: Iterator[int] = field(default_factory=itertools.count, repr=False)
    _shelf: list[Site] = field(default_factory=list, init=False, repr=False, compare=False)

    def open(self, commit: str, *, anew: bool = False) -> Site:
        """A checkout of `commit` and a runner for it; one that was given back serves again, unless it is to be `anew`.

        What tests hid from `Workspace.reset` there, such as files in folders that git ignores, is met again.
        """
        while self._shelf and not anew:
            site = self._shelf.pop()
            try:
                if site.workspace.origin == commit:
                    site.workspace.restart()
                    return site
            except (ToolError, OSError):
                pass  # a test left what cannot be undone
            site.workspace.remove()
        return self._made(commit)

    def _made(self, commit: str) -> Site:
        home = self.home / f"site-{next(self._numbers)}"
        workspace = self.maker(self.repository, commit, home)
        io = home / "io"
        io.mkdir()
        roots = self.interpreter.import_roots(self.repository.root)
        room = Room(workspace, io, self.interpreter.readable, self.env, roots, self.limits, self.hidden)
        spared = [prefix for prefix in self.interpreter.prefixes if prefix.is_relative_to(self.repository.root)]
        foreign = self.repository.root
        runner = Runner(self.fence(room), self.interpreter, self.test_root, io, foreign, tuple(spared))
        if not self.command.line:
            return Site(workspace, runner, self._shelf)
        line, report = self.command.line, self.command.report
        extra = tox_variables(line, self.repository.root / self.test_root, io)
        return Site(workspace, CommandRunner(runner, line, workspace.tree, report, extra), self._shelf)
