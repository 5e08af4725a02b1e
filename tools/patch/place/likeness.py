"""How far a line that a hunk quotes is like one that the file has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import cached_property

from tools.patch.place.chain import Row
from tools.patch.place.fit import FileLines

SIMILAR_CONTEXT = 0.6
SIMILAR_REMOVED = 0.75
MAX_LETTERS = 2_000  # of a line that may be misquoted; the time to compare two grows with the square

_TOKEN = re.compile(r"\w+")


class Near:
    """The lines of a file that a hunk may be laid on, found by their words."""

    def __init__(self, file: FileLines, where: Sequence[range]) -> None:
        self.file = file
        self.keys = file.keys("indent") if where else []
        self._by_word: dict[str, set[str]] = {}
        for key in {key for near in where for key in self.keys[max(near.start, 0) : max(near.stop, 0)]}:
            for word in _words(key):
                self._by_word.setdefault(word, set()).add(key)

    def sharing(self, text: str) -> set[str]:
        """The lines that have a word of this one."""
        return set().union(*(self._by_word.get(word, ()) for word in _words(text)))


def _words(text: str) -> list[str]:
    """The words of a line; a line of one word may be like another in its letters alone."""
    words = _TOKEN.findall(text)
    return words if len(words) > 1 else [*words, ""]


class Likeness:
    """How far file lines are like a row."""

    def __init__(self, row: Row) -> None:
        self._row = row
        self._least = SIMILAR_REMOVED if row.removed else SIMILAR_CONTEXT
        self._places: dict[str, int] = {}
        for at, letter in enumerate(row.text):
            self._places[letter] = self._places.get(letter, 0) | 1 << at

    def of(self, held: str) -> float:
        """The worth of a row that quotes a file line otherwise than it is; 0 where it is another line."""
        text = self._row.text
        least_common = self._least * (len(text) + len(held)) / 2
        if len(text) < 4 or len(held) > MAX_LETTERS:
            return 0.0
        if min(len(text), len(held)) < least_common or self._common(held) < least_common:
            return 0.0
        if self._row.removed and not _is_slip(text, held):
            return 0.0
        self._matcher.set_seq1(held)
        ratio = self._matcher.ratio()
        return self._row.worth * (2 * ratio - 1) if ratio >= self._least else 0.0

    @cached_property
    def _matcher(self) -> SequenceMatcher[str]:
        return SequenceMatcher(None, "", self._row.text, autojunk=False)

    def _common(self, held: str) -> int:
        """The length of the longest common subsequence, by bits (Crochemore et al. 2001)."""
        places, every = self._places, (1 << len(self._row.text)) - 1
        left = every
        for letter in held:
            here = left & places.get(letter, 0)
            left = (left + here | left - here) & every
        return len(self._row.text) - left.bit_count()


def _is_slip(quoted: str, held: str) -> bool:
    """True when two lines have the same words but for letters within one: another word is another statement."""
    words, others = _TOKEN.findall(quoted), _TOKEN.findall(held)
    if len(words) != len(others):
        return False
    differing = [(word, other) for word, other in zip(words, others, strict=True) if word != other]
    return len(differing) <= 1 and all(
        not word.isdigit() and SequenceMatcher(None, word, other, autojunk=False).ratio() >= SIMILAR_REMOVED
        for word, other in differing
    )
