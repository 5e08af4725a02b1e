"""A batch while it goes on: a live table on a terminal, a line a task elsewhere; both on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from agent.batch.folder import Ended
from agent.batch.run import Tally

if TYPE_CHECKING:
    from rich.console import Group
    from rich.live import Live

REFRESH_SECONDS = 0.5
SHOWN = 12


class Board:
    """Shows progress, outcomes, costs and the time left. Use as a context manager."""

    def __init__(self, workers: int, total: int) -> None:
        self._workers = workers
        self._total = total
        self._began = time.monotonic()
        self._tally: Tally | None = None
        self._latest: list[Ended] = []
        self._live: Live | None = None
        self._shown = 0.0

    def __enter__(self) -> Board:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.live import Live

            # Drawn by hand: a thread of its own would draw while processes are started.
            self._live = Live(console=Console(stderr=True), auto_refresh=False, transient=True)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def begin(self, tally: Tally) -> None:
        """Say what is known before anything is started."""
        self._tally = tally
        failed = len(tally.ends) - tally.done
        again = f", to be tried again: {failed}" if failed else ""
        self._say(f"tasks: {self._total}, done before: {tally.done}{again}")

    def ended(self, tally: Tally, end: Ended) -> None:
        """A task has ended."""
        cost = "cost unknown" if end.spent_usd is None else f"${end.spent_usd:.2f}"
        again = "" if end.is_done else " (not done)"
        self._say(f"[{tally.done}/{self._total}] {end.instance_id}  {end.status}{again}  {end.seconds:.1f} s  {cost}")
        self._latest = [*self._latest, end][-SHOWN:]

    def running(self, names: Sequence[str]) -> None:
        """Is told again and again which tasks run."""
        if self._live is None or self._tally is None or time.monotonic() - self._shown < REFRESH_SECONDS:
            return
        self._shown = time.monotonic()
        self._live.update(self._table(self._tally, names), refresh=True)

    def _say(self, line: str) -> None:
        if self._live is not None:
            self._live.console.print(line, markup=False, highlight=False)
        else:
            print(line.encode("utf-8", "backslashreplace").decode(), file=sys.stderr, flush=True)

    def _table(self, tally: Tally, names: Sequence[str]) -> Group:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, show_header=False)
        now = time.monotonic()
        for name in names[:SHOWN]:
            table.add_row(Text(name), f"{now - tally.running.get(name, now):.0f} s")
        head = f"{tally.done} of {self._total} done · ${tally.spent_usd:.2f} · {self._time_left(tally)}"
        return Group(Text(head), table)

    def _time_left(self, tally: Tally) -> str:
        """By how long the tasks of this call took so far."""
        if not tally.fresh:
            return "time left: not known yet"
        each = (time.monotonic() - self._began) / tally.fresh
        minutes, seconds = divmod(round(each * (self._total - tally.done)), 60)
        return f"about {minutes} min {seconds:02d} s left"
