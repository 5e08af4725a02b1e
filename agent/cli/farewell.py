"""Says in time that a model ends: before the first request of a run, by the catalog and by the endpoint's own list."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

from agent.cli.endpoint import Endpoint
from agent.core.message import Message, Reply
from agent.core.protocols import Model
from agent.models.connection import ClientFactory, Connection, open_client
from agent.models.lifecycle import changes, ending
from agent.models.listing import listed
from tools.files import write_whole
from tools.spec import ToolSpec

LISTING_SECONDS = 10.0
# The list is read beside the first test run; nobody waits for it longer than this.
PATIENCE_SECONDS = 0.5


class Farewell:
    """What is to be told of a model's end, once a run; its last day at the endpoint is read there once a day."""

    def __init__(
        self,
        endpoint: Endpoint,
        client_factory: ClientFactory = open_client,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._endpoint = endpoint
        self._patience_seconds = patience_seconds
        self._client_factory = client_factory
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._day: date | None = None
        self._is_told = False

    def look(self) -> None:
        """Begin to read the endpoint's list, in the background."""
        if self._thread.ident is None:
            self._thread.start()

    def notes(self, today: date) -> list[str]:
        """The sentences that are due: that it ends, each time; what changes then, only once."""
        if self._is_told:
            return []
        self._is_told = True
        if self._thread.ident is not None:
            self._thread.join(self._patience_seconds)
        asked, card, successor = self._endpoint.asked, self._endpoint.card, self._endpoint.successor
        warning = ending(replace(card, shutdown=self._day or card.shutdown), today)
        told = ""
        if asked.name != card.name:
            told = changes(asked, card)
        elif warning and successor is not None:
            told = changes(card, successor)
        return [note for note in (warning, told if self._is_new(told) else "") if note]

    def _is_new(self, told: str) -> bool:
        """Whether this was never told before; it is told again where that cannot be kept."""
        path = self._endpoint.profile.with_suffix(".told")
        if not told or _read(path) == told:
            return False
        _write(path, told)
        return True

    def _look(self) -> None:
        path = self._endpoint.profile.with_suffix(".listed")
        today = date.today().isoformat()
        read, _, day = _read(path).partition(" ")
        if read != today:
            url, key = self._endpoint.url, self._endpoint.key
            connection = Connection(url, key, lambda: LISTING_SECONDS, self._client_factory)
            row = listed(connection.client, self._endpoint.card.name)
            day = row.shutdown.isoformat() if row is not None and row.shutdown is not None else ""
            _write(path, f"{today} {day}")
        self._day = date.fromisoformat(day) if day else None


class Announcing:
    """A model before whose first request of a run the user is told what is due."""

    def __init__(self, model: Model, farewell: Farewell, note: Callable[[str], None]) -> None:
        self._model = model
        self._farewell = farewell
        self._note = note

    def complete(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> Reply:
        """The model's own reply."""
        for text in self._farewell.notes(date.today()):
            self._note(text)
        return self._model.complete(messages, tools)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _write(path: Path, text: str) -> None:
    """Keep a text, if that is possible."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(path, text)
