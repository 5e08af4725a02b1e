"""What models cost today, in all runs of this user: one small file, locked while it is read and written."""

from __future__ import annotations

import fcntl
import json
import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from agent.core.errors import DaySpent, InfraFailure

NAME = "spent.json"
MAX_BYTES = 4096


@dataclass(slots=True)
class Day:
    """USD spent or set aside on one day."""

    day: str
    usd: float


class Spending:
    """Sets money aside before a request and settles it afterwards, so that runs side by side keep one limit together.

    Without a limit it only counts, where it can. What a killed run had set aside stays counted: nobody knows any more
    what its request cost.
    """

    def __init__(self, folder: Path, limit_usd: float | None, today: Callable[[], date] = date.today) -> None:
        self._path = folder / NAME
        self._limit = limit_usd
        self._today = today
        self._set_aside_on = ""

    def set_aside(self, usd: float) -> None:
        """Count the most that a request can cost; DaySpent when it does not fit into today any more."""
        with self._opened() as day:
            if self._limit is not None and day.usd + usd > self._limit:
                told = f"${day.usd:.4f} are spent or set aside today, the next call could cost ${usd:.4f}"
                hint = "raise --max-cost-per-day, or go on tomorrow with `regreen resume`"
                raise DaySpent(f"the limit of ${self._limit:g} a day: {told}", hint)
            day.usd += usd
            self._set_aside_on = day.day

    def settle(self, set_aside: float, spent: float) -> None:
        """Count what the request did cost instead; what was set aside before midnight is gone with its day."""
        with self._opened() as day:
            day.usd = max(0.0, day.usd - (set_aside if day.day == self._set_aside_on else 0.0)) + spent

    def left_usd(self) -> float | None:
        """What today's limit still allows beside all that is set aside now; None without a limit."""
        if self._limit is None:
            return None
        with self._opened() as day:
            return self._limit - day.usd

    @contextmanager
    def _opened(self) -> Iterator[Day]:
        """Today's sum, written back when the block has ended without an error."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as error:
            if self._limit is not None:
                hint = "make it writable, or go without max_cost_per_day"
                raise InfraFailure(f"{self._path}: {error.strerror}; it holds what is spent today", hint) from error
            yield Day("", 0.0)
            return
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            day = self._read(os.pread(file, MAX_BYTES, 0))
            yield day
            text = json.dumps({"day": day.day, "usd": round(day.usd, 9)}).encode()
            os.ftruncate(file, 0)
            os.pwrite(file, text, 0)
        finally:
            os.close(file)  # which lets go of the lock, too

    def _read(self, content: bytes) -> Day:
        today = self._today().isoformat()
        if not content:
            return Day(today, 0.0)
        try:
            row = json.loads(content)
            day, usd = str(row["day"]), float(row["usd"])
            if not 0 <= usd < math.inf:
                raise ValueError(f"{usd} is no sum")
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            if self._limit is None:
                return Day(today, 0.0)
            raise InfraFailure(f"{self._path} cannot be read: it holds what is spent today", "remove it") from error
        return Day(day, usd) if day == today else Day(today, 0.0)
