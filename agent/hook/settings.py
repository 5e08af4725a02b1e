"""Settings of the hook: the section `[tool.regreen.hook]`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HookSettings:
    """`max_seconds` of wall time for everything, `max_cost` in USD; with 0 the embedded engine works alone."""

    max_seconds: float = 20.0
    max_cost: float = 0.0
    model: str = ""
    strict: bool = False
    autofix: bool = False
