"""Which sandbox a run gets, and the one line that says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from tools.errors import ToolError
from tools.workspace.sandbox import Room, Sandbox, bubblewrap, landlock, seatbelt
from tools.workspace.sandbox.none import NoSandbox

Fence = Callable[[Room], Sandbox]


@dataclass(frozen=True, slots=True)
class Level:
    """A kind of sandbox; `gaps` tells what its self-test could do that it must not, or why it cannot start."""

    name: str
    fence: Fence
    gaps: Callable[[], tuple[str, ...]]
    may_have_gaps: bool = True

    @property
    def starts(self) -> bool:
        """Whether it can be had here at all."""
        return not any(gap.startswith("start") for gap in self.gaps())


BUBBLEWRAP = Level("bubblewrap", bubblewrap.Bubblewrap, bubblewrap.gaps, may_have_gaps=False)
SEATBELT = Level("seatbelt", seatbelt.Seatbelt, seatbelt.gaps)
LANDLOCK = Level("landlock and seccomp", landlock.Landlock, landlock.gaps)
LEVELS = (BUBBLEWRAP, SEATBELT, LANDLOCK)
HINT = "install bubblewrap, or use --sandbox auto"


def best_level(levels: Sequence[Level] = LEVELS) -> Level | None:
    """The first level that leaves no gap; else the first of those that may leave some; None where nothing works."""
    whole = next((level for level in levels if not level.gaps()), None)
    # A bubblewrap with gaps is a broken one.
    return whole or next((level for level in levels if level.may_have_gaps and level.starts), None)


def choose_sandbox(mode: Literal["auto", "require", "off"], levels: Sequence[Level] = LEVELS) -> tuple[Fence, str]:
    """The sandbox to build for each room and a sentence about it; ToolError `no-sandbox` when one is required.

    One that is required leaves no gap.
    """
    if mode == "off":
        return NoSandbox, "sandbox: off, as asked; nothing is enforced"
    level = best_level(levels)
    if level is not None and not level.gaps():
        return level.fence, f"sandbox: {level.name}"
    why = levels[0].gaps()[0]
    if mode == "require":
        but = f"; {level.name} lets tests {', '.join(level.gaps())}" if level else ""
        raise ToolError("no-sandbox", f"no sandbox works here ({why}{but})", HINT)
    if level is None:
        return NoSandbox, f"sandbox: none ({why}); nothing is enforced"
    return level.fence, f"sandbox: {level.name} ({why}); not enforced: {', '.join(level.gaps())}"


def gaps_of(fence: Fence) -> tuple[str, ...]:
    """What tests can do in a sandbox that was chosen although they must not; none are told where there is none."""
    return next((level.gaps() for level in LEVELS if level.fence is fence), ())
