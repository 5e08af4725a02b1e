"""The last rule: a costed alignment of a hunk whose lines are elided, left out or slightly misquoted.

A chain of pairs (line of the hunk, line of the file) that rises in both; a pair is worth more the more its line says.
The best chain must hold most of what the hunk is worth, and win clearly: for every line that places a change, the best
chain that lays it elsewhere is known too, from chains run from both ends: so it is safe where a file repeats itself.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile

from tools.patch.place.chain import MARGIN, MAX_LEFT_OUT, Chains, Path, Row
from tools.patch.place.elision import elides
from tools.patch.place.fit import FileLines, Fit, bare
from tools.patch.place.indent import indent_of, learned
from tools.patch.place.likeness import MAX_LETTERS, Likeness, Near
from tools.patch.types import Hunk, Line

RULE = "aligned"
# A hunk that needs more than this is not slightly misquoted, and would take long.
MAX_PAIRS = 20_000
MAX_ROWS = 400
MAX_COMMON = 30  # times a line may stand in the file to say where to look
NEAR = 2 * MAX_LEFT_OUT  # lines around where the others say
# In units of a full line.
ENOUGH = 0.65
RIGHT, FEWEST_RIGHT, WORDED = 0.4, 2, 0.3
LEAST = 1.0
ELSEWHERE_INDENTED = 0.95
TELLING = 0.5


def aligned(hunk: Hunk, file: FileLines) -> list[Fit]:
    """The alignments that are good enough: one when it wins clearly, several when evidence must choose, or none."""
    rows = tuple(_row(line) for line in hunk.lines if line.line_type != "+")
    shifts = _shifts(rows, file) if len(rows) <= MAX_ROWS else []
    near = Near(file, [range(low, high + len(rows)) for low, high in shifts])
    scores = [_scores(row, near, [range(i + low, i + high + 1) for low, high in shifts]) for i, row in enumerate(rows)]
    if hunk.ends_file:
        scores[-1] = {at: score for at, score in scores[-1].items() if at == len(file.lines) - 1}
    if not any(scores) or sum(map(len, scores)) > MAX_PAIRS:
        return []
    chains = Chains(rows, scores, len(file.lines))
    best = max(chains.ends.values())
    if best < max(LEAST, ENOUGH * sum(row.worth for row in rows)):
        return []
    ends = sorted((score, end) for end, score in chains.ends.items() if score > best - MARGIN)
    beside = {i for gap in _gaps(hunk) for i in (gap.before, gap.after)}
    placing = [i for i, row in enumerate(rows) if row.removed or i in beside]
    # One path for each way to lay the lines that place a change, the best of them.
    paths = list({tuple(path[i] for i in placing): path for path in (chains.path_to(end) for _, end in ends)}.values())
    reach = len(file.lines) if len(paths) == 1 else len(rows) + MAX_LEFT_OUT
    fits = [_fit(_Laid(rows, path, chains, file, reach), hunk) for path in sorted(paths, key=_first_laid)]
    return fits if any(fit.is_clear for fit in fits) else []


def _first_laid(path: Path) -> list[int]:
    return [at for at in path if at is not None]


def _row(line: Line) -> Row:
    text = bare(line.value)
    return Row(text, indent_of(line.value), line.line_type == "-", line.line_type == " " and elides(text))


def _shifts(rows: Sequence[Row], file: FileLines) -> list[tuple[int, int]]:
    """How far the hunk may be moved to lie near one of its telling lines: ranges, rising and apart.

    A place that has none of them is worth less by at least one line, so that it need not be looked at.
    """
    places: dict[str, list[int]] = {row.text: [] for row in rows if row.worth >= TELLING}
    for at, key in enumerate(file.keys("indent")):
        if key in places:
            places[key].append(at)
    telling = {text: found for text, found in places.items() if len(found) <= MAX_COMMON}
    found = {at - i for i, row in enumerate(rows) for at in telling.get(row.text, ())}
    ranges: list[tuple[int, int]] = []
    for shift in sorted(found):
        if ranges and shift - NEAR <= ranges[-1][1]:
            ranges[-1] = (ranges[-1][0], shift + NEAR)
        else:
            ranges.append((shift - NEAR, shift + NEAR))
    return ranges


def _scores(row: Row, near: Near, where: Sequence[range]) -> dict[int, float]:
    """What laying a row on a file line is worth, for the lines that are equal or similar."""
    if row.elides:
        return {}
    worth = {row.text: row.worth}
    if len(row.text) <= MAX_LETTERS:
        likeness = Likeness(row)
        worth |= {held: likeness.of(held) for held in near.sharing(row.text) - {row.text}}
    scores: dict[int, float] = {}
    for at in (at for stretch in where for at in range(max(stretch.start, 0), min(stretch.stop, len(near.keys)))):
        key = near.keys[at]
        if worth.get(key):
            elsewhere_indented = key == row.text and indent_of(near.file.lines[at]) != row.indent
            scores[at] = worth[key] * (ELSEWHERE_INDENTED if elsewhere_indented else 1.0)
    return scores


@dataclass(frozen=True, slots=True)
class _Gap:
    """A stretch of added lines: the source rows before and after it, and how many are added."""

    before: int | None
    after: int | None
    added: int


@dataclass(frozen=True, slots=True)
class _Laid:
    """A chain over the hunk's rows, to be looked at: where it puts what changes, and whether that is sure."""

    rows: Sequence[Row]
    path: Path
    chains: Chains
    file: FileLines
    reach: int

    def is_sure(self, i: int) -> bool:
        """True when a row stands for a file line and for no other."""
        at = self.path[i]
        return at is not None and self.chains.is_clear((i, at), self.reach)

    def quotes_enough_right(self) -> bool:
        """True when much of what the rows are worth is quoted word for word, and not one line alone."""
        held = [None if at is None else bare(self.file.lines[at]) for at in self.path]
        right = [row.worth for row, text in zip(self.rows, held, strict=True) if row.text == text]
        lines = sum(worth >= WORDED for worth in right)
        return lines >= FEWEST_RIGHT and sum(right) >= RIGHT * sum(row.worth for row in self.rows)

    def leaves_out_beside(self, gap: _Gap) -> bool:
        """True when a line is left out at the edge of lines replaced by more: it may belong among the new ones."""
        first = None if gap.before is None else self.path[gap.before]
        last = None if gap.after is None else self.path[gap.after]
        if first is None or last is None or not any(line.strip() for line in self.file.lines[first + 1 : last]):
            return False
        around = (self.rows[(gap.before or 0) :: -1], self.rows[gap.after or 0 :])
        return gap.added > sum(len(list(takewhile(lambda row: row.removed, side))) for side in around)

    def has_its_blank_end(self) -> bool:
        """True when blank lines that the hunk ends with are there, or the file ends: a text may be cut off there."""
        end = next((i for i in range(len(self.rows) - 1, -1, -1) if self.rows[i].text), 0) + 1
        at_end_of_file = self.path[end - 1] == len(self.file.lines) - 1
        return at_end_of_file or all(at is not None for at in self.path[end:])

    def has_a_place(self, before: int | None, after: int | None) -> bool:
        """True when lines added between two rows can stand in one place; next to removed ones they replace them."""
        if any(row is not None and self.rows[row].removed for row in (before, after)):
            return True
        if before is None or self.rows[before].elides:
            return after is not None and self.is_sure(after)
        if after is None or self.rows[after].elides or self._ends_blank(before, after):
            return self.is_sure(before)
        if self.is_sure(before) and self.is_sure(after) and self.path[after] == (self.path[before] or 0) + 1:
            return True
        return self._only_blank_between(before, after) and _is_python(self.file)

    def _ends_blank(self, before: int, after: int) -> bool:
        """True when the file ends with one row, and the hunk quotes only blank lines after it."""
        return self.path[before] == len(self.file.lines) - 1 and not any(row.text for row in self.rows[after:])

    def _only_blank_between(self, before: int, after: int) -> bool:
        """True when the next rows with words are sure, and only blank lines lie between: any place is the same."""
        first = next((i for i in range(before, -1, -1) if self.rows[i].text), None)
        last = next((i for i in range(after, len(self.rows)) if self.rows[i].text), None)
        if first is None or last is None or not (self.is_sure(first) and self.is_sure(last)):
            return False
        between = self.file.lines[(self.path[first] or 0) + 1 : self.path[last]]
        return self.path[before] is not None and not any(line.strip() for line in between)


def _is_python(file: FileLines) -> bool:
    """True where blank lines mean nothing."""
    try:
        return file.path.endswith(".py") and bool(ast.parse(file.text))
    except (SyntaxError, ValueError, RecursionError):
        return False


def _is_clear(laid: _Laid, hunk: Hunk) -> bool:
    """True when nothing that changes could as well stand elsewhere."""
    gaps = list(_gaps(hunk))
    torn = {gap.after for gap in gaps}
    removed = [i for i, row in enumerate(laid.rows) if row.removed]
    if not laid.quotes_enough_right() or not laid.has_its_blank_end():
        return False
    if any(laid.leaves_out_beside(gap) for gap in gaps):
        return False
    for i in removed:
        follows = i - 1 in removed and i not in torn
        # A line left out among removed ones: does it stay?
        if not laid.is_sure(i) or (follows and laid.path[i] != (laid.path[i - 1] or 0) + 1):
            return False
    return all(laid.has_a_place(gap.before, gap.after) for gap in gaps)


def _gaps(hunk: Hunk) -> Iterator[_Gap]:
    row = 0
    last = len(hunk.source) - 1
    for is_added, lines in groupby(hunk.lines, key=lambda line: line.line_type == "+"):
        count = len(list(lines))
        if is_added:
            yield _Gap(row - 1 if row else None, row if row <= last else None, count)
        else:
            row += count


def _fit(laid: _Laid, hunk: Hunk) -> Fit:
    """The path as a fit; unclear where what changes could as well stand elsewhere, or be indented otherwise."""
    lines, path = laid.file.lines, laid.path
    is_clear = _is_clear(laid, hunk)
    pairs = [(quoted, lines[at]) for quoted, at in zip(hunk.source, path, strict=True) if at is not None]
    if all(not quoted.strip() or indent_of(quoted) == indent_of(held) for quoted, held in pairs):
        return Fit(RULE, path, is_clear=is_clear)
    indentation = learned(hunk, pairs)
    return Fit(RULE, path, indentation, is_clear and indentation is not None)
