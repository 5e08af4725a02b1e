"""A model that plays a list: the fake for tests of everything that asks one."""

from __future__ import annotations

from collections.abc import Sequence

from agent.core.errors import RegreenError
from agent.core.message import Message, Reply
from agent.core.usage import Usage
from tools.spec import ToolSpec

THE_END = Reply("the script has ended", (), Usage(), "scripted", "stop")


class ScriptedModel:
    """Gives its replies, and raises its errors, in order; `heard` and `offered` keep what it was sent."""

    def __init__(self, script: Sequence[Reply | RegreenError]) -> None:
        self._script = tuple(script)
        self.heard: list[tuple[Message, ...]] = []
        self.offered: list[tuple[ToolSpec, ...]] = []

    def complete(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> Reply:
        """The next of the script; after the last one, words that say so."""
        at = len(self.heard)
        self.heard.append(tuple(messages))
        self.offered.append(tuple(tools))
        came = self._script[at] if at < len(self._script) else THE_END
        if isinstance(came, RegreenError):
            raise came
        return came
