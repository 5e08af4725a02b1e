"""A model that is told no secrets: the last thing before a request is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from agent.core.message import Message, Reply
from agent.core.protocols import Model
from tools.spec import ToolSpec


class Redacted:
    """Sends every message without its secrets; placeholders are stable, which keeps the provider's cache."""

    def __init__(self, model: Model, redact: Callable[[str], str]) -> None:
        self._model = model
        self._redact = redact
        self._known: dict[str, str] = {}

    def complete(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> Reply:
        """The wrapped model's reply to the messages without secrets."""
        return self._model.complete([replace(message, text=self._without(message.text)) for message in messages], tools)

    def _without(self, text: str) -> str:
        """Conversations only grow, so each text is looked at once."""
        if text not in self._known:
            self._known[text] = self._redact(text)
        return self._known[text]
