"""Failing tests that one edit mends without the others: nothing mends all of them, so they are no one fault."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import takewhile

from tools.patch import Edit
from tools.testing.lab.lab import Lab

LIKELIEST = 1000  # edits that are looked at again, the first that were tried
ASKED = 6  # of the targets
MOST_EDITS = 6  # that mend something, until one of them breaks nothing
SECONDS = 3.0


def mended_apart(
    lab: Lab,
    edits: Sequence[Edit],
    targets: Sequence[str],
    killed: Mapping[Edit, str],
    keeps_others: Callable[[Edit], bool],
) -> frozenset[str]:
    """Those of `targets` that the edit turns green that mends most of some of them and `keeps_others`, if not all.

    `edits` are red on `targets`, best first; `killed` has one target that is red under an edit, where it is known.
    """
    until = time.monotonic() + SECONDS
    mended: Counter[Edit] = Counter()
    for target in targets[:: max(len(targets) // ASKED, 1)][:ASKED]:
        asked = (edit for edit in edits[:LIKELIEST] if killed.get(edit) != target)
        results = lab.try_edits(_until(asked, until), [target], lambda edit: True)
        mended.update(result.edit for result in results if result.passes([target]))
    for edit, _ in mended.most_common(MOST_EDITS):
        if keeps_others(edit):
            run = next(lab.run_edits([edit], targets))
            green = frozenset(name for name in targets if run.passes([name]))
            return green if len(green) < len(targets) else frozenset()
    return frozenset()


def _until(edits: Iterator[Edit], until: float) -> Iterator[Edit]:
    return takewhile(lambda _: time.monotonic() < until, edits)
