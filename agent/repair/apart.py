"""Failing tests that one edit mends without the others: where nothing mends all of them, they may be two faults.

Those of one tree are solved one after the other then. Those that are one requirement need both edits at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, zip_longest

from agent.repair.candidate import Candidate
from agent.repair.order import in_time
from agent.repair.rank import Ranked
from agent.repair.source import Module
from tools.patch import Edit
from tools.testing.lab.lab import Lab

TEMPLATE = "two-edits"
LIKELIEST = 1000  # edits that are looked at again, the first that were tried
ASKED = 8  # of the targets
MOST_EDITS = 6  # that mend something, until one of them breaks nothing
MOST_PAIRS = 200
LEAST_SECONDS = 3.0


def mended_by(
    lab: Lab, edits: Sequence[Edit], targets: Sequence[str], killed: Mapping[Edit, str], seconds: float
) -> dict[Edit, frozenset[str]]:
    """Which of some `targets` the first `edits` mend; what mends none is left out.

    `edits` are red on `targets`, best first; `killed` has one target that is red under an edit, where it is known.
    It takes `seconds` at most, or LEAST_SECONDS.
    """
    found: dict[Edit, frozenset[str]] = {}
    some = targets[:: max(len(targets) // ASKED, 1)][:ASKED]
    share = max(seconds, LEAST_SECONDS) / len(some)
    for target in some:
        asked = (edit for edit in edits[:LIKELIEST] if killed.get(edit) != target)
        for result in lab.try_edits(_within(share, asked), [target], lambda edit: True):
            if result.passes([target]):
                found[result.edit] = found.get(result.edit, frozenset()) | {target}
    return found


def _within(seconds: float, edits: Iterable[Edit]) -> Iterator[Edit]:
    until = time.monotonic() + seconds
    return in_time(edits, lambda: until)


def in_turns(mending: Mapping[Edit, frozenset[str]], most: int) -> list[Edit]:
    """Some of these edits: the first that mends most, the first one of those that mend others, and so on in turns."""
    alike: dict[frozenset[str], list[Edit]] = {}
    for edit, mended in sorted(mending.items(), key=lambda item: -len(item[1])):
        alike.setdefault(mended, []).append(edit)
    return [edit for turn in zip_longest(*alike.values()) for edit in turn if edit is not None][:most]


def mended_apart(
    lab: Lab, mending: Mapping[Edit, frozenset[str]], targets: Sequence[str], keeps_others: Callable[[Edit], bool]
) -> frozenset[str]:
    """Those of `targets` that the first edit turns green that mends some of them and `keeps_others`, if not all."""
    for edit in in_turns(mending, MOST_EDITS):
        if keeps_others(edit):
            green = lab.green_under(edit, targets)
            return green if len(green) < len(targets) else frozenset()
    return frozenset()


def pairs(
    modules: Mapping[str, Module], items: Sequence[Ranked], mending: Mapping[Edit, frozenset[str]]
) -> list[Ranked]:
    """Two edits of one file as one, each of which mends what the other does not; those that mend most first.

    Both lie on lines that all failing tests run: others are not searched.
    """
    found: list[tuple[int, Ranked, Ranked]] = []
    for pair in combinations(items, 2):
        one, other = sorted(pair, key=lambda item: item.candidate.edit.start)
        first, second = one.candidate.edit, other.candidate.edit
        mended, also = mending[first], mending[second]
        if first.path == second.path and first.end < second.start and not (mended <= also or also <= mended):
            found.append((len(mended | also), one, other))
    found.sort(key=lambda pair: -pair[0])
    return [_joined(modules[one.candidate.edit.path].text, one, other) for _, one, other in found[:MOST_PAIRS]]


def _joined(text: str, one: Ranked, other: Ranked) -> Ranked:
    first, second = one.candidate, other.candidate
    between = f"{first.edit.text}{text[first.edit.end : second.edit.start]}{second.edit.text}"
    edit = Edit(first.edit.path, first.edit.start, second.edit.end, between)
    sentence = f"{first.sentence}, and at line {second.line} {second.sentence}"
    candidate = Candidate(edit, TEMPLATE, first.line, sentence, first.prior * second.prior)
    return Ranked(candidate, one.score * other.score)
