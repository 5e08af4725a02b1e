"""One search of the embedded engine: what may be edited, the lab, what is tried, and what is chosen."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import cache, partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

from agent.core.errors import OverBudget
from agent.core.protocols import Progress, RunView
from agent.core.task import Suspect
from agent.localize.spectrum import Line
from agent.repair.beyond import is_generated, unsearched, without_file
from agent.repair.choose import choose
from agent.repair.covering import covering_tests
from agent.repair.rank import Ranked, rank, shared_by_all
from agent.repair.search import QUICK_COVERING_SECONDS, Findings, InVain, Search
from agent.repair.shared import Shared
from agent.repair.source import Module
from agent.repair.synthesis import synthesized
from agent.repair.told import Told
from tools.errors import ToolError
from tools.patch import Edit, decode, encode
from tools.testing.lab.lab import Lab
from tools.testing.lab.open import open_lab
from tools.testing.site import Sites
from tools.workspace.history import Past, past_of

CHOOSING_SHARE = 0.2  # of the time of the search
MOST_COMMITS = 8  # of a file's, that are looked at for what stood there before
# Of the time of the search, for what mends other red tests as well, and of these so many are asked.
SHARE_FOR_ALL, MOST_OTHERS = 0.1, 24
REACH = 4  # times as much as usual is thought of where an edit mends some of the tests
LOOKING_SECONDS = 0.2  # of passing tests a function, at what expressions are worth there
# How often, and for how long, the failing tests are run as the code is before an edit that mends them is believed.
UNEDITED_RUNS, UNEDITED_SECONDS = 6, 2.0
MOST_NAMED = 3  # of generated files
NOTHING_IN_COMMON = "the failing tests have no line of product code in common, so no single edit mends them all"
NOT_FOUND = "some of the failing tests are not found where their files are collected without others of the suite"
NOTHING_TO_EDIT = "no product code that the failing tests run can be edited"
UNSTEADY = "they pass with nothing changed now and then, too: they are flaky, or depend on what ran before them"


class RepairSearch:
    """Searches once. `modules` are the files that may be edited then."""

    def __init__(
        self,
        sites: Sites,
        view: RunView,
        shared: Shared,
        progress: Progress,
        record: Callable[..., object],
        *,
        is_alone: bool,
    ) -> None:
        """`record` takes what was found, for the journal; `shared` is what searches of this run share. Nobody is asked
        after one that `is_alone`.
        """
        self.modules: dict[str, Module] = {}
        self._generated: list[str] = []
        self._is_alone = is_alone
        self._is_unsteady = False
        self._sites = sites
        self._view = view
        self._shared = shared
        self._progress = progress
        self._record = record
        self._commit = view.task.base_commit
        self._targets = view.task.fail_to_pass
        self._past = cache(self._earlier)
        self._failures = view.before.failures_of(self._targets)

    def run(self, seconds: float) -> tuple[list[Ranked], str]:
        """The chosen candidates, one a behaviour class, best first, and the story of the search.

        Raises OverBudget when the time was up before anything was found.
        """
        if why := unsearched(self._targets, self._failures, self._view.suspects):
            return [], why
        suspects = shared_by_all(self._view.suspects, self._view.before, self._targets)
        if not suspects:
            return [], NOTHING_IN_COMMON
        self._read(suspects)
        if not self.modules:
            return [], f"{NOTHING_TO_EDIT}{self._left_alone()}"
        try:
            findings, chosen = self._searched(suspects, seconds)
        except ToolError as error:
            return [], f"the embedded engine could not try anything: {error.message}"
        if findings.out_of_time:
            hint = "raise --max-seconds, or name one failing test"
            raise OverBudget(f"{_story(findings)} before the time was up", hint)
        return chosen, f"{_story(findings)}{'' if chosen else self._why_none(findings)}"

    def _searched(self, suspects: Sequence[Suspect], seconds: float) -> tuple[Findings, list[Ranked]]:
        until = time.monotonic() + (1 + CHOOSING_SHARE) * seconds
        with open_lab(self._sites, self._commit, self._tests(), self._view.before.durations, until=until) as lab:
            lab.warm_up()
            ranked = self._ranked(suspects)
            first = list(islice(ranked, 1))  # while the lab collects
            if len(lab.collected(self._targets)) < len(self._targets):
                raise ToolError("lab", NOT_FOUND)
            search, findings = self._tried_on_all(lab, suspects, seconds)
            if not findings.plausible:
                search = self._search(lab, self._targets, "apart" if self._shared.by_groups else "pairs")
                more = partial(self._more, lab, suspects)
                findings = search.run(chain(first, ranked), seconds, self._progress, more)
                self._share(findings)
            self._is_unsteady = bool(findings.plausible) and self._passes_unedited(lab)
            chosen = [] if self._is_unsteady else search.standing(self._chosen(lab, findings))
            self._record(**_journalled(findings, chosen))
            return findings, chosen

    def _tried_on_all(self, lab: Lab, suspects: Sequence[Suspect], seconds: float) -> tuple[Search, Findings]:
        """A short search for what mends other red tests, too: that they have one fault is likelier than several."""
        others = self._other_red if self._shared.by_groups else []
        asked = [*self._targets, *lab.collected(others[:: 1 + len(others) // MOST_OTHERS])]
        shared = shared_by_all(suspects, self._view.before, asked) if len(asked) > len(self._targets) else ()
        search = self._search(lab, asked, "nothing")
        return search, search.run(self._ranked(shared), seconds * SHARE_FOR_ALL, self._progress)

    def _ranked(self, suspects: Sequence[Suspect]) -> Iterator[Ranked]:
        return rank(self.modules, suspects, self._past, Told.of(self._failures))

    def _search(self, lab: Lab, tests: Sequence[str], in_vain: InVain) -> Search:
        killed = self._shared.killed[self._commit]
        return Search(lab, self.modules, tests, self._view.before, killed, in_vain=in_vain)

    def _passes_unedited(self, lab: Lab) -> bool:
        """Whether the targets pass now and then without an edit; asked a few times, where they are quick."""
        seconds = sum(self._view.before.durations.get(name, 0.0) for name in self._targets)
        times = min(UNEDITED_RUNS, 1 + int(UNEDITED_SECONDS / (seconds + 0.01)))
        edits = [Edit(next(iter(self.modules)), 0, 0, "")] * times
        return any(result.passes(self._targets) for result in lab.try_edits(edits, self._targets))

    def _share(self, findings: Findings) -> None:
        """Tell the searches after this one of its tree which tests belong together."""
        if findings.apart:
            self._shared.apart[self._commit].append(findings.apart)
        elif findings.hopeless and self._is_alone:
            self._shared.hopeless[self._commit].append(frozenset(self._targets))

    def _more(self, lab: Lab, suspects: Sequence[Suspect], lines: Collection[Line] | None) -> Iterator[Ranked]:
        """What the values at suspicious lines lead to; where some `lines` are named all that is thought of there."""
        if lines is not None:
            suspects = [_nearest(suspects, line) for line in lines]
            yield from rank(self.modules, suspects, reach=REACH)
        yield from self._synthesized(lab, suspects)

    def _synthesized(self, lab: Lab, suspects: Sequence[Suspect]) -> list[Ranked]:
        """What the values at suspicious lines lead to, as quick tests have them."""
        durations = self._view.before.durations

        def is_quick(name: str) -> bool:
            return durations.get(name, 0.0) <= LOOKING_SECONDS

        def covering(places: Sequence[tuple[str, int]]) -> Sequence[str]:
            return tuple(filter(is_quick, self._covering(places, LOOKING_SECONDS)))

        quick = tuple(filter(is_quick, self._targets))
        quick = quick or (min(self._targets, key=lambda name: durations.get(name, 0.0)),)
        return synthesized(lab, self.modules, suspects, quick, covering)

    def _chosen(self, lab: Lab, findings: Findings) -> list[Ranked]:
        return choose(lab, self.modules, findings.plausible, self._recording_tests(findings), self._other_red)

    @property
    def _other_red(self) -> list[str]:
        """Tests that nobody asks for yet, and whose lines are known."""
        before = self._view.before
        return [name for name in before.red if name in before.lines and name not in self._targets]

    def _recording_tests(self, findings: Findings) -> tuple[str, ...]:
        places = {(item.candidate.edit.path, item.candidate.line) for item in findings.plausible}
        return tuple(dict.fromkeys([*self._targets, *self._covering(sorted(places), QUICK_COVERING_SECONDS)]))

    def _covering(self, places: Iterable[tuple[str, int]], seconds: float) -> list[str]:
        """Tests that cover any of these places (path, line), each once; so many seconds of them a place."""
        before = self._view.before
        found = (covering_tests(before, self.modules[path], line, seconds) for path, line in places)
        return list(dict.fromkeys(chain.from_iterable(found)))

    def _tests(self) -> Sequence[str]:
        """All that the lab may be asked for: the tests that run a suspicious file, and the red ones."""
        red = set(self._view.before.red)
        lines = self._view.before.lines.items()
        found = [name for name, ran in lines if name in red or not ran.keys().isdisjoint(self.modules)]
        return found or self._targets

    def _read(self, suspects: Sequence[Suspect]) -> None:
        """Parse the suspects' files; those that are generated are left alone."""
        with closing(self._sites.open(self._commit)) as site:
            parsed = _parsed(site.workspace.tree, suspects)
        self._generated = [path for path, module in parsed.items() if is_generated(module.text)]
        self.modules = {path: module for path, module in parsed.items() if path not in self._generated}

    def _earlier(self, module: Module) -> list[Past]:
        """Earlier versions of a module; none in an honest run, whose repository has one commit."""
        return past_of(self._sites.repository, module.path, encode(module.text), MOST_COMMITS)

    def _why_none(self, findings: Findings) -> str:
        if self._is_unsteady:
            return f", but {UNSTEADY}"
        broken = ", and each breaks a slower test that covers it" if findings.plausible else ""
        missing = without_file(self._failures)
        return f"{broken}{f'; {missing}' if missing else ''}{self._left_alone()}"

    def _left_alone(self) -> str:
        """What is said of code that a program wrote."""
        names = ", ".join(self._generated[:MOST_NAMED])
        return f"; {names} is generated, by its own words: change what makes it" if names else ""


def _nearest(suspects: Sequence[Suspect], place: Line) -> Suspect:
    """The suspect of a line of their files, or of the statement that begins there."""
    path, line = place
    return min((one for one in suspects if one.path == path), key=lambda one: abs(one.line - line))


def _parsed(tree: Path, suspects: Sequence[Suspect]) -> Mapping[str, Module]:
    modules: dict[str, Module] = {}
    for path in dict.fromkeys(suspect.path for suspect in suspects):
        try:
            modules[path] = Module.parse(path, decode((tree / path).read_bytes()))
        except (OSError, SyntaxError, ValueError, RecursionError):
            continue  # not Python this interpreter can read: nothing we can edit safely
    return modules


def _journalled(findings: Findings, chosen: Sequence[Ranked]) -> dict[str, Any]:
    """What was found, in the order of finding; `order` are the indices of the chosen ones as they are preferred."""
    edits = [item.candidate.edit for item in findings.plausible]
    rows = [{"path": edit.path, "start": edit.start, "end": edit.end, "text": edit.text} for edit in edits]
    order = [findings.plausible.index(item) for item in chosen]
    return {"tried": findings.tried, "candidates": findings.candidates, "plausible": rows, "order": order}


def _story(findings: Findings) -> str:
    if not findings.candidates and not findings.out_of_time:
        return NOTHING_TO_EDIT
    tried = f"tried {findings.tried} small edits at {findings.lines} suspicious lines"
    if findings.plausible:
        return f"{tried}; {len(findings.plausible)} pass the failing tests and the tests that cover them"
    apart = f" all of these tests, but {len(findings.apart)} of them can be mended apart" if findings.apart else ""
    return f"{tried}; none passes{apart}"
