"""How much of a patch is word for word the reference solution: what a model may have seen, or simply found again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from tools.errors import PatchError
from tools.patch import Hunk, Line, parse_patch
from tools.testing.layout import is_test_path

# A file, the lines a change removes there, and those it adds.
Block = tuple[str, tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Contamination:
    """The reference solution's changes of product code that a patch makes exactly so, of all of them; `lines` is how
    many lines these matching changes remove and add.
    """

    matched: int
    changes: int
    lines: int

    @property
    def score(self) -> float:
        """The share of the reference's changes, from 0 to 1."""
        return round(self.matched / self.changes, 4)

    def row(self) -> dict[str, Any]:
        """As JSON values."""
        return {"score": self.score, "matched": self.matched, "changes": self.changes, "lines": self.lines}


def contamination(patch: str, gold: str) -> Contamination | None:
    """Compare a patch with the reference solution; None where either is missing or the latter cannot be read."""
    reference = _blocks(gold)
    if not reference or not patch.strip():
        return None
    found = reference & _blocks(patch)
    lines = sum((len(removed) + len(added)) * count for (_, removed, added), count in found.items())
    return Contamination(found.total(), reference.total(), lines)


def _blocks(patch: str) -> Counter[Block]:
    """Each run of changed lines in product code, wherever it stands in its file and however much context is shown."""
    try:
        files = parse_patch(patch) if patch.strip() else ()
    except PatchError:
        return Counter()
    named = [(file.target_file or file.source_file or "", file.hunks) for file in files]
    hunks = [(path, hunk) for path, hunks in named if not is_test_path(path) for hunk in hunks]
    return Counter((path, *change) for path, hunk in hunks for change in _changes(hunk))


def _changes(hunk: Hunk) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    for is_context, lines in groupby(hunk.lines, key=lambda line: line.line_type == " "):
        if not is_context:
            yield _sided(list(lines))


def _sided(lines: list[Line]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    removed, added = (tuple(line.value for line in lines if line.line_type == sign) for sign in "-+")
    return removed, added
