"""What a benchmark answers: figures, and the goals they are held against."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Goal(NamedTuple):
    """A figure, its bound and whether it keeps to it."""

    figure: float
    bound: float
    met: bool


@dataclass(frozen=True, slots=True)
class Result:
    """One benchmark's figures and goals, by names that carry the unit."""

    figures: Mapping[str, float]
    goals: Mapping[str, Goal]

    def to_json(self, name: str) -> str:
        """Return the one line that the benchmark `name` ends with."""
        return json.dumps({"name": name, "figures": dict(self.figures), "goals": dict(self.goals)})


def at_most(figure: float, bound: float) -> Goal:
    """Return the goal that the figure does not exceed the bound."""
    return Goal(figure, bound, figure <= bound)


def at_least(figure: float, bound: float) -> Goal:
    """Return the goal that the figure reaches the bound."""
    return Goal(figure, bound, figure >= bound)
