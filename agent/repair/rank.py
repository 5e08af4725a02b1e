"""The order in which candidates are tried: how suspicious the line is, how common the fix, how crowded the family."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import chain, count

from agent.core.task import Suspect
from agent.repair.candidate import Candidate
from agent.repair.history import undone
from agent.repair.source import Module
from agent.repair.splice import normal_form
from agent.repair.templates import PRIORS, candidates
from agent.repair.told import TABLES, Told, as_told, in_tables
from tools.testing.results import TestRun
from tools.workspace.history import Past

GROUP_POWER = 0.7
MAX_LINES = 250
TABLE_SUSPICION = 0.5  # of the most suspicious line's
NOTHING_TOLD = Told()
BAND = 10  # lines whose candidates are made at once
LIKELIEST = max(PRIORS.values())

Form = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its score; only the order of scores means anything."""

    candidate: Candidate
    score: float


def shared_by_all(suspects: Sequence[Suspect], spectrum: TestRun, targets: Sequence[str]) -> tuple[Suspect, ...]:
    """Suspects on lines that every target ran: one edit can turn all of them green only there."""
    spectra = [spectrum.lines[name] for name in targets if name in spectrum.lines]
    return tuple(
        suspect
        for suspect in suspects
        if all(suspect.line in lines.get(suspect.path, frozenset()) for lines in spectra)
    )


def rank(
    modules: Mapping[str, Module],
    suspects: Sequence[Suspect],
    past: Callable[[Module], Sequence[Past]] = lambda _: (),
    told: Told = NOTHING_TOLD,
    reach: int = 1,
) -> Iterator[Ranked]:
    """All candidates at the most suspicious lines, best first: suspiciousness² x prior / family size^0.7.

    They are made as they are asked for, a band of lines at a time. `past` gives earlier versions of a module, asked
    of those with suspicious lines alone: what stood there are candidates, too. So is what follows from the failures
    themselves. Templates think of `reach` times as much as usual.
    """
    chosen = sorted((s for s in suspects if s.path in modules), key=lambda s: (-s.score, s.path, s.line))[:MAX_LINES]
    grounds = {
        path: _Ground.of(module, {one.line: one.score for one in chosen if one.path == path}, past, told, reach)
        for path, module in sorted(modules.items())
        if any(one.path == path for one in chosen)
    }
    waiting: list[tuple[float, str, int, int, Ranked]] = []
    made = count()
    for at in range(0, len(chosen), BAND):
        band = chosen[at : at + BAND]
        for path, ground in grounds.items():
            for item in ground.ranked({one.line for one in band if one.path == path}, is_first=at == 0):
                heappush(waiting, (-item.score, path, item.candidate.edit.start, next(made), item))
        left = chosen[at + BAND].score ** 2 * LIKELIEST if at + BAND < len(chosen) else 0.0
        while waiting and -waiting[0][0] > left:
            yield heappop(waiting)[-1]
    yield from (heappop(waiting)[-1] for _ in range(len(waiting)))


@dataclass(frozen=True, slots=True)
class _Ground:
    """A module's suspicious lines with their scores, what does not come from templates, and all that was made."""

    module: Module
    scores: Mapping[int, float]
    special: Sequence[Candidate]
    reach: int
    forms: set[Form]

    @classmethod
    def of(
        cls,
        module: Module,
        scores: Mapping[int, float],
        past: Callable[[Module], Sequence[Past]],
        told: Told,
        reach: int,
    ) -> _Ground:
        """What stood there before, and what the failures ask for."""
        special = chain(undone(module, past(module), scores), as_told(module, told, scores), in_tables(module, told))
        return cls(module, scores, list(special), reach, set())

    def ranked(self, lines: Collection[int], *, is_first: bool) -> Iterator[Ranked]:
        """Candidates at these lines that were not made yet; with the first ones all that are not of a template."""
        made = self._made(lines, is_first=is_first)
        found = [one for form, one in made.items() if form not in self.forms]
        self.forms.update(made)
        families = Counter((candidate.template, candidate.line) for candidate in found)
        for candidate in found:
            crowd = families[candidate.template, candidate.line] ** GROUP_POWER
            suspicion = _suspicion(self.module, candidate, self.scores)
            yield Ranked(candidate, suspicion**2 * candidate.prior / crowd)

    def _made(self, lines: Collection[int], *, is_first: bool) -> Mapping[Form, Candidate]:
        """Candidates by their result, of equal ones the likeliest."""
        made: dict[Form, Candidate] = {}
        for one in chain(self.special if is_first else (), candidates(self.module, lines, self.reach)):
            form = normal_form(self.module.text, one.edit)
            made[form] = max(made.get(form, one), one, key=lambda same: same.prior)
        return made


def _suspicion(module: Module, candidate: Candidate, scores: Mapping[int, float]) -> float:
    """The score of the line, or of the best line of the statement the candidate begins in."""
    if candidate.line in scores:
        return scores[candidate.line]
    if candidate.template in TABLES:
        return TABLE_SUSPICION * max(scores.values())
    end_line = candidate.line + module.text.count("\n", candidate.edit.start, candidate.edit.end)
    near = [score for line, score in scores.items() if candidate.line <= line <= end_line]
    return max(near, default=min(scores.values(), default=0.0))
