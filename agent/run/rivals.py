"""Rivals of a patch: other small edits that pass the same tests and behave differently.

They are made at the lines it changes; at other lines of the file those are asked about that its proposer found, too.
"""

from __future__ import annotations

import difflib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from agent.core.protocols import Progress
from agent.core.step import Alternative
from agent.core.verdict import Rival
from agent.repair.behaviour import Probe, difference
from agent.repair.candidate import Candidate
from agent.repair.covering import covering_tests
from agent.repair.functions import qualified_name
from agent.repair.order import in_time
from agent.repair.source import Module
from agent.repair.templates import NARROWING, candidates
from tools.difference import changed_lines
from tools.errors import ToolError
from tools.patch import Change, Edit, apply_edit, decode, encode, git_diff
from tools.testing.lab.lab import Lab
from tools.testing.lab.open import open_lab
from tools.testing.lab.said import Answer
from tools.testing.layout import is_test_path
from tools.testing.results import TestRun
from tools.testing.site import Sites
from tools.workspace.put import put

MAX_MUTATED_LINES = 3
TELLING_SHARE = 0.5  # of the time for trying edits, for telling those apart that pass
# More of the other edits than this may be alike only on inputs that tell most of a sample of rejected edits apart.
MOST_ALIVE, BLINDNESS_SAMPLE, LEAST_SEEN = 0.03, 12, 0.75
MODE = 0o644


@dataclass(frozen=True, slots=True)
class Survey:
    """What the search for rivals found; not `conclusive` when it could look at less than half, or tests are weak."""

    rivals: tuple[Rival, ...]
    conclusive: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class FileCase:
    """One changed Python file: its text before and after, the lines the patch touches in each, and the characters it
    put into the text after; `covering` are passing tests that run what it changes.
    """

    before: Module
    after: Module
    before_lines: frozenset[int]
    after_lines: frozenset[int]
    after_spans: tuple[tuple[int, int], ...]
    covering: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Other:
    """A rival in question, as an edit of the patched file; `is_known` to who proposed the patch, and none of ours."""

    edit: Edit
    sentence: str
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What the patched function of a file does with recorded inputs; `lack` is why that is not known, if so."""

    probe: Probe | None = None
    ours: tuple[Answer, ...] = ()
    lack: str = ""


class RivalSearch:
    """Looks for rivals of one patch. `spectrum` (a run with lines) tells which green tests cover the changed code."""

    def __init__(self, sites: Sites, base: str, targets: Sequence[str], spectrum: TestRun, progress: Progress) -> None:
        self._sites = sites
        self._base = base
        self._targets = tuple(targets)
        self._spectrum = spectrum
        self._progress = progress

    def survey(self, changes: Sequence[Change], seconds: float, alternatives: Sequence[Alternative] = ()) -> Survey:
        """Try what the proposer might as well have chosen, and every template at the changed lines, for `seconds`."""
        found = (case for change in changes if (case := _file_case(change)))
        cases = [replace(case, covering=self._covering(case)) for case in found]
        if not cases:
            return Survey((), True, "the patch changes no existing Python code, so there are no rivals to try")
        others = [other for case in cases for other in _others(case, alternatives)]
        tests = tuple(dict.fromkeys([*self._targets, *(test for case in cases for test in case.covering)]))
        prepare = partial(put, changes)
        try:
            deadline = time.monotonic() + seconds
            until = deadline + TELLING_SHARE * seconds
            with open_lab(self._sites, self._base, tests, self._spectrum.durations, prepare, until=until) as lab:
                seen = [self._as_in_lab(lab, case) for case in cases]
                if None in seen:
                    said = "rivals could not be tried: the target tests do not pass in the lab, or the time was up"
                    return Survey((), False, said)
                return self._tried(lab, {case.after.path: case for case in seen if case}, others, deadline)
        except ToolError as error:
            return Survey((), False, f"rivals could not be tried: {error.message}")

    def _as_in_lab(self, lab: Lab, case: FileCase) -> FileCase | None:
        """The case with those covering tests alone that pass in the lab with the patch, None where a target does not.

        By what fails there whatever the edit is, all rivals would seem to fail.
        """
        tests = (*self._targets, *case.covering)
        green = lab.green_under(Edit(case.after.path, 0, 0, ""), tests)
        covering = tuple(name for name in case.covering if name in green)
        return replace(case, covering=covering) if green.issuperset(self._targets) else None

    def _tried(self, lab: Lab, cases: dict[str, FileCase], others: Sequence[Other], deadline: float) -> Survey:
        alive: list[Other] = []
        killed: list[Other] = []
        tried = 0
        edits = (other.edit for other in in_time(others, lambda: deadline))
        for other, result in zip(others, lab.try_edits(edits, self._targets), strict=False):
            if result.outcome == "late":
                break
            tried += 1
            self._progress(f"judging: rivals tried: {tried} of {len(others)}")
            covering = cases[other.edit.path].covering
            is_alive = result.passes(self._targets) and next(lab.try_edits([other.edit], covering)).passes(covering)
            if is_alive:
                alive.append(other)
            elif not other.is_known:
                killed.append(other)
        told = {path: self._told(lab, case) for path, case in cases.items()} if alive else {}
        rivals, equal = _told_apart(cases, alive, told)
        left = f", {len(others) - tried} were not tried for lack of time" if tried < len(others) else ""
        found = f"{len(alive)} pass the same tests" if alive else "none passes the same tests"
        kinds = f" ({len(rivals)} behave differently, {equal} alike on all inputs tried)" if alive else ""
        made = [other for other in others[:tried] if not other.is_known]
        passing = sum(not other.is_known for other in alive)
        is_weak = not rivals and tells_too_little(passing, len(made)) and _is_blind(killed, told)
        weak = ", but these inputs hardly tell wrong edits apart" if is_weak else ""
        where = "at the changed lines and elsewhere" if any(one.is_known for one in others) else "at the changed lines"
        said = f"{tried} other small edits {where} were tried: {found}{kinds}{weak}{left}"
        return Survey(rivals, 2 * tried >= len(others) and not is_weak, said)

    def _told(self, lab: Lab, case: FileCase) -> Told:
        function = _function(case)
        if function is None:
            return Told(lack="the change lies outside functions, where behaviour cannot be compared")
        patched = Edit(case.after.path, 0, 0, "")
        probe = Probe.record(lab, case.after.text, function, patched, (*self._targets, *case.covering))
        ours = probe.answers(patched)
        lack = f"the inputs of {function} could not be recorded, so behaviour cannot be compared"
        return Told(lack=lack) if ours is None else Told(probe, ours, lack)

    def _covering(self, case: FileCase) -> tuple[str, ...]:
        tests = [covering_tests(self._spectrum, case.before, line) for line in sorted(case.before_lines)]
        return tuple(dict.fromkeys(test for found in tests for test in found if test not in self._targets))


def _told_apart(
    cases: Mapping[str, FileCase], alive: Sequence[Other], told: Mapping[str, Told]
) -> tuple[tuple[Rival, ...], int]:
    """Those that behave differently, and how many do not."""
    examples = ((other, _example(told[other.edit.path], other)) for other in alive)
    rivals = [_rival(cases[other.edit.path], other, example) for other, example in examples if example]
    return tuple(rivals), len(alive) - len(rivals)


def _is_blind(killed: Sequence[Other], told: Mapping[str, Told]) -> bool:
    """Whether the inputs miss many edits that the tests reject: that others look alike on them then says little."""
    sample = killed[:: max(len(killed) // BLINDNESS_SAMPLE, 1)][:BLINDNESS_SAMPLE]
    seen = sum(bool(_example(told[other.edit.path], other)) for other in sample)
    return seen < LEAST_SEEN * len(sample)


def _example(told: Told, other: Other) -> str:
    """An input on which an edit behaves differently, or why that cannot be told; "" where it behaves alike."""
    theirs = None if told.probe is None else told.probe.answers(other.edit)
    return told.lack if theirs is None else difference(told.ours, theirs)


def tells_too_little(alive: int, tried: int) -> bool:
    """Whether a suite lets so many other edits of a place pass that it alone is no proof."""
    return alive > MOST_ALIVE * tried


def _file_case(change: Change) -> FileCase | None:
    if change.before is None or change.after is None or not change.path.endswith(".py") or is_test_path(change.path):
        return None
    try:
        before = Module.parse(change.path, decode(change.before))
        after = Module.parse(change.path, decode(change.after))
    except (SyntaxError, ValueError, RecursionError):
        return None
    old, new = before.text.split("\n"), after.text.split("\n")
    blocks = changed_lines(old, new)
    old_lines = {line for _, start, end, _, _ in blocks for line in _touched(start, end, len(old))}
    new_lines = {line for _, _, _, start, end in blocks for line in range(start + 1, end + 1)}
    return FileCase(before, after, frozenset(old_lines), frozenset(new_lines), _spans(old, new, blocks))


def _spans(
    old: list[str], new: list[str], blocks: Sequence[tuple[str, int, int, int, int]]
) -> tuple[tuple[int, int], ...]:
    """Character ranges of the new text that differ from the old one, block by block."""
    spans = []
    for _, old_start, old_end, start, end in blocks:
        was, now = "\n".join(old[old_start:old_end]), "\n".join(new[start:end])
        offset = sum(len(line) + 1 for line in new[:start])
        spans += [(offset + left, offset + right) for _, _, left, right in _differences(was, now)]
    return tuple(spans)


def _differences(was: str, now: str) -> list[tuple[int, int, int, int]]:
    """Ranges of characters in which two texts differ: start and end in the first, then in the second."""
    opcodes = difflib.SequenceMatcher(None, was, now, autojunk=False).get_opcodes()
    return [ranges for kind, *ranges in opcodes if kind != "equal"]  # type: ignore[misc]


def _touched(start: int, end: int, length: int) -> range:
    """Changed lines, counted from 1; for a pure insertion the line it stands before."""
    return range(start + 1, end + 1) if end > start else range(min(start + 1, length), min(start + 1, length) + 1)


def _others(case: FileCase, alternatives: Sequence[Alternative]) -> Iterator[Other]:
    """Alternatives in this file; single edits of the base at the changed lines and mutations of a small patch, the
    likelier first; no text twice.
    """
    seen = {case.before.text, case.after.text}
    path = case.before.path
    known = {apply_edit(case.before.text, one.edit): one.sentence for one in alternatives if one.edit.path == path}
    made: dict[str, str] = {}
    for text, one in _made(case):
        made.setdefault(apply_edit(text, one.edit), f"line {one.line}: {one.sentence}")
    for result, sentence in {**known, **made}.items():
        if result not in seen:
            yield Other(Edit(path, 0, len(case.after.text), result), sentence, result not in made)


def _made(case: FileCase) -> list[tuple[str, Candidate]]:
    """Candidates at the changed lines with the text they are an edit of, the likeliest first."""
    found = [(case.before.text, candidate) for candidate in candidates(case.before, case.before_lines)]
    if len(case.after_lines) <= MAX_MUTATED_LINES:
        mutations = (one for one in candidates(case.after, case.after_lines) if _alters(one.edit, case))
        found += [(case.after.text, one) for one in mutations]
    found = [(text, one) for text, one in found if one.template not in NARROWING]
    return sorted(found, key=lambda item: -item[1].prior)


def _alters(edit: Edit, case: FileCase) -> bool:
    """Whether a mutation alters what the patch put there; one beside it questions the old code, not the patch."""
    was = case.after.text[edit.start : edit.end]
    changed = [(edit.start + start, edit.start + end) for start, end, _, _ in _differences(was, edit.text)]
    return any(
        (first < end and start < last) or (first < start == end < last)
        for start, end in changed
        for first, last in case.after_spans
    )


def _function(case: FileCase) -> str | None:
    names = {qualified_name(case.before, line) for line in case.before_lines}
    return names.pop() if len(names) == 1 else None


def _rival(case: FileCase, other: Other, example: str) -> Rival:
    change = Change(case.before.path, encode(case.before.text), encode(other.edit.text), MODE)
    return Rival(git_diff([change]), other.sentence, example)
