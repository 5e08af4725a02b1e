"""Failing tests that one edit mends without the others: where nothing mends all of them, they may be two faults.

Those of one tree are solved one after the other then. Those that are one requirement need both edits at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, takewhile

from agent.repair.candidate import Candidate
from agent.repair.rank import Ranked
from agent.repair.source import Module
from tools.patch import Edit
from tools.testing.lab.lab import Lab

TEMPLATE = "two-edits"
LIKELIEST = 1000  # edits that are looked at again, the first that were tried
ASKED = 6  # of the targets
MOST_EDITS = 6  # that mend something, until one of them breaks nothing
MOST_PAIRS = 200
SECONDS = 3.0


def mended_by(
    lab: Lab, edits: Sequence[Edit], targets: Sequence[str], killed: Mapping[Edit, str]
) -> dict[Edit, frozenset[str]]:
    """Which of some `targets` the first `edits` mend, those that mend most first; what mends none is left out.

    `edits` are red on `targets`, best first; `killed` has one target that is red under an edit, where it is known.
    """
    until = time.monotonic() + SECONDS
    found: dict[Edit, frozenset[str]] = {}
    for target in targets[:: max(len(targets) // ASKED, 1)][:ASKED]:
        asked = (edit for edit in edits[:LIKELIEST] if killed.get(edit) != target)
        in_time = takewhile(lambda _: time.monotonic() < until, asked)
        for result in lab.try_edits(in_time, [target], lambda edit: True):
            if result.passes([target]):
                found[result.edit] = found.get(result.edit, frozenset()) | {target}
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def mended_apart(
    lab: Lab, mending: Mapping[Edit, frozenset[str]], targets: Sequence[str], keeps_others: Callable[[Edit], bool]
) -> frozenset[str]:
    """Those of `targets` that the first edit turns green that mends some of them and `keeps_others`, if not all."""
    for edit in list(mending)[:MOST_EDITS]:
        if keeps_others(edit):
            run = next(lab.run_edits([edit], targets))
            green = frozenset(name for name in targets if run.passes([name]))
            return green if len(green) < len(targets) else frozenset()
    return frozenset()


def pairs(
    modules: Mapping[str, Module], items: Sequence[Ranked], mending: Mapping[Edit, frozenset[str]]
) -> list[Ranked]:
    """Two edits of one file as one, each of which mends what the other does not; those that mend most first."""
    found: list[tuple[int, Ranked]] = []
    for one, other in combinations(items, 2):
        first, second = sorted((one.candidate.edit, other.candidate.edit), key=lambda edit: edit.start)
        if first.path == second.path and first.end <= second.start and not _is_spared(mending[first], mending[second]):
            both = len(mending[first] | mending[second])
            found.append((both, _joined(modules[first.path].text, one, other, (first, second))))
    return [item for _, item in sorted(found, key=lambda pair: -pair[0])][:MOST_PAIRS]


def _is_spared(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether one of two edits mends nothing that the other does not."""
    return one <= other or other <= one


def _joined(text: str, one: Ranked, other: Ranked, edits: tuple[Edit, Edit]) -> Ranked:
    first, second = edits
    between = text[first.end : second.start]
    edit = Edit(first.path, first.start, second.end, f"{first.text}{between}{second.text}")
    line = min(one.candidate.line, other.candidate.line)
    sentence = f"{one.candidate.sentence}, and at line {other.candidate.line} {other.candidate.sentence}"
    prior = one.candidate.prior * other.candidate.prior
    return Ranked(Candidate(edit, TEMPLATE, line, sentence, prior), one.score * other.score)
