"""The search: candidates in rank order through the lab, failing tests first, then the passing tests that cover them."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, dropwhile, islice

from agent.core.protocols import Progress
from agent.repair.apart import mended_apart, mended_by, pairs
from agent.repair.functions import function_lines
from agent.repair.rank import Ranked
from agent.repair.source import Module
from agent.repair.templates import NARROWING
from tools.patch import Edit
from tools.testing.lab.lab import Lab
from tools.testing.lab.said import TrialResult
from tools.testing.results import GREEN, TestRun

ENOUGH_PLAUSIBLE = 12
# So many in vain, and it is asked whether the targets are one fault.
IN_VAIN = 2000
MOST_IN_PAIRS = 30
# After the first plausible one as many are tried as until then and some more, which seldom takes so long.
TRIED_MORE, SECONDS_MORE = 300, 4.0
# One candidate that needs a cold run of the tests for so many that are tried warm, hundreds of times quicker.
WARM_FOR_A_COLD = 256
MAX_COVERING = 200
# Candidates that pass the failing tests are tried on the quickest tests that cover them, the first and the chosen
# one on more of them.
QUICK_COVERING_SECONDS, MAX_COVERING_SECONDS = 0.5, 4.0


@dataclass(frozen=True, slots=True)
class Findings:
    """What a search found: plausible candidates as they were found, and whether time ran out first.

    `tried` are those that were tried, at so many `lines`; `candidates` those that were thought of until then. `apart`
    are targets that an edit mends without the others, where nothing mends all.
    """

    plausible: tuple[Ranked, ...]
    tried: int
    lines: int
    candidates: int
    out_of_time: bool
    apart: frozenset[str] = frozenset()


class Search:
    """Tries candidates for one set of target tests. `spectrum` (a run with lines) tells which tests cover what.

    `killed` has a test that is red under an edit, from this search and those before it of the same tree: what is known
    to fail one of the targets is not tried again. `by_groups`: the targets may be several faults, so that a search in
    vain ends early where some of them are mended apart.
    """

    def __init__(
        self,
        lab: Lab,
        modules: Mapping[str, Module],
        targets: Sequence[str],
        spectrum: TestRun,
        killed: MutableMapping[Edit, str] | None = None,
        *,
        by_groups: bool = False,
    ) -> None:
        self._by_groups = by_groups
        self._killed = {} if killed is None else killed
        self._lab = lab
        self._modules = modules
        self._targets = tuple(targets)
        self._spectrum = spectrum
        self._deadline = 0.0
        self.has_found = False  # something plausible
        self._tried: list[Ranked] = []

    def run(self, ranked: Iterable[Ranked], seconds: float, progress: Progress) -> Findings:
        """Try until enough plausible ones are known, a while has passed since the first, or the time is up.

        Candidates are taken from `ranked` as they are needed.
        """
        self._deadline = time.monotonic() + seconds
        enough = math.inf
        plausible: list[Ranked] = []
        self._tried = tried = []
        apart: frozenset[str] = frozenset()
        order = _Order(ranked, lambda edit: self._killed.get(edit) in self._targets)
        for item, result in self._results(order):
            tried.append(item)
            progress(f"candidates tried: {len(tried)}, passing: {len(plausible)}")
            if len(tried) > enough:
                break
            if not result.passes(self._targets):
                self._note_red(result)
                if len(tried) == IN_VAIN and not plausible and (apart := self._apart(tried)):
                    break
                continue
            if not self._keeps_covering(item, QUICK_COVERING_SECONDS if plausible else MAX_COVERING_SECONDS):
                continue
            plausible.append(item)
            if len(plausible) == 1:
                self.has_found = True
                order.settle(warm=result.warm)
                enough = 2 * len(tried) + TRIED_MORE
                self._deadline = min(self._deadline, time.monotonic() + SECONDS_MORE)
            if len(plausible) >= ENOUGH_PLAUSIBLE:
                break
        is_over = bool(apart) or (order.is_at_end and len(tried) == len(order.ranked))
        if is_over and not plausible and len(tried) < IN_VAIN:
            apart = self._apart(tried)
        candidates = len(order.ranked) + len(order.known)
        tried += order.known
        return Findings(tuple(plausible), len(tried), _lines(tried), candidates, not plausible and not is_over, apart)

    def standing(self, chosen: Sequence[Ranked]) -> list[Ranked]:
        """These without the first of them that break a slower test that covers them, too."""
        return list(dropwhile(lambda item: not self._keeps_covering(item, MAX_COVERING_SECONDS, known=True), chosen))

    def _note_red(self, result: TrialResult) -> None:
        red = (name for name, word in result.statuses.items() if word not in GREEN and name in self._targets)
        self._killed.update((result.edit, name) for name in red)

    def _apart(self, tried: Sequence[Ranked]) -> frozenset[str]:
        """Targets that one of these mends without the others; what is one requirement does not come apart."""
        if not self._by_groups or len(self._targets) < 2:
            return frozenset()
        items = {item.candidate.edit: item for item in tried}
        mending = mended_by(self._lab, list(items), self._targets, self._killed)

        def keeps_others(edit: Edit) -> bool:
            return self._keeps_covering(items[edit], QUICK_COVERING_SECONDS)

        return mended_apart(self._lab, mending, self._targets, keeps_others)

    def pairs(self) -> list[Ranked]:
        """Two of the edits tried so far as one, where the targets are one requirement and each mends some of them."""
        if self._by_groups or len(self._targets) < 2:
            return []
        items = {item.candidate.edit: item for item in self._tried}
        mending = mended_by(self._lab, list(items), self._targets, self._killed)
        likeliest = [items[edit] for edit in islice(mending, MOST_IN_PAIRS)]
        harmless = [item for item in likeliest if self._keeps_covering(item, QUICK_COVERING_SECONDS)]
        return pairs(self._modules, harmless, mending)

    def _results(self, order: _Order) -> Iterator[tuple[Ranked, TrialResult]]:
        """Trials in order, then of what was put off, until one comes too late.

        Only when all of the first are known, all of those put off are.
        """
        for edits in (order.first(), order.rest()):
            for result in self._lab.try_edits(self._until_deadline(edits), self._targets, order.is_first_time):
                if result.outcome == "late":
                    return
                if result.outcome == "slow":
                    order.put_off(result.edit)
                else:
                    yield order.ranked[result.edit], result

    def _until_deadline(self, edits: Iterable[Edit]) -> Iterator[Edit]:
        for edit in edits:
            if time.monotonic() > self._deadline:
                return
            yield edit

    def _keeps_covering(self, item: Ranked, seconds: float, *, known: bool = False) -> bool:
        """Whether tests that take so long pass that cover it; where the quick ones are `known` to, time may be up."""
        covering = self._covering(item, seconds)
        if not covering or (known and covering == self._covering(item, QUICK_COVERING_SECONDS)):
            return True
        result = next(self._lab.try_edits([item.candidate.edit], covering))
        return result.passes(covering) or (known and result.outcome == "late")

    def _covering(self, item: Ranked, seconds: float) -> tuple[str, ...]:
        edit, line = item.candidate.edit, item.candidate.line
        return covering_tests(self._spectrum, self._modules[edit.path], line, seconds)


class _Order:
    """Candidates as they are ranked, but those that turn out to need a cold run come a second time, and seldom.

    Those of which it `is_known` that they fail do not come.
    """

    def __init__(self, ranked: Iterable[Ranked], is_known: Callable[[Edit], bool]) -> None:
        self.ranked: dict[Edit, Ranked] = {}  # so far
        self.known: list[Ranked] = []
        self._is_known = is_known
        self.is_at_end = False
        self._narrows = self._runs_cold = True
        self._coming = ranked
        self._cold: deque[Edit] = deque()
        self._second_time: set[Edit] = set()

    def first(self) -> Iterator[Edit]:
        """All edits, and now and then one that was put off."""
        for number, item in enumerate(self._coming, 1):
            if not self._narrows and item.candidate.template in NARROWING:
                continue
            if self._is_known(item.candidate.edit):
                self.known.append(item)
                continue
            self.ranked[item.candidate.edit] = item
            yield item.candidate.edit
            if self._cold and self._runs_cold and number % WARM_FOR_A_COLD == 0:
                yield self._next_cold()
        self.is_at_end = True

    def rest(self) -> Iterator[Edit]:
        """Those that are still put off."""
        while self._cold and self._runs_cold:
            yield self._next_cold()

    def settle(self, *, warm: bool) -> None:
        """Something passes: nothing that only narrows is tried any more, nor anything cold beside what is warm."""
        self._narrows = False
        self._runs_cold = not warm

    def put_off(self, edit: Edit) -> None:
        """Take back an edit that needs a cold run."""
        self._cold.append(edit)

    def is_first_time(self, edit: Edit) -> bool:
        return edit not in self._second_time

    def _next_cold(self) -> Edit:
        edit = self._cold.popleft()
        self._second_time.add(edit)
        return edit


def _lines(items: Iterable[Ranked]) -> int:
    return len({(item.candidate.edit.path, item.candidate.line) for item in items})


def covering_tests(
    spectrum: TestRun, module: Module, line: int, seconds: float = MAX_COVERING_SECONDS
) -> tuple[str, ...]:
    """Green tests that run the function around `line` (or the file, when it is in none), quickest first.

    Together they take at most so many seconds: the judge's run of the whole suite has the last word anyway.
    """
    lines = function_lines(module, line)
    green = set(spectrum.green)
    found = [
        name
        for name, files in spectrum.lines.items()
        if name in green and (ran := files.get(module.path)) and (lines is None or not ran.isdisjoint(lines))
    ]
    found.sort(key=lambda name: (spectrum.durations.get(name, 0.0), name))
    spent = accumulate(spectrum.durations.get(name, 0.0) for name in found)
    affordable = [name for name, spent_until in zip(found, spent, strict=True) if spent_until <= seconds]
    return tuple((affordable or found[:1])[:MAX_COVERING])
