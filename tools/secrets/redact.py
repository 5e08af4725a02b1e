"""Redaction: every secret in a text becomes a placeholder, the same one each time it turns up in a run."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from tools.secrets.environment import secret_values
from tools.secrets.rules import found_in

# Fields that hold code which is applied or shown as it is: a changed patch would be another patch.
UNTOUCHED = frozenset({"patch", "patches", "model_patch", "test_patch"})


class Redactor:
    """Replaces exact values first, then what the rules find. Placeholders are `[secret:KIND:NUMBER]`."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        known = secret_values(environ or {})
        self._known = sorted(known.values(), key=len, reverse=True)
        self._placeholders: dict[str, str] = {}
        self._lock = threading.Lock()

    def text(self, text: str) -> str:
        """The text without secrets; one without any comes back as it is."""
        for value in self._known:
            if value in text:
                text = text.replace(value, self._placeholder("environment", value))
        places = sorted(found_in(text), key=lambda place: (place[1], -place[2]))
        parts, end = [], 0
        for kind, start, stop in places:
            if start >= end and not text[start:stop].startswith("[secret:"):
                parts += [text[end:start], self._placeholder(kind, text[start:stop])]
                end = stop
        return "".join([*parts, text[end:]]) if parts else text

    def fields(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Named JSON values without secrets; those that hold patches stay as they are."""
        return {name: part if name in UNTOUCHED else self.value(part) for name, part in fields.items()}

    def value(self, value: object) -> object:
        """JSON values without secrets; fields with patches stay as they are."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(key)): part for key, part in self.fields(value).items()}
        if isinstance(value, list | tuple):
            return [self.value(part) for part in value]
        return value

    def _placeholder(self, kind: str, secret: str) -> str:
        with self._lock:
            return self._placeholders.setdefault(secret, f"[secret:{kind}:{len(self._placeholders) + 1}]")
