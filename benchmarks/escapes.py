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
from tools.workspace.sandbox import Room, Sandbox, landlock
from tools.workspace.sandbox.bubblewrap import Bubblewrap, gaps
from tools.workspace.sandbox.landlock import Landlock
from tools.workspace.sandbox.none import NoSandbox

# Landlock with namespaces of its own, and as where those are forbidden.
LEVELS: dict[str, Callable[[Room], Sandbox]] = {
    "bubblewrap": Bubblewrap,
    "landlock": partial(Landlock, own_spaces=True),
    "landlock_alone": partial(Landlock, own_spaces=False),
}
# Without namespaces all can see who else runs.
KNOWN = {"landlock_alone": {"see another process"}}


def measure(*, quick: bool) -> Result:
    """Make every attempt in every level; the goal is that none gets out but what is known to."""
    missing = [gap for gap in (*gaps(), *landlock.gaps_with(own_spaces=True)) if gap]
    if missing:
        raise OSError(f"bubblewrap or Landlock does not work here: {'; '.join(missing)}")
    every, count = (5, 5) if quick else (1, 40)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder).resolve() / "home"
        home.mkdir()
        os.environ["HOME"] = str(home)  # what the sandbox hides
        with new_world(Path(folder).resolve(), home) as world:
            found = {level: _made(world, fence, every) for level, fence in LEVELS.items()}
            times = _milliseconds(world, count)
    found["none"] = contained(every)
    _print(found)
    figures = {"attempts": _count(found["bubblewrap"]), "none_attempts": _count(found["none"])}
    figures |= {f"{level}_escaped": len(_escaped(acts)) for level, acts in found.items()}
    figures |= {f"{name}_ms": round(value, 1) for name, value in times.items()}
    goals = {f"{level}_escaped": at_most(len(_escaped(found[level]) - KNOWN.get(level, set())), 0) for level in LEVELS}
    goals["overhead_ms"] = at_most(round(times["bubblewrap"] - times["plain"], 1), 20)
    return Result(figures, goals if quick else goals | {"attempts": at_least(figures["attempts"], 40)})


def _made(world: World, fence: Callable[[Room], Sandbox], every: int) -> dict[str, dict[str, str]]:
    """How each attempt got out, by act and name."""
    return {
        act: {name: world.escapes(code, fence) for at, (name, code) in enumerate(attempts.items()) if at % every == 0}
        for act, attempts in ATTEMPTS.items()
    }


def _milliseconds(world: World, count: int) -> dict[str, float]:
    """The least time of a command that does nothing: started plainly, by regreen without a sandbox, in each level."""
    tree = world.room.workspace.tree

    def plainly() -> None:
        subprocess.run(["true"], cwd=tree, env=dict(world.room.env), capture_output=True, check=True)

    fenced = {name: fence(world.room).wrap(["true"], ".") for name, fence in {"none": NoSandbox, **LEVELS}.items()}
    ways: dict[str, Callable[[], None]] = {"plain": plainly}
    ways |= {name: partial(_run, command) for name, command in fenced.items()}
    least = dict.fromkeys(ways, float("inf"))
    for _ in range(count):
        for name, way in ways.items():
            started = time.perf_counter()
            way()
            least[name] = min(least[name], (time.perf_counter() - started) * 1000)
    return least


def _run(command: Command) -> None:
    run_command(command, 10)


def _print(found: dict[str, dict[str, dict[str, str]]]) -> None:
    print(f"{'held back':28}" + "".join(f"{level:>16}" for level in found))
    for act in found["none"]:
        print(f"{act:28}" + "".join(f"{_held(acts[act]):>16}" for acts in found.values()))
    for level in LEVELS:
        for attempts in found[level].values():
            print(*(f"  out of {level}: {name}: {how}\n" for name, how in attempts.items() if how), sep="", end="")
    held = [name for attempts in found["none"].values() for name, how in attempts.items() if not how]
    print(f"held back without a sandbox, too: {'; '.join(held)}")


def _held(attempts: dict[str, str]) -> str:
    return f"{sum(not how for how in attempts.values())} of {len(attempts)}"


def _count(acts: dict[str, dict[str, str]]) -> float:
    return sum(len(attempts) for attempts in acts.values())


def _escaped(acts: dict[str, dict[str, str]]) -> set[str]:
    return {name for attempts in acts.values() for name, how in attempts.items() if how}
