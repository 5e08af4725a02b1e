"""The embedded engine as a proposer: one search, then one behaviour class a step, each as a canonical diff."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from agent.core.errors import OverBudget
from agent.core.protocols import Progress, RunView
from agent.core.step import Alternative, Step
from agent.core.task import Suspect
from agent.repair.candidate import Candidate
from agent.repair.choose import choose
from agent.repair.covering import covering_tests
from agent.repair.rank import Ranked, rank, shared_by_all
from agent.repair.search import QUICK_COVERING_SECONDS, Findings, Place, Search
from agent.repair.shared import Shared
from agent.repair.source import Module
from agent.repair.synthesis import synthesized
from agent.repair.templates import NARROWING
from agent.repair.told import Told
from tools.errors import ToolError
from tools.patch import Change, Edit, apply_edit, decode, encode, git_diff
from tools.spec import ToolCall
from tools.testing.lab.lab import Lab
from tools.testing.lab.open import open_lab
from tools.testing.site import Sites
from tools.workspace.history import Past, past_of

TIME_SHARE = 0.6
CHOOSING_SHARE = 0.2  # of the time of the search
MOST_COMMITS = 8  # of a file's, that are looked at for what stood there before
MOST_ALTERNATIVES = 6
REACH = 4  # times as much as usual is thought of where an edit mends some of the tests
LOOKING_SECONDS = 0.2  # of passing tests a function, at what expressions are worth there
MODE = 0o644
MOST_BROKEN, SPARING_SECONDS = 24, 30.0
NO_TARGETS = "the embedded engine works from failing tests and there is none; an issue text alone needs a model"
NOTHING_TO_EDIT = "no product code that the failing tests run can be edited"


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
            self._waiting, self._story = self._search(view)
        elif self._waiting and view.failures and view.failures[-1].broken:
            self._waiting = self._sparing(view, view.failures[-1].broken)
        candidate = self._waiting.pop(0).candidate if self._waiting else None
        if candidate is None and self._current is None:
            return Step(index, self._story)
        patch = git_diff(self._changes(candidate))
        self._current = candidate
        call = ToolCall(f"repair-{index}", "apply_patch", {"patch": patch})
        return Step(index, self._thought(candidate), (call,), alternatives=self._alternatives(candidate))

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

    def _search(self, view: RunView) -> tuple[list[Ranked], str]:
        targets = view.task.fail_to_pass
        if not targets:
            return [], NO_TARGETS
        unloaded = next((view.before.failures.get(target) for target in targets if "::" not in target), None)
        if unloaded is not None and unloaded.phase == "collect":
            why = f"{unloaded.node_id} fails to import: {unloaded.exception}: {unloaded.message.split(chr(10))[0]}"
            return [], f"the embedded engine needs tests that can be loaded; {why}"
        if not view.suspects:
            return [], "the failing tests run no product code, so there is nothing to repair"
        suspects = shared_by_all(view.suspects, view.before, targets)
        if not suspects:
            return [], "the failing tests have no line of product code in common, so no single edit mends them all"
        self._modules = self._parsed(view.task.base_commit, suspects)
        if not self._modules:
            return [], NOTHING_TO_EDIT
        try:
            seconds = min(self._max_seconds, TIME_SHARE * view.remaining.seconds)
            until = time.monotonic() + (1 + CHOOSING_SHARE) * seconds
            tests = self._tests(view)
            with open_lab(self._sites, view.task.base_commit, tests, view.before.durations, until=until) as lab:
                lab.warm_up()
                failures = [view.before.failures[name] for name in targets if name in view.before.failures]
                told = Told.of(failures)
                search = self._search_of(lab, view)
                more = partial(self._more, lab, view, suspects, told)
                ranked = rank(self._modules, suspects, self._past, told)
                findings = search.run(ranked, seconds, self._progress, more)
                self._share(view, findings)
                chosen = search.standing(self._chosen(lab, view, findings))
                self._record(**_searched(findings, chosen))
        except ToolError as error:
            return [], f"the embedded engine could not try anything: {error.message}"
        if not findings.candidates and not findings.out_of_time:
            return [], NOTHING_TO_EDIT
        if findings.out_of_time:
            raise OverBudget(
                f"{_story(findings)} before the time was up", "raise --max-seconds, or name one failing test"
            )
        broken = "" if chosen or not findings.plausible else ", and each breaks a slower test that covers it"
        return chosen, f"{_story(findings)}{broken}"

    def _share(self, view: RunView, findings: Findings) -> None:
        """Tell the searches after this one of its tree which tests belong together."""
        if findings.apart:
            self._shared.apart[view.task.base_commit].append(findings.apart)
        elif findings.hopeless and self._is_alone:
            self._shared.hopeless[view.task.base_commit].append(frozenset(view.task.fail_to_pass))

    def _more(
        self, lab: Lab, view: RunView, suspects: Sequence[Suspect], told: Told, places: Collection[Place]
    ) -> Iterable[Ranked]:
        """What the values at suspicious lines lead to, and at certain `places` all that templates can think of."""
        if not places:
            return self._synthesized(lab, view, suspects)
        near = [suspect for suspect in suspects if (suspect.path, suspect.line) in places]
        return chain(rank(self._modules, near, self._past, told, REACH), self._synthesized(lab, view, near))

    def _synthesized(self, lab: Lab, view: RunView, suspects: Sequence[Suspect]) -> list[Ranked]:
        """What the values at suspicious lines lead to, as quick tests have them."""
        durations = view.before.durations

        def is_quick(name: str) -> bool:
            return durations.get(name, 0.0) <= LOOKING_SECONDS

        def covering(places: Sequence[tuple[str, int]]) -> Sequence[str]:
            return tuple(filter(is_quick, self._covering(view, places, LOOKING_SECONDS)))

        targets = view.task.fail_to_pass
        quick = tuple(filter(is_quick, targets)) or (min(targets, key=lambda name: durations.get(name, 0.0)),)
        return synthesized(lab, self._modules, suspects, quick, covering)

    def _search_of(self, lab: Lab, view: RunView) -> Search:
        killed = self._shared.killed[view.task.base_commit]
        targets = view.task.fail_to_pass
        return Search(lab, self._modules, targets, view.before, killed, by_groups=self._shared.by_groups)

    def _chosen(self, lab: Lab, view: RunView, findings: Findings) -> list[Ranked]:
        red = [name for name in view.before.red if name in view.before.lines and name not in view.task.fail_to_pass]
        return choose(lab, self._modules, findings.plausible, self._recording_tests(view, findings), red)

    def _tests(self, view: RunView) -> Sequence[str]:
        """All that the lab may be asked for, in the suite's order: the tests that run a suspicious file, and the red.

        In another order a file may find on the path, or not, what a file before it has put there.
        """
        lines = view.before.lines
        red = set(view.before.red) & lines.keys()
        found = red | {name for name, ran in lines.items() if not ran.keys().isdisjoint(self._modules)}
        place = {name: number for number, name in enumerate(view.before.statuses)}
        return sorted(found, key=lambda name: place.get(name, -1)) or view.task.fail_to_pass

    def _parsed(self, commit: str, suspects: Sequence[Suspect]) -> dict[str, Module]:
        site = self._sites.open(commit)
        try:
            return _parse(site.workspace.tree, suspects)
        finally:
            site.close()

    def _past(self, module: Module) -> list[Past]:
        """Earlier versions of a module; none in an honest run, whose repository has one commit."""
        return past_of(self._sites.repository, module.path, encode(module.text), MOST_COMMITS)

    def _recording_tests(self, view: RunView, findings: Findings) -> tuple[str, ...]:
        places = {(item.candidate.edit.path, item.candidate.line) for item in findings.plausible}
        covering = self._covering(view, sorted(places), QUICK_COVERING_SECONDS)
        return tuple(dict.fromkeys([*view.task.fail_to_pass, *covering]))

    def _covering(self, view: RunView, places: Iterable[tuple[str, int]], seconds: float) -> list[str]:
        """Tests that cover any of these places (path, line), each once; so many seconds of them a place."""
        found = (covering_tests(view.before, self._modules[path], line, seconds) for path, line in places)
        return list(dict.fromkeys(chain.from_iterable(found)))

    def _changes(self, candidate: Candidate | None) -> list[Change]:
        """From the tree as our last proposal left it to the base with this candidate in it (None: the base itself)."""
        paths = {c.edit.path for c in (self._current, candidate) if c is not None}
        texts = {path: (self._with(path, self._current), self._with(path, candidate)) for path in sorted(paths)}
        return [Change(path, encode(old), encode(new), MODE) for path, (old, new) in texts.items() if old != new]

    def _with(self, path: str, candidate: Candidate | None) -> str:
        text = self._modules[path].text
        return apply_edit(text, candidate.edit) if candidate is not None and candidate.edit.path == path else text


def _parse(tree: Path, suspects: Sequence[Suspect]) -> dict[str, Module]:
    modules: dict[str, Module] = {}
    for path in dict.fromkeys(suspect.path for suspect in suspects):
        try:
            modules[path] = Module.parse(path, decode((tree / path).read_bytes()))
        except (OSError, SyntaxError, ValueError, RecursionError):
            continue  # not Python this interpreter can read: nothing we can edit safely
    return modules


def _searched(findings: Findings, chosen: Sequence[Ranked]) -> dict[str, Any]:
    """What was found, in the order of finding; `order` are the indices of the chosen ones as they are preferred."""
    edits = [item.candidate.edit for item in findings.plausible]
    rows = [{"path": edit.path, "start": edit.start, "end": edit.end, "text": edit.text} for edit in edits]
    order = [findings.plausible.index(item) for item in chosen]
    return {"tried": findings.tried, "candidates": findings.candidates, "plausible": rows, "order": order}


def _story(findings: Findings) -> str:
    tried = f"tried {findings.tried} small edits at {findings.lines} suspicious lines"
    if findings.plausible:
        return f"{tried}; {len(findings.plausible)} pass the failing tests and the tests that cover them"
    apart = f" all of these tests, but {len(findings.apart)} of them can be mended apart" if findings.apart else ""
    return f"{tried}; none passes{apart}"
