"""Choosing among plausible candidates: those that behave alike vote together.

A class that mends other red tests, too, goes before the others; among equals the heaviest one does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.repair.behaviour import Probe
from agent.repair.functions import qualified_name
from agent.repair.rank import Ranked
from agent.repair.source import Module
from tools.patch import Edit
from tools.testing.lab.lab import Lab
from tools.testing.results import GREEN

Key = tuple[str, ...]
MOST_RED = 24


def choose(
    lab: Lab, modules: Mapping[str, Module], plausible: Sequence[Ranked], tests: Sequence[str], red: Sequence[str] = ()
) -> list[Ranked]:
    """One candidate a behaviour class, its commonest fix; first the class that turns most of the `red` tests green.

    `tests` give the inputs to tell behaviours apart; `red` are tests that nobody asked for yet, which do so as well.
    """
    mended = _mended(lab, [item.candidate.edit for item in plausible], red[:MOST_RED])
    probes: dict[tuple[str, str], Probe] = {}
    classes: dict[tuple[Key, frozenset[str]], list[Ranked]] = {}
    for item in plausible:
        behaviour = _behaviour(lab, modules, item, tests, probes)
        classes.setdefault((behaviour, mended[item.candidate.edit]), []).append(item)
    ordered = sorted(classes.values(), key=lambda members: -sum(member.score for member in members))
    speakers = [max(members, key=lambda member: member.candidate.prior) for members in ordered]
    return sorted(speakers, key=lambda speaker: -len(mended[speaker.candidate.edit]))


def _mended(lab: Lab, edits: Sequence[Edit], red: Sequence[str]) -> Mapping[Edit, frozenset[str]]:
    """Which of these tests pass under each."""
    if len(edits) < 2 or not red:
        return dict.fromkeys(edits, frozenset())
    runs = lab.run_edits(edits, red)
    green = [frozenset(name for name in red if run.statuses.get(name) in GREEN) for run in runs]
    return dict(zip(edits, green, strict=True))


def _behaviour(
    lab: Lab, modules: Mapping[str, Module], item: Ranked, tests: Sequence[str], probes: dict[tuple[str, str], Probe]
) -> Key:
    edit = item.candidate.edit
    alone = (edit.path, str(edit.start), str(edit.end), edit.text)
    module = modules[edit.path]
    function = qualified_name(module, item.candidate.line)
    if function is None or function != qualified_name(module, module.last_line(edit.start, edit.end)):
        return alone
    place = (edit.path, function)
    if place not in probes:
        probes[place] = Probe.record(lab, module.text, function, edit, tests)
    answers = probes[place].answers(edit)
    return alone if answers is None else (*place, *(answer.digest for answer in answers))
