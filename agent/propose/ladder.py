"""The ladder: the cheapest proposer first; one that sees no way on hands its findings to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agent.core.errors import OverBudget
from agent.core.protocols import Proposer, RunView
from agent.core.step import Step


class Ladder:
    """Asks its lowest rung until that has no proposal left, or leaves the case open; the next finds what was tried in
    `hints_text`, and an open result in `verdict`.
    """

    def __init__(self, rungs: Sequence[Proposer]) -> None:
        self._rungs = list(rungs)
        self._findings: list[str] = []

    def propose(self, view: RunView) -> Step:
        """The next step of the lowest rung that has one; the last rung's answer stands, whatever it is."""
        if view.verdict is not None:
            self._rungs.pop(0)
        if not self._rungs:
            return Step(len(view.steps) + 1, "")
        while len(self._rungs) > 1:
            step = self._asked(view)
            if step is not None:
                return step
            self._rungs.pop(0)
        hints = "\n".join([*filter(None, [view.task.hints_text]), *self._findings])
        return self._rungs[0].propose(replace(view, task=replace(view.task, hints_text=hints)))

    def _asked(self, view: RunView) -> Step | None:
        try:
            step = self._rungs[0].propose(view)
        except OverBudget as error:  # its share of the time is up, not the run's
            self._findings.append(error.message)
            return None
        if step.tool_calls:
            return step
        self._findings.append(step.thought)
        return None
