"""Which sandbox a run gets, and the one line that says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from tools.errors import ToolError
from tools.workspace.sandbox import Room, Sandbox
from tools.workspace.sandbox.bubblewrap import Bubblewrap, gaps
from tools.workspace.sandbox.none import NoSandbox


def choose_sandbox(mode: Literal["auto", "require", "off"]) -> tuple[Callable[[Room], Sandbox], str]:
    """The sandbox to build for each room and a sentence about it; ToolError `no-sandbox` when one is required."""
    if mode == "off":
        return NoSandbox, "sandbox: off, as asked; nothing is enforced"
    found = gaps()
    if not found:
        return Bubblewrap, "sandbox: bubblewrap"
    if mode == "require":
        raise ToolError(
            "no-sandbox", f"no sandbox works here ({found[0]})", "install bubblewrap, or use --sandbox auto"
        )
    return NoSandbox, f"sandbox: none ({found[0]}); nothing is enforced"
