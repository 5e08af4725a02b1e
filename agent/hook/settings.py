"""Settings of the hook: the section `[tool.regreen.hook]`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HookSettings:
    """`max_seconds` of wall time for everything, `max_cost` in USD; with 0 the embedded engine works alone.

    `test_command` runs the tests of the hook, where it is not the one of other runs: without slow tests, say.
    """

    max_seconds: float = 20.0
    max_cost: float = 0.0
    model: str = ""
    test_command: str = ""
    strict: bool = False
    autofix: bool = False
