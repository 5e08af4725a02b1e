"""Choosing among plausible candidates: those that behave alike vote together, and the heaviest class goes first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.repair.behaviour import Probe
from agent.repair.functions import qualified_name
from agent.repair.rank import Ranked
from agent.repair.source import Module
from tools.testing.lab.lab import Lab

Key = tuple[str, ...]


def choose(lab: Lab, modules: Mapping[str, Module], plausible: Sequence[Ranked], tests: Sequence[str]) -> list[Ranked]:
    """One candidate a behaviour class, the class with the highest summed score first; its commonest fix speaks."""
    probes: dict[tuple[str, str], Probe] = {}
    classes: dict[Key, list[Ranked]] = {}
    for item in plausible:
        classes.setdefault(_behaviour(lab, modules, item, tests, probes), []).append(item)
    ordered = sorted(classes.values(), key=lambda members: -sum(member.score for member in members))
    return [max(members, key=lambda member: member.candidate.prior) for members in ordered]


def _behaviour(
    lab: Lab, modules: Mapping[str, Module], item: Ranked, tests: Sequence[str], probes: dict[tuple[str, str], Probe]
) -> Key:
    edit = item.candidate.edit
    alone = (edit.path, str(edit.start), str(edit.end), edit.text)
    function = qualified_name(modules[edit.path], item.candidate.line)
    if function is None:
        return alone
    place = (edit.path, function)
    if place not in probes:
        probes[place] = Probe.record(lab, modules[edit.path].text, function, edit, tests)
    answers = probes[place].answers(edit)
    return alone if answers is None else (*place, *(answer.digest for answer in answers))
