"""The checks behind `regreen doctor`; each says what it found, none of them fails."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agent import __version__
from agent.cli.minds import choose_mind
from agent.cli.stage import limits_of
from agent.core.config import load_config
from agent.core.errors import RegreenError
from tools.errors import ToolError
from tools.testing.interpreter import find_interpreter
from tools.testing.layout import find_test_root
from tools.workspace.git import find_repository, run_git
from tools.workspace.limits import MB
from tools.workspace.sandbox.acts import ACTS
from tools.workspace.sandbox.choose import LEVELS, best_level

LIMITS = (
    "run on past the time limit",
    "leave processes behind",
    "write a file of more than 1 GiB",
    "leave a core file",
)
TOGETHER = ("use up the memory", "start very many processes", "fill the disk with many files")
ONLY_INSIDE = ("write to the git folder", "write outside through links and mounts", "reach sockets of the machine")


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: `ok` means regreen can work with what it found."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Act:
    """Something that tests must not do, and whether anything here keeps them from it."""

    name: str
    is_prevented: bool


def checkup(python: str | None) -> list[Finding]:
    """All checks, for the current folder."""
    checks: dict[str, Callable[[], str]] = {
        "regreen": lambda: f"{__version__} on Python {sys.version.split()[0]}",
        "git": lambda: run_git(["--version"], Path.cwd()).decode().strip(),
        "repository": _repository,
        "tests": lambda: _tests(python),
        "sandbox": _sandbox,
        "limits": _limits,
        "model": _model,
    }
    return [_checked(name, check) for name, check in checks.items()]


def acts() -> list[Act]:
    """What tests are kept from in the level in use, as its self-test has just tried, and their limits."""
    level = best_level()
    found = level.gaps() if level else (*ACTS, *ONLY_INSIDE)
    watched = sys.platform == "linux"  # by /proc
    limited = [*(Act(act, True) for act in LIMITS), *(Act(act, watched) for act in TOGETHER)]
    return [*(Act(act, act not in found) for act in (*ACTS, *ONLY_INSIDE)), *limited]


def _checked(name: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(name, True, check())
    except (ToolError, RegreenError) as error:
        return Finding(name, False, f"{error.message}; {error.hint}" if error.hint else error.message)


def _repository() -> str:
    repository = find_repository(Path.cwd())
    runs = repository.common_dir / "regreen"
    writable = os.access(repository.common_dir, os.W_OK)
    if not writable:
        raise ToolError("read-only", f"{repository.common_dir} is not writable", "regreen keeps its runs there")
    return f"{repository.root}; runs are kept in {runs}"


def _tests(python: str | None) -> str:
    try:
        root = find_repository(Path.cwd()).root
    except ToolError:
        root = Path.cwd()
    command = load_config(root, os.environ, {}).test_command
    interpreter = find_interpreter(python or "", root, Path.cwd(), os.environ, needs_pytest=not command)
    where = find_test_root(Path.cwd().resolve(), root)
    runner = f"`{command}`" if command else f"pytest {interpreter.packages['pytest']}"
    return f"{runner}, Python {interpreter.version} at {interpreter.executable} ({interpreter.found}), from {where}"


def _sandbox() -> str:
    level = best_level()
    why = LEVELS[0].gaps()
    if level is None and why[0].startswith("start"):
        raise ToolError("no-sandbox", f"none ({why[0]}); only the limits below are enforced", "install bubblewrap")
    if level is None:
        raise ToolError("no-sandbox", f"none, for bubblewrap here lets tests {', '.join(why)}", "see SECURITY.md")
    return f"{level.name} ({why[0]})" if why else level.name


def _limits() -> str:
    limits = limits_of(load_config(Path.cwd(), os.environ, {}), Path(tempfile.gettempdir()))
    bounds = (f"{limits.memory_bytes // MB:,} MB of memory", f"{limits.processes:,} processes and threads",
              f"{limits.disk_bytes // MB:,} MB of disk space")  # fmt: skip
    if sys.platform != "linux":
        raise ToolError("no-watch", f"not watched on this system: {', '.join(bounds)}", "see SECURITY.md")
    return f"a test run may use {', '.join(bounds)}"


def _model() -> str:
    config = load_config(Path.cwd(), os.environ, {})
    return choose_mind(config, os.environ).about.removeprefix("model: ")
