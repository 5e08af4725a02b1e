"""What the tools work on: one workspace and the way to run its tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tools.patch import Edit
from tools.patch.validate import DEFAULT_CHECKS, Check
from tools.testing.results import TestRun
from tools.workspace.checkout import Workspace


@dataclass(frozen=True, slots=True)
class ToolContext:
    """Handed to every tool as its first argument.

    `run_tests` takes node ids or paths (none: the target tests) and runs them in the workspace. `run_edits`, where
    there is a lab, gives runs of the target tests and those that edits can affect: without any, then with each edit.
    `denied` are patterns of files that are never read, beside those that hold secrets by their name. `ask`, where a
    person is there, takes a question and gives the answer, "" for none; it raises ToolError for one question too many.
    """

    workspace: Workspace
    run_tests: Callable[[tuple[str, ...]], TestRun]
    checks: tuple[Check, ...] = field(default=tuple(DEFAULT_CHECKS))
    run_edits: Callable[[Sequence[Edit]], Sequence[TestRun]] | None = None
    denied: tuple[str, ...] = ()
    ask: Callable[[str], str] | None = None
