"""One conversation after the other: a failed proof, not a feeling, buys the next, which begins anew.

It begins on the tree that the first one began on, and is told in short what failed; nothing else of the talk goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from agent.core.errors import ModelUnknown
from agent.core.fence import fenced
from agent.core.protocols import Proposer, RunView
from agent.core.step import FailedProof, Step
from agent.propose.putting_back import back_to_base
from prompts import render
from tools.clip import first_lines
from tools.spec import ToolCall
from tools.testing.site import Sites
from tools.trial import Tried

FAILURES_EACH = 5  # patches that fail in one conversation until it is given up
MAX_TOLD = 6
MAX_PATCH, MAX_WHY = 2000, 800  # characters of each


class Attempts:
    """Asks the first of its rungs until that gives up or has failed too often; `rungs` make them, cheapest first."""

    def __init__(self, rungs: Sequence[Callable[[], Proposer]], sites: Sites) -> None:
        first, *rest = rungs
        self._current = first()
        self._rest = rest
        self._sites = sites
        self._since: int | None = None  # failed proofs when the current one began
        self._first = 0  # and when the first one did
        self._steps = 0  # and the steps by then

    def propose(self, view: RunView) -> Step:
        """The next step of the current rung, or the one that puts the tree back for the next."""
        if self._since is None:
            self._since = self._first = len(view.failures)
        failed = len(view.failures) - self._since
        if failed >= FAILURES_EACH and self._rest:
            return self._anew(view, f"{failed} patches failed in this conversation")
        step = self._asked(view)
        if step.tool_calls or not (failed or self._has_tried(view)) or not self._rest or view.verdict is not None:
            return step
        return self._anew(view, step.thought)

    def _asked(self, view: RunView) -> Step:
        told = digest(view.failures[self._first :]) if self._since != self._first else ""
        hints = "\n\n".join(filter(None, [view.task.hints_text, told]))
        try:
            return self._current.propose(replace(view, task=replace(view.task, hints_text=hints)))
        except ModelUnknown as error:
            if self._since == self._first:
                raise
            return Step(len(view.steps) + 1, f"{error.message}, which was to try next")  # the first one is there

    def _has_tried(self, view: RunView) -> bool:
        """Whether the current rung has had patches tried: that none passed is a failed proof, too."""
        seen = [observation.data for step in view.steps[self._steps :] for observation in step.observations]
        return any(isinstance(item, Tried) for data in seen if isinstance(data, tuple) for item in data)

    def _anew(self, view: RunView, why: str) -> Step:
        """Put the tree back, and let the next rung begin; where there is nothing to put back it is asked at once."""
        self._current = self._rest.pop(0)()
        self._since, self._steps = len(view.failures), len(view.steps)
        patch = back_to_base(view, self._sites)
        if not patch:
            return self.propose(view)
        index = len(view.steps) + 1
        call = ToolCall(f"anew-{index}", "apply_patch", {"patch": patch})
        return Step(index, f"{why}; the next attempt begins anew", (call,))


def digest(failures: Sequence[FailedProof]) -> str:
    """The last failed proofs for whoever begins anew: each patch, and what the tests said of it."""
    parts = [
        f"{fenced('patch', first_lines(failed.patch.rstrip(), MAX_PATCH))}\n"
        f"{fenced('test_output', first_lines(failed.why, MAX_WHY))}"
        for failed in failures[-MAX_TOLD:]
    ]
    return render("failed_attempts", count=len(failures), shown=len(parts), failures="\n".join(parts))
