"""What gets out of a sandbox? Every attempt is made by real code, in each level, and judged from outside.

Without a sandbox the attempts run in a container of their own: most must get out, or they would show nothing. The last
figures are what a command costs: the least of many times, for a shared machine disturbs the others.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks._escapes.attempts import ATTEMPTS
from benchmarks._escapes.unfenced import contained
from benchmarks._escapes.world import World, new_world
from benchmarks._result import Result, at_least, at_most
from tools.workspace.process import Command, run_command
from tools.workspace.sandbox.bubblewrap import Bubblewrap, gaps
from tools.workspace.sandbox.none import NoSandbox


def measure(*, quick: bool) -> Result:
    """Make every attempt in every level; the goal is that none gets out of bubblewrap."""
    if gaps():
        raise OSError(f"bubblewrap does not work here: {'; '.join(gaps())}")
    every, count = (5, 5) if quick else (1, 40)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder).resolve() / "home"
        home.mkdir()
        os.environ["HOME"] = str(home)  # what the sandbox hides
        with new_world(Path(folder).resolve(), home) as world:
            fenced = {act: _fenced(world, attempts, every) for act, attempts in ATTEMPTS.items()}
            plain_ms, none_ms, bubblewrap_ms = _milliseconds(world, count)
    unfenced = contained(every)
    _print(fenced, unfenced)
    figures = {
        "attempts": _count(fenced),
        "bubblewrap_escaped": _escaped(fenced),
        "none_attempts": _count(unfenced),
        "none_escaped": _escaped(unfenced),
        "plain_ms": round(plain_ms, 1),
        "none_ms": round(none_ms, 1),
        "bubblewrap_ms": round(bubblewrap_ms, 1),
    }
    goals = {
        "bubblewrap_escaped": at_most(figures["bubblewrap_escaped"], 0),
        "overhead_ms": at_most(round(bubblewrap_ms - plain_ms, 1), 20),
    }
    return Result(figures, goals if quick else goals | {"attempts": at_least(figures["attempts"], 40)})


def _fenced(world: World, attempts: dict[str, str], every: int) -> dict[str, str]:
    chosen = [(name, code) for at, (name, code) in enumerate(attempts.items()) if at % every == 0]
    return {name: world.escapes(code, Bubblewrap) for name, code in chosen}


def _milliseconds(world: World, count: int) -> list[float]:
    """The least time of a command that does nothing: started plainly, by regreen without a sandbox, in bubblewrap."""
    tree = world.room.workspace.tree

    def plainly() -> None:
        subprocess.run(["true"], cwd=tree, env=dict(world.room.env), capture_output=True, check=True)

    fenced = [fence(world.room).wrap(["true"], ".") for fence in (NoSandbox, Bubblewrap)]
    ways: list[Callable[[], None]] = [plainly, *(partial(_run, command) for command in fenced)]
    seconds: list[list[float]] = [[] for _ in ways]
    for _ in range(count):
        for way, found in zip(ways, seconds, strict=True):
            started = time.perf_counter()
            way()
            found.append(time.perf_counter() - started)
    return [min(found) * 1000 for found in seconds]


def _run(command: Command) -> None:
    run_command(command, 10)


def _print(fenced: dict[str, dict[str, str]], unfenced: dict[str, dict[str, str]]) -> None:
    print(f"{'held back':28}{'bubblewrap':>14}{'none':>14}")
    for act, attempts in fenced.items():
        print(f"{act:28}{_held(attempts):>14}{_held(unfenced[act]):>14}")
        for name, how in attempts.items():
            if how:
                print(f"  out of bubblewrap: {name}: {how}")
    held = [name for attempts in unfenced.values() for name, how in attempts.items() if not how]
    print(f"held back without a sandbox, too: {'; '.join(held)}")


def _held(attempts: dict[str, str]) -> str:
    return f"{sum(not how for how in attempts.values())} of {len(attempts)}"


def _count(acts: dict[str, dict[str, str]]) -> float:
    return sum(len(attempts) for attempts in acts.values())


def _escaped(acts: dict[str, dict[str, str]]) -> float:
    return sum(bool(how) for attempts in acts.values() for how in attempts.values())
