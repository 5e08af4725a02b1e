"""The search: candidates in rank order through the lab, failing tests first, then the passing tests that cover them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, dropwhile
from typing import Literal

from agent.core.protocols import Progress
from agent.localize.spectrum import Line
from agent.repair.apart import in_turns, mended_apart, mended_by, pairs
from agent.repair.covering import MAX_COVERING_SECONDS, covering_tests, green_tests
from agent.repair.order import Order, in_time
from agent.repair.rank import Ranked
from agent.repair.source import Module
from agent.repair.splice import normal_form
from tools.patch import Edit
from tools.testing.lab.lab import Lab
from tools.testing.lab.said import TrialResult
from tools.testing.results import GREEN, TestRun

ENOUGH_PLAUSIBLE = 12
# So many in vain, and it is asked whether the targets are one fault.
IN_VAIN = 2000
LOOKING_SHARE = 0.1  # of the time it was searched
MOST_IN_PAIRS = 30
MOST_LINES = 3
# After the first plausible one as many are tried as until then and some more, which seldom takes so long.
TRIED_MORE, SECONDS_MORE = 300, 4.0
# Of what needs cold runs so much is tried before edits that are made only where nothing passes.
COLD_SECONDS = 10.0
# Candidates that pass the failing tests are tried on the quickest tests that cover them, the first and the chosen
# one on more of them.
QUICK_COVERING_SECONDS = 0.5

InVain = Literal["pairs", "apart", "nothing"]
More = Callable[[Collection[Line] | None], Iterable[Ranked]]


@dataclass(frozen=True, slots=True)
class Findings:
    """What a search found: plausible candidates as they were found, and whether time ran out first.

    `tried` are those that were tried, at so many `lines`; `candidates` those that were thought of until then. `apart`
    are targets that an edit mends without the others, where nothing likely mends all; `hopeless`: all was tried, and
    none of the likeliest edits mends even one target.
    """

    plausible: tuple[Ranked, ...]
    tried: int
    lines: int
    candidates: int
    out_of_time: bool
    apart: frozenset[str] = frozenset()
    hopeless: bool = False


class Search:
    """Tries candidates for one set of target tests. `spectrum` (a run with lines) tells which tests cover what.

    `killed` has a test that is red under an edit, from this search and those before it of the same tree: what is known
    to fail one of the targets is not tried again. `in_vain` says what is done where no edit mends all of several: the
    targets are one requirement, and `pairs` of edits are tried; they may be several faults, and those that are mended
    `apart` end the search early; or `nothing` is done, nor anything tried that takes long.
    """

    def __init__(
        self,
        lab: Lab,
        modules: Mapping[str, Module],
        targets: Sequence[str],
        spectrum: TestRun,
        killed: MutableMapping[Edit, str] | None = None,
        *,
        in_vain: InVain = "pairs",
    ) -> None:
        self._in_vain = in_vain
        self._killed = {} if killed is None else killed
        self._lab = lab
        self._modules = modules
        self._targets = tuple(targets)
        self._spectrum = spectrum
        self._began = self._deadline = 0.0
        self._apart: frozenset[str] | None = None
        self._partly: tuple[Line, ...] = ()  # where an edit mends some
        self._mends_none = False
        self._tried: list[Ranked] = []
        self._plausible: list[Ranked] = []
        self._cold: set[Edit] = set()  # of those tried

    def run(
        self,
        ranked: Iterable[Ranked],
        seconds: float,
        progress: Progress,
        more: More = lambda _: (),
    ) -> Findings:
        """Try until enough plausible ones are known, a while has passed since the first, or the time is up.

        Candidates are taken from `ranked` as they are needed, and then from `more` where none was plausible: at the
        lines where an edit mends some of several faults' targets, and at all (None). A search is run once.
        """
        self._began = time.monotonic()
        self._deadline = self._began + seconds
        enough = math.inf
        order = Order(lambda edit: self._killed.get(edit) in self._targets, self._form)
        for item, result in self._results(order, ranked, more):
            self._tried.append(item)
            tried = len(self._tried)
            progress(f"candidates tried: {tried}, passing: {len(self._plausible)}")
            if tried > enough:
                break
            if self._passes(item, result):
                self._plausible.append(item)
                if len(self._plausible) == 1:
                    order.settle(warm=result.warm)
                    enough = 2 * tried + TRIED_MORE
                    self._deadline = min(self._deadline, time.monotonic() + SECONDS_MORE)
            if len(self._plausible) >= ENOUGH_PLAUSIBLE:
                break
        return self._findings(order)

    def _findings(self, order: Order) -> Findings:
        apart = self._apart or frozenset()
        tried = [*self._tried, *order.known]
        lines = {(item.candidate.edit.path, item.candidate.line) for item in tried}
        candidates = len(order.ranked) + len(order.known)
        out_of_time = not (self._plausible or apart or order.is_exhausted)
        hopeless = order.is_exhausted and self._mends_none
        return Findings(tuple(self._plausible), len(tried), len(lines), candidates, out_of_time, apart, hopeless)

    def standing(self, chosen: Sequence[Ranked]) -> list[Ranked]:
        """These without the first of them that break a slower test that covers them, too."""
        return list(dropwhile(lambda item: not self._keeps_covering(item, MAX_COVERING_SECONDS, known=True), chosen))

    def _passes(self, item: Ranked, result: TrialResult) -> bool:
        """Whether a candidate is plausible; the first one is asked for more."""
        if not result.warm:
            self._cold.add(result.edit)
        if result.passes(self._targets):
            return self._keeps_covering(item, QUICK_COVERING_SECONDS if self._plausible else MAX_COVERING_SECONDS)
        red = (name for name, word in result.statuses.items() if word not in GREEN and name in self._targets)
        self._killed.update((result.edit, name) for name in red)
        return False

    def _comes_apart(self, order: Order) -> bool:
        """Whether one edit mends some of the targets without the others; looked at once, and never if plausible.

        What is one requirement does not come apart.
        """
        is_over = self._plausible or time.monotonic() > self._deadline
        if is_over or self._in_vain != "apart" or len(self._targets) < 2:
            return False
        if self._apart is None:
            items, mending = self._mending(order)
            self._mends_none = not mending
            partly = in_turns(mending, len(mending))
            self._partly = tuple(dict.fromkeys((edit.path, items[edit].candidate.line) for edit in partly))[:MOST_LINES]

            def keeps_others(edit: Edit) -> bool:
                return self._keeps_covering(items[edit], QUICK_COVERING_SECONDS)

            self._apart = mended_apart(self._lab, mending, self._targets, keeps_others)
        return bool(self._apart)

    def _pairs(self, order: Order) -> list[Ranked]:
        """Two of the edits tried so far as one, where the targets are one requirement and each mends some of them."""
        if self._in_vain != "pairs" or len(self._targets) < 2:
            return []
        items, mending = self._mending(order)
        likeliest = [items[edit] for edit in in_turns(mending, MOST_IN_PAIRS)]
        harmless = [item for item in likeliest if self._keeps_covering(item, QUICK_COVERING_SECONDS)]
        return pairs(self._modules, harmless, mending)

    def _mending(self, order: Order) -> tuple[Mapping[Edit, Ranked], Mapping[Edit, frozenset[str]]]:
        items = {item.candidate.edit: item for item in (*order.known, *self._tried)}
        seconds = LOOKING_SHARE * (time.monotonic() - self._began)
        return items, mended_by(self._lab, list(items), self._targets, self._killed, seconds)

    def _results(self, order: Order, ranked: Iterable[Ranked], more: More) -> Iterator[tuple[Ranked, TrialResult]]:
        """Trials in order, more of them where some targets were mended, and where these do not come apart: some of what
        was put off, what is made only where nothing is plausible so far, and the rest.

        Each begins when all of those before are known.
        """
        yield from self._first(order, ranked)
        if self._in_vain == "nothing":
            return
        comes_apart = self._comes_apart(order)
        if self._partly and self._goes_on:
            yield from self._tried_on(order, order.more(more(self._partly)))
        if comes_apart:
            return
        cold_until = time.monotonic() + COLD_SECONDS
        yield from self._tried_on(order, in_time(order.rest(), lambda: cold_until))
        for made in (partial(more, None), partial(self._pairs, order)):
            if self._goes_on:
                yield from self._tried_on(order, order.more(made()))
        yield from self._tried_on(order, order.rest())

    def _first(self, order: Order, ranked: Iterable[Ranked]) -> Iterator[tuple[Ranked, TrialResult]]:
        """All that comes by itself; not much more than IN_VAIN of it where the targets come apart then."""
        coming = in_time(order.first(ranked), lambda: -math.inf if self._apart else math.inf)
        for trial in self._tried_on(order, coming):
            yield trial
            if len(self._tried) == IN_VAIN:
                self._comes_apart(order)

    @property
    def _goes_on(self) -> bool:
        return not self._plausible and time.monotonic() < self._deadline

    def _tried_on(self, order: Order, edits: Iterator[Edit]) -> Iterator[tuple[Ranked, TrialResult]]:
        coming = in_time(edits, lambda: self._deadline)
        for result in self._lab.try_edits(coming, self._targets, order.is_first_time):
            if result.outcome in ("slow", "late"):
                order.put_off(result.edit)
            else:
                yield order.ranked[result.edit], result

    def _keeps_covering(self, item: Ranked, seconds: float, *, known: bool = False) -> bool:
        """Whether tests that take so long pass that cover it; where the quick ones are `known` to, time may be up."""
        covering = self._covering(item, seconds)
        if not covering or (known and covering == self._covering(item, QUICK_COVERING_SECONDS)):
            return True
        edit = item.candidate.edit
        result = next(self._lab.try_edits([edit], covering, lambda _: True))
        if result.outcome == "slow" and (known or not result.statuses):  # red beside an old import says little
            result = next(self._lab.try_edits([edit], covering))
        return result.passes(covering) or (known and result.outcome == "late")

    def _covering(self, item: Ranked, seconds: float) -> tuple[str, ...]:
        edit = item.candidate.edit
        if edit in self._cold:
            return self._lab.collected(green_tests(self._spectrum, seconds))
        module = self._modules[edit.path]
        lines = dict.fromkeys((item.candidate.line, module.last_line(edit.start, edit.end)))
        found = (covering_tests(self._spectrum, module, line, seconds) for line in lines)
        return self._lab.collected(tuple(dict.fromkeys(chain.from_iterable(found))))

    def _form(self, edit: Edit) -> tuple[str, int, int, str]:
        return (edit.path, *normal_form(self._modules[edit.path].text, edit))
