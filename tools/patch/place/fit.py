"""A file's lines to search in, and what a hunk that fits looks like."""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, repeat

from tools.patch.place.indent import Indentation
from tools.patch.types import split_lines

Rule = Callable[[Sequence[str]], list[str]]

# One character for another: what editors, web pages and models put in the place of plain punctuation.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys([0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " "),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff", None),
        "\u2026": "...",
    }
)


def plain(line: str) -> str:
    """The line with plain quotes, dashes and spaces, and without trailing space."""
    return line.rstrip() if line.isascii() else line.translate(_PLAIN).rstrip()


def bare(line: str) -> str:
    """The line without its indentation, in plain punctuation."""
    return plain(line).lstrip()


def _without_line_ends(lines: Sequence[str]) -> list[str]:
    return [*map(str.rstrip, lines, repeat("\r\n"))]


def _without_trailing_space(lines: Sequence[str]) -> list[str]:
    return [*map(str.rstrip, lines)]


def _plain(lines: Sequence[str]) -> list[str]:
    return _without_trailing_space(lines) if all(map(str.isascii, lines)) else [*map(plain, lines)]


def _bare(lines: Sequence[str]) -> list[str]:
    return [*map(str.lstrip, _plain(lines))]


# What a rule makes of lines: two lines are the same when it makes them equal. Strictest first; whole files go through.
RULES: Mapping[str, Rule] = {
    "exact": list,
    "line-end": _without_line_ends,
    "trailing-space": _without_trailing_space,
    "punctuation": _plain,
    "indent": _bare,
}
# By one rule in one file; a patch of more hunks has its lines looked up instead.
MOST_SEARCHES = 30
SPACE_RULES = ("line-end", "trailing-space")


@dataclass(frozen=True, slots=True)
class Fit:
    """A hunk laid over a file: for each of its source lines the 0-based line it stands for, None for one not there.

    `indentation` is how the file indents what the hunk indents otherwise; None: alike. One that is not clear is no
    place for the hunk, but a rival that makes the others less sure.
    """

    rule: str
    rows: tuple[int | None, ...]
    indentation: Indentation | None = None
    is_clear: bool = True

    @property
    def start(self) -> int:
        """Where the hunk's first source line would stand, 0-based."""
        return next((row - at for at, row in enumerate(self.rows) if row is not None), 0)


@dataclass(frozen=True, slots=True)
class FileLines:
    """A file's lines, indexed by each rule when it is first asked for."""

    path: str
    text: str
    lines: Sequence[str]
    _keys: dict[str, list[str]] = field(default_factory=dict)
    _texts: dict[str, str] = field(default_factory=dict)
    _rows: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    _asked: Counter[str] = field(default_factory=Counter)
    _ends: list[int] = field(default_factory=list)  # of the lines, in characters of the text

    @classmethod
    def of(cls, path: str, text: str) -> FileLines:
        """The lines of a text."""
        return cls(path, text, split_lines(text))

    def fits(self, rule: str, wanted: Sequence[str], at: int) -> bool:
        """True when the wanted lines stand at a 0-based place."""
        if at < 0 or at + len(wanted) > len(self.lines):
            return False
        if wanted and not wanted[-1].endswith("\n") and at + len(wanted) != len(self.lines):
            return False
        key = RULES[rule]
        return key(self.lines[at : at + len(wanted)]) == key(wanted)

    def places(self, rule: str, wanted: Sequence[str]) -> list[int]:
        """All 0-based places where the wanted lines stand."""
        self._asked[rule] += 1
        if self._asked[rule] > MOST_SEARCHES:
            return self._indexed_places(rule, wanted)
        if rule == "exact":
            return list(self._exact_places("".join(wanted)))
        at, words = max(enumerate(map(str.strip, wanted)), key=lambda line: len(line[1]))
        if self._shows(rule, words):
            found = self.text.find(words)
            if found < 0:
                return []
            if self.text.find(words, found + 1) < 0:
                start = self._line_at(found) - at
                return [start] if self.fits(rule, wanted, start) else []
        if not wanted[-1].endswith("\n"):
            last = len(self.lines) - len(wanted)
            return [last] if self.fits(rule, wanted, last) else []
        return list(self._loose_places(self._joined(rule), "\n".join(["", *RULES[rule](wanted), ""])))

    @staticmethod
    def _loose_places(text: str, wanted: str) -> Iterator[int]:
        at, line, counted = text.find(wanted), 0, 0
        while at >= 0:
            line += text.count("\n", counted, at)
            counted = at
            yield line
            at = text.find(wanted, at + 1)

    def _shows(self, rule: str, words: str) -> bool:
        """True when a line that the rule makes equal to these words holds them as they are."""
        return rule in SPACE_RULES or (words.isascii() and self.text.isascii())

    def _joined(self, rule: str) -> str:
        """The text as the rule sees it, each line between line feeds."""
        if rule not in self._texts:
            self._texts[rule] = "\n".join(["", *self.keys(rule), ""])
        return self._texts[rule]

    def _exact_places(self, wanted: str) -> Iterator[int]:
        """As searched for in the whole text, which is many times quicker than by lines."""
        at = self.text.find(wanted)
        while at >= 0:
            starts = at == 0 or self.text[at - 1] == "\n"
            if starts and (wanted.endswith("\n") or at + len(wanted) == len(self.text)):
                yield self._line_at(at)
            at = self.text.find(wanted, at + 1)

    def _indexed_places(self, rule: str, wanted: Sequence[str]) -> list[int]:
        if rule not in self._rows:
            self._rows[rule] = {}
            for row, key in enumerate(self.keys(rule)):
                self._rows[rule].setdefault(key, []).append(row)
        known = self._rows[rule]
        at, rows = min(
            ((at, known.get(key, [])) for at, key in enumerate(RULES[rule](wanted))), key=lambda found: len(found[1])
        )
        return [row - at for row in rows if self.fits(rule, wanted, row - at)]

    def _line_at(self, offset: int) -> int:
        """The 0-based line that holds a character."""
        if not self._ends:
            self._ends.extend(accumulate(map(len, self.lines)))
        return bisect(self._ends, offset)

    def keys(self, rule: str) -> list[str]:
        """Every line as the rule sees it."""
        if rule not in self._keys:
            self._keys[rule] = RULES[rule](self.lines)
        return self._keys[rule]
