"""The embedded engine as a proposer: one search, then one behaviour class a step, each as a canonical diff."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

from agent.core.protocols import Progress, RunView
from agent.core.step import Alternative, Step
from agent.propose.repair_search import RepairSearch
from agent.repair.candidate import Candidate
from agent.repair.rank import Ranked
from agent.repair.shared import Shared
from agent.repair.source import Module
from agent.repair.templates import NARROWING
from tools.errors import ToolError
from tools.patch import Change, Edit, apply_edit, encode, git_diff
from tools.spec import ToolCall
from tools.testing.lab.open import open_lab
from tools.testing.site import Sites

TIME_SHARE = 0.6
MOST_ALTERNATIVES = 6
MODE = 0o644
MOST_BROKEN, SPARING_SECONDS = 24, 30.0


class RepairProposer:
    """Searches when first asked; a proposal that is still red moves it to its next behaviour class."""

    def __init__(
        self,
        sites: Sites,
        progress: Progress,
        max_seconds: float = math.inf,
        record: Callable[..., object] = lambda **fields: None,
        shared: Shared | None = None,
        *,
        is_alone: bool = False,
    ) -> None:
        """`record` takes what a search found, for the journal; `shared` is what searches of this run share. Nobody
        is asked after one that `is_alone`.
        """
        self._is_alone = is_alone
        self._shared = Shared() if shared is None else shared
        self._sites = sites
        self._record = record
        self._progress = progress
        self._max_seconds = max_seconds
        self._modules: dict[str, Module] = {}
        self._waiting: list[Ranked] | None = None
        self._current: Candidate | None = None
        self._story = ""

    def propose(self, view: RunView) -> Step:
        """The next candidate as an `apply_patch` call, or a step without calls when there is none.

        Raises OverBudget when the time was up before anything was found.
        """
        index = len(view.steps) + 1
        if self._waiting is None:
            self._waiting, self._story = self._searched(view)
        elif self._waiting and view.failures and view.failures[-1].broken:
            self._waiting = self._sparing(view, view.failures[-1].broken)
        candidate = self._waiting.pop(0).candidate if self._waiting else None
        if candidate is None and self._current is None:
            return Step(index, self._story)
        patch = git_diff(self._changes(candidate))
        self._current = candidate
        call = ToolCall(f"repair-{index}", "apply_patch", {"patch": patch})
        return Step(index, self._thought(candidate), (call,), alternatives=self._alternatives(candidate))

    def _searched(self, view: RunView) -> tuple[list[Ranked], str]:
        search = RepairSearch(self._sites, view, self._shared, self._progress, self._record, is_alone=self._is_alone)
        found = search.run(min(self._max_seconds, TIME_SHARE * view.remaining.seconds))
        self._modules = search.modules
        return found

    def _sparing(self, view: RunView, broken: Sequence[str]) -> list[Ranked]:
        """Those still waiting under which the tests pass that the judge saw fail: what its run of the suite tells.

        All of them where none would be left; what fails in the lab without an edit, too, tells nothing.
        """
        waiting, some = list(self._waiting or ()), broken[:MOST_BROKEN]
        until = time.monotonic() + min(SPARING_SECONDS, view.remaining.seconds / 2)
        try:
            with open_lab(self._sites, view.task.base_commit, some, view.before.durations, until=until) as lab:
                green = lab.green_under(Edit(waiting[0].candidate.edit.path, 0, 0, ""), some)
                told = [name for name in some if name in green]
                results = zip(waiting, lab.try_edits([item.candidate.edit for item in waiting], told), strict=True)
                return [item for item, result in results if result.outcome == "late" or result.passes(told)] or waiting
        except ToolError:
            return waiting

    def _alternatives(self, candidate: Candidate | None) -> tuple[Alternative, ...]:
        """The candidate and the classes still waiting in its file.

        Those that narrow what the code does question only a candidate that does no more.
        """
        if candidate is None:
            return ()
        waiting = [item.candidate for item in self._waiting or ()]
        narrows = candidate.template in NARROWING
        others = [one for one in waiting if one.edit.path == candidate.edit.path]
        others = [one for one in others if narrows or one.template not in NARROWING]
        listed = [candidate, *others[:MOST_ALTERNATIVES]]
        return tuple(Alternative(one.edit, f"line {one.line}: {one.sentence}") for one in listed)

    def _thought(self, candidate: Candidate | None) -> str:
        if candidate is None:
            return "the last candidate is taken back: the tests do not accept it"
        return f"{candidate.edit.path}:{candidate.line}: {candidate.sentence}. {self._story}"

    def _changes(self, candidate: Candidate | None) -> list[Change]:
        """From the tree as our last proposal left it to the base with this candidate in it (None: the base itself)."""
        paths = {c.edit.path for c in (self._current, candidate) if c is not None}
        texts = {path: (self._with(path, self._current), self._with(path, candidate)) for path in sorted(paths)}
        return [Change(path, encode(old), encode(new), MODE) for path, (old, new) in texts.items() if old != new]

    def _with(self, path: str, candidate: Candidate | None) -> str:
        text = self._modules[path].text
        return apply_edit(text, candidate.edit) if candidate is not None and candidate.edit.path == path else text
