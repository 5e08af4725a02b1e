"""Where the true place stands among scored places, and plain Ochiai as the peer."""

import math
from collections import Counter
from collections.abc import Collection, Hashable, Mapping
from typing import TypeVar

from tools.testing.layout import is_test_path
from tools.testing.results import TestRun

UNRANKED = 100_000.0  # the rank of what is not listed at all
Line = tuple[str, int]
Place = TypeVar("Place", bound=Hashable)


def mid_rank(scores: Mapping[Place, float], place: Place) -> float:
    """The rank of a place, 1 for the best; equal ones share the middle of their ranks. UNRANKED when not scored."""
    if place not in scores:
        return UNRANKED
    better = sum(score > scores[place] for score in scores.values())
    ties = sum(score == scores[place] for score in scores.values())
    return better + (ties + 1) / 2


def best_of(scores: Mapping[Line, float], functions: Mapping[Line, str]) -> dict[tuple[str, str], float]:
    """Functions by path and name, each with the score of its best line."""
    best: dict[tuple[str, str], float] = {}
    for line, score in scores.items():
        function = (line[0], functions.get(line, "<module>"))
        best[function] = max(score, best.get(function, 0.0))
    return best


def ochiai(run: TestRun, targets: Collection[str]) -> dict[Line, float]:
    """Abreu et al. 2006, nothing added: each product line that a target ran."""
    failing = Counter(line for name in run.lines if name in targets for line in _product_lines(run, name))
    passing = Counter(line for name in run.green if name in run.lines for line in _product_lines(run, name))
    traced = sum(name in targets for name in run.lines)
    return {line: hits / math.sqrt(traced * (hits + passing[line])) for line, hits in failing.items()}


def _product_lines(run: TestRun, name: str) -> set[Line]:
    return {(path, line) for path, lines in run.lines[name].items() if not is_test_path(path) for line in lines}
