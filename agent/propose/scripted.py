"""A proposer that plays a list of steps: the fake for tests, and the way to replay a recorded run."""

from __future__ import annotations

from collections.abc import Sequence

from agent.core.protocols import RunView
from agent.core.step import Step
from tools.spec import ToolCall


class ScriptedProposer:
    """Answers view after view with the given calls; after the last one it sees no way on. `views` keeps what it saw."""

    def __init__(self, calls: Sequence[Sequence[ToolCall]], thoughts: Sequence[str] = ()) -> None:
        self._calls = [tuple(calls_of_step) for calls_of_step in calls]
        self._thoughts = tuple(thoughts)
        self.views: list[RunView] = []

    def propose(self, view: RunView) -> Step:
        """The next step of the script."""
        index = len(self.views)
        self.views.append(view)
        thought = self._thoughts[index] if index < len(self._thoughts) else ""
        if index >= len(self._calls):
            return Step(index + 1, thought or "the script has ended")
        return Step(index + 1, thought, self._calls[index])
