"""The order in which candidates are tried: how suspicious the line is, how common the fix, how crowded the family."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from agent.core.task import Suspect
from agent.repair.candidate import Candidate
from agent.repair.history import undone
from agent.repair.source import Module
from agent.repair.splice import normal_form
from agent.repair.templates import candidates
from agent.repair.told import TABLE, Told, as_told, in_tables
from tools.testing.results import TestRun
from tools.workspace.history import Past

GROUP_POWER = 0.7
MAX_LINES = 250
TABLE_SUSPICION = 0.5  # of the most suspicious line's
NOTHING_TOLD = Told()


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
) -> list[Ranked]:
    """All candidates at the most suspicious lines, best first: suspiciousness² x prior / family size^0.7.

    `past` gives earlier versions of a module, asked of those with suspicious lines alone: what stood there are
    candidates, too. So is what follows from the failures themselves.
    """
    chosen = [suspect for suspect in suspects if suspect.path in modules][:MAX_LINES]
    ranked: list[Ranked] = []
    for path, module in modules.items():
        scores = {suspect.line: suspect.score for suspect in chosen if suspect.path == path}
        found = _candidates(module, past(module), told, scores) if scores else []
        families = Counter((candidate.template, candidate.line) for candidate in found)
        for candidate in found:
            suspicion = _suspicion(module, candidate, scores)
            crowd = families[candidate.template, candidate.line] ** GROUP_POWER
            ranked.append(Ranked(candidate, suspicion**2 * candidate.prior / crowd))
    return sorted(ranked, key=lambda item: (-item.score, item.candidate.edit.path, item.candidate.edit.start))


def _candidates(module: Module, past: Sequence[Past], told: Told, lines: Collection[int]) -> list[Candidate]:
    """What stood there before, what the failures ask for, and the templates' edits, of equal ones the likeliest."""
    special: dict[tuple[int, int, str], Candidate] = {}
    others = []
    for one in chain(undone(module, past, lines), as_told(module, told, lines), in_tables(module, told)):
        form = normal_form(module.text, one.edit)
        special[form] = max(special.get(form, one), one, key=lambda same: same.prior)
    for one in candidates(module, lines):
        form = normal_form(module.text, one.edit) if special else (0, 0, "")
        if form in special:
            special[form] = max(special[form], one, key=lambda same: same.prior)
        else:
            others.append(one)
    return [*special.values(), *others]


def _suspicion(module: Module, candidate: Candidate, scores: Mapping[int, float]) -> float:
    """The score of the line, or of the best line of the statement the candidate begins in."""
    if candidate.line in scores:
        return scores[candidate.line]
    if candidate.template == TABLE:
        return TABLE_SUSPICION * max(scores.values())
    end_line = candidate.line + module.text.count("\n", candidate.edit.start, candidate.edit.end)
    near = [score for line, score in scores.items() if candidate.line <= line <= end_line]
    return max(near, default=min(scores.values(), default=0.0))
