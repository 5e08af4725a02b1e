"""The order in which a search tries candidates: as they come, what needs a cold run seldom and later."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

from agent.repair.rank import Ranked
from agent.repair.templates import NARROWING
from tools.patch import Edit

Item = TypeVar("Item")

# One candidate that needs a cold run of the tests for so many that are tried warm, hundreds of times quicker.
WARM_FOR_A_COLD = 256


def in_time(items: Iterable[Item], until: Callable[[], float]) -> Iterator[Item]:
    """Items up to a time of the monotonic clock, which may come nearer meanwhile; none is taken that is not given."""
    coming = iter(items)
    while time.monotonic() <= until():
        try:
            yield next(coming)
        except StopIteration:
            return


class Order:
    """Candidates as they are ranked, but those that turn out to need a cold run come a second time, and seldom.

    Those of which it `is_known` that they fail do not come. `form` is equal for edits with one result.
    """

    def __init__(self, is_known: Callable[[Edit], bool], form: Callable[[Edit], Hashable]) -> None:
        self.ranked: dict[Edit, Ranked] = {}  # so far
        self.known: list[Ranked] = []
        self._is_known = is_known
        self._form = form
        self._narrows = self._runs_cold = self._is_coming = True
        self._cold: deque[Edit] = deque()
        self._second_time: set[Edit] = set()

    def first(self, ranked: Iterable[Ranked]) -> Iterator[Edit]:
        """All edits, and now and then one that was put off."""
        for number, item in enumerate(ranked, 1):
            yield from self._taken(item)
            if self._cold and self._runs_cold and number % WARM_FOR_A_COLD == 0:
                yield self._next_cold()
        self._is_coming = False

    def more(self, ranked: Iterable[Ranked]) -> Iterator[Edit]:
        """All edits with a result that none before has."""
        made = {self._form(edit) for edit in (*self.ranked, *(item.candidate.edit for item in self.known))}
        for item in ranked:
            form = self._form(item.candidate.edit)
            if form not in made:
                made.add(form)
                yield from self._taken(item)

    def rest(self) -> Iterator[Edit]:
        """Those that are still put off."""
        while self._cold and self._runs_cold:
            yield self._next_cold()

    @property
    def is_exhausted(self) -> bool:
        """Whether all that came first was given, and nothing is put off any more."""
        return not self._is_coming and not self._cold

    def settle(self, *, warm: bool) -> None:
        """Something passes: nothing that only narrows is tried any more, nor anything cold beside what is warm."""
        self._narrows = False
        self._runs_cold = not warm

    def put_off(self, edit: Edit) -> None:
        """Take back an edit that needs a cold run, or for which there was no time."""
        self._cold.append(edit)

    def is_first_time(self, edit: Edit) -> bool:
        return edit not in self._second_time

    def _taken(self, item: Ranked) -> Iterator[Edit]:
        if not self._narrows and item.candidate.template in NARROWING:
            return
        if self._is_known(item.candidate.edit):
            self.known.append(item)
            return
        self.ranked[item.candidate.edit] = item
        yield item.candidate.edit

    def _next_cold(self) -> Edit:
        edit = self._cold.popleft()
        self._second_time.add(edit)
        return edit
