"""The journal: a line of JSON an event, `{v, seq, time, event, …}`, flushed to disk before the run goes on.

Readers skip events they do not know. A run is done only with `run_ended`; a last line cut short by a crash is dropped.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VERSION = 1
NAME = "journal.jsonl"


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the journal; `fields` are the event's own."""

    seq: int
    time: float
    event: str
    fields: Mapping[str, Any]


class Journal:
    """Appends events of one run; `on_event` sees each after it is on disk. `redact` takes secrets out of its fields.

    The file is a new one, unless the run `goes_on`.
    """

    def __init__(
        self,
        path: Path,
        on_event: Callable[[Event], None] = lambda event: None,
        redact: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda fields: fields,
        *,
        goes_on: bool = False,
    ) -> None:
        self.path = path
        self._redact = redact
        self._on_event = on_event
        self._seq = max((event.seq for event in read_journal(path)), default=0) if goes_on else 0
        path.parent.mkdir(parents=True, exist_ok=True)
        made = 0 if goes_on else os.O_CREAT | os.O_EXCL
        self._file = os.open(path, os.O_RDWR | os.O_APPEND | made, 0o600)
        size = os.fstat(self._file).st_size
        if size and os.pread(self._file, 1, size - 1) != b"\n":  # a line that a crash cut short stays alone
            os.write(self._file, b"\n")

    def append(self, name: str, /, **fields: Any) -> None:
        """Write one event; values must be JSON."""
        event = Event(self._seq + 1, round(time.time(), 3), name, self._redact(fields))
        row = {"v": VERSION, "seq": event.seq, "time": event.time, "event": name, **event.fields}
        os.write(self._file, (json.dumps(row, ensure_ascii=True) + "\n").encode("ascii"))
        self._seq = event.seq
        os.fsync(self._file)
        self._on_event(event)

    def close(self) -> None:
        """Close the file; nothing can be appended afterwards."""
        os.close(self._file)


def read_journal(path: Path) -> Iterator[Event]:
    """The events of a journal in order; OSError when it cannot be read."""
    for line in path.read_text(encoding="ascii", errors="replace").splitlines():
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict) and row.get("v") == VERSION and _is_event(row):
            fields = {key: value for key, value in row.items() if key not in ("v", "seq", "time", "event")}
            yield Event(row["seq"], row["time"], row["event"], fields)


def _is_event(row: Mapping[str, Any]) -> bool:
    seq, when = row.get("seq"), row.get("time")
    is_time = type(when) is int or (isinstance(when, float) and math.isfinite(when))
    return type(seq) is int and is_time and isinstance(row.get("event"), str)
