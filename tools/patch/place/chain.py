"""The best chains of pairs that lay a hunk's lines on a file's: both rise, what is skipped costs.

As in aligning sequences (Needleman and Wunsch 1970), but over the pairs that can match at all, and from both ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

MAX_ELIDED = 2_000  # file lines that one `...` stands for
MAX_LEFT_OUT = 6  # file lines that the hunk leaves out in one place, without saying so
MAX_INVENTED = 3  # lines of the hunk in one place that the file does not have
# In units of a full line.
MARGIN = 0.4
LEFT_OUT, LEFT_OUT_MORE = 0.5, 0.2
INVENTED, INVENTED_AT_LEAST = 0.35, 0.6
ELIDED_LINE = 0.0001  # so that the nearest of equals is taken
NEVER = float("-inf")

Pair = tuple[int, int]
Path = tuple[int | None, ...]
Step = tuple[int, float, bool]


@dataclass(frozen=True)
class Row:
    """A source line of the hunk."""

    text: str
    indent: str
    removed: bool
    elides: bool

    @cached_property
    def worth(self) -> float:
        """From 0.1 for a bracket to 1 for a line that says something."""
        said = sum(map(len, re.findall(r"\w+", self.text)))
        return 0.0 if self.elides else 0.1 if said < 2 else min(1.0, 0.3 + said / 20)

    @cached_property
    def cost_of_invention(self) -> float:
        """Of quoting it although the file does not have it; what is not there cannot be removed."""
        if self.removed:
            return float("inf")
        return 0.0 if self.elides else max(INVENTED_AT_LEAST, INVENTED + self.worth / 2)


class Chains:
    """The best chain through every pair; `ends` are the scores of whole chains by their last pair."""

    def __init__(self, rows: Sequence[Row], scores: Sequence[Mapping[int, float]], size: int) -> None:
        self.scores = scores
        self._to, self._before = _run(rows, scores)
        mirrored = [{size - 1 - at: score for at, score in row.items()} for row in reversed(scores)]
        backward, _ = _run(rows[::-1], mirrored)
        self._from = {(len(rows) - 1 - i, size - 1 - j): score for (i, j), score in backward.items()}
        after = [sum(row.cost_of_invention for row in rows[i + 1 :]) for i in range(len(rows))]
        self.ends = {pair: score - after[pair[0]] for pair, score in self._to.items()}
        self._rows = len(rows)

    def path_to(self, end: Pair) -> Path:
        """The best chain that ends in a pair: for every row its file line, or None."""
        laid: dict[int, int] = {}
        pair: Pair | None = end
        while pair is not None:
            laid[pair[0]] = pair[1]
            pair = self._before.get(pair)
        return tuple(laid.get(i) for i in range(self._rows))

    def is_clear(self, pair: Pair, reach: int) -> bool:
        """True when every chain that lays the pair's row on another line near by is clearly worse."""
        i, at = pair
        others = [self._through((i, j)) for j in self.scores[i] if j != at and abs(j - at) <= reach]
        return self._through(pair) - max(others, default=NEVER) >= MARGIN

    def _through(self, pair: Pair) -> float:
        return self._to[pair] + self._from[pair] - self.scores[pair[0]][pair[1]]


def _run(rows: Sequence[Row], scores: Sequence[Mapping[int, float]]) -> tuple[dict[Pair, float], dict[Pair, Pair]]:
    """The best score of a chain up to every pair, and the pair before it in that chain."""
    best: dict[Pair, float] = {}
    before: dict[Pair, Pair] = {}
    for i, row_scores in enumerate(scores):
        begun = -sum(row.cost_of_invention for row in rows[:i])
        steps = list(_steps(rows, i))
        for j, score in row_scores.items():
            top, link = max(_links(j, steps, scores, best), default=(NEVER, (-1, -1)))
            best[i, j] = max(top, begun) + score
            if top > begun:
                before[i, j] = link
    return best, before


def _links(
    j: int, steps: Sequence[Step], scores: Sequence[Mapping[int, float]], best: Mapping[Pair, float]
) -> Iterator[tuple[float, Pair]]:
    """The pairs a chain may come from to file line j, with what it is worth there."""
    for k, cost, elided in steps:
        for at in _below(j, scores[k], elided=elided):
            jump = ELIDED_LINE * (j - at - 1) if elided else _gap(j - at - 1)
            yield best[k, at] - cost - jump, (k, at)


def _steps(rows: Sequence[Row], i: int) -> Iterator[Step]:
    """Earlier rows a chain may come from: with the cost of the rows between, and whether one of them elides."""
    cost, elided, invented = 0.0, False, 0
    for k in range(i - 1, -1, -1):
        if not rows[k].elides:
            yield k, cost, elided
            invented += 1
        cost += rows[k].cost_of_invention
        elided = elided or rows[k].elides
        if invented > MAX_INVENTED or cost == float("inf"):
            return


def _below(j: int, scores: Mapping[int, float], *, elided: bool) -> Iterator[int]:
    """File lines before j, as far as a chain may jump, that the earlier row can be laid on."""
    reach = MAX_ELIDED if elided else MAX_LEFT_OUT + 1
    if reach > len(scores):
        return (at for at in scores if 0 < j - at <= reach)
    return (at for at in range(j - 1, max(j - 1 - reach, -1), -1) if at in scores)


def _gap(lines: int) -> float:
    return LEFT_OUT + LEFT_OUT_MORE * (lines - 1) if lines else 0.0
