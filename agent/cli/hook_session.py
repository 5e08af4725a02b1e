"""One call of the hook from settings to exit code. Heavy modules are imported where tests run: most calls run none."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from agent.cli.output import excuse, translated
from agent.cli.places import Place, find_place
from agent.core.config import Config, load_config, load_section
from agent.core.errors import RegreenError, UsageProblem
from agent.core.verdict import Status
from agent.hook.impact import impact_of
from agent.hook.settings import HookSettings
from agent.hook.subject import Subject, pushed, ranged, staged
from agent.run.budget import Budget
from tools.errors import ToolError
from tools.testing.memory import Memory

STEPS = 40


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be checked, as the command line says it."""

    stage: str
    remote: str
    from_ref: str | None
    to_ref: str | None
    all_files: bool


def run_hook(cwd: Path, asked: Asked, own: Mapping[str, object], flags: Mapping[str, object]) -> int:
    """Check, tell, and give 1 for red, else 0; trouble of our own lets the commit pass unless `strict`."""
    environ = dict(os.environ)  # as git set it: whoever calls git of ours forgets that
    place = find_place(cwd)
    settings = load_section("hook", HookSettings(), place.repository.root, environ, own)
    config = load_config(place.repository.root, environ, flags)
    config = replace(config, test_command=settings.test_command or config.test_command)
    forget_own_environment()
    budget = Budget(STEPS, settings.max_seconds)
    try:
        return max((_checked(subject, place, config, settings, budget) for subject in _subjects(asked, place, environ)),
                   default=0)  # fmt: skip
    except UsageProblem:
        raise
    except (RegreenError, ToolError, OSError) as error:
        status, message, hint = translated(error)
        if status is Status.INTERNAL_ERROR:
            raise
        return excuse(status, message, hint, strict=settings.strict)


def _subjects(asked: Asked, place: Place, environ: Mapping[str, str]) -> Iterator[Subject]:
    repository = place.repository
    before = environ.get("PRE_COMMIT_FROM_REF") if asked.from_ref is None else asked.from_ref
    after = environ.get("PRE_COMMIT_TO_REF") if asked.to_ref is None else asked.to_ref
    if before is not None or after is not None:
        end = "HEAD" if after is None else after
        found = ranged(repository, end if before is None else before, end)
        yield replace(found, everything=asked.all_files)
    elif asked.stage == "pre-push" and environ.get("PRE_COMMIT") != "1":
        lines = [] if sys.stdin.isatty() else sys.stdin.read().splitlines()
        yield from pushed(repository, lines, asked.remote)
    else:
        yield staged(repository, environ, place.cwd, everything=asked.all_files)


def _checked(subject: Subject, place: Place, config: Config, settings: HookSettings, budget: Budget) -> int:
    memory = Memory(place.store.folder.parent / "hook", "spectra")
    impact = impact_of(place.repository, subject, memory)
    if not impact.tests:
        return 0
    from agent.cli.hook_run import Session

    session = Session(place, config, settings, budget, memory)
    return session.check(subject, impact)


def forget_own_environment() -> None:
    """pre-commit puts the environment that it made for us before the user's own, whose tests these are."""
    if os.environ.get("PRE_COMMIT") != "1" or os.environ.get("VIRTUAL_ENV") != sys.prefix:
        return
    del os.environ["VIRTUAL_ENV"]
    own = str(Path(sys.prefix) / "bin")
    os.environ["PATH"] = os.pathsep.join(part for part in os.environ.get("PATH", "").split(os.pathsep) if part != own)
