"""What the tools work on: one workspace and the way to run its tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tools.patch.validate import DEFAULT_CHECKS, Check
from tools.testing.results import TestRun
from tools.workspace.checkout import Workspace


@dataclass(frozen=True, slots=True)
class ToolContext:
    """Handed to every tool as its first argument.

    `run_tests` takes node ids or paths (none: the target tests) and runs them in the workspace.
    """

    workspace: Workspace
    run_tests: Callable[[tuple[str, ...]], TestRun]
    checks: tuple[Check, ...] = field(default=tuple(DEFAULT_CHECKS))
