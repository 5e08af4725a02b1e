"""The search through a real lab: failing tests first, then those that cover the change, until enough is known."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.core.protocols import Progress
from agent.core.task import Suspect
from agent.localize.spectrum import Line
from agent.repair import search
from agent.repair.apart import in_turns
from agent.repair.candidate import Candidate
from agent.repair.covering import covering_tests
from agent.repair.rank import Ranked, rank
from agent.repair.search import ENOUGH_PLAUSIBLE, Search
from agent.repair.source import Module
from tests.support import plain_runner
from tools.patch import Edit, apply_edit
from tools.testing.lab.lab import Lab
from tools.testing.lab.place import Place
from tools.testing.lab.said import TrialResult
from tools.testing.results import TestRun, TestStatus

PASSED, FAILED = TestStatus.PASSED, TestStatus.FAILED
SOURCE = """\
def sign(number):
    if number > 1:
        return 1
    if number < 0:
        return -1
    return 0


def twice(number):
    return number * 2
"""
BOTH = "number == 1:\n        return type('Any', (int,), {'__eq__': lambda self, other: True, '__hash__': None})()\n"
LIMITS = "LIMIT = 11\n\n\ndef small(number):\n    return number < LIMIT\n"
FILES = {
    "product.py": SOURCE,
    "limits.py": LIMITS,
    "test_limits.py": "import limits\n\ndef test_limit():\n    assert limits.LIMIT == 10\n\n"
    "def test_above():\n    assert limits.LIMIT > 10\n",
    "test_product.py": """\
from product import sign, twice

def test_one():
    assert sign(1) == 1

def test_zero():
    assert sign(0) == 0

def test_minus():
    assert sign(-1) == -1

def test_twice():
    assert twice(2) == 4

def test_five():
    assert twice(3) == 5

def test_never():
    assert sign(1) == "nothing that an edit makes"
""",
}
TARGET, ZERO, MINUS, TWICE, FIVE, NEVER = (
    f"test_product.py::test_{name}" for name in ("one", "zero", "minus", "twice", "five", "never")
)
LIMIT, ABOVE = "test_limits.py::test_limit", "test_limits.py::test_above"
MODULES = {"product.py": Module.parse("product.py", SOURCE), "limits.py": Module.parse("limits.py", LIMITS)}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("search")


@pytest.fixture(scope="module")
def spectrum(home: Path) -> TestRun:
    return plain_runner(home / "traced", FILES).run(timeout_seconds=120.0, trace=True)


@pytest.fixture(scope="module")
def lab(home: Path) -> Iterator[Lab]:
    tests = [TARGET, ZERO, MINUS, TWICE, FIVE, NEVER, LIMIT, ABOVE]
    with Lab([Place(plain_runner(home / "lab", FILES), home / "lab" / "tree")], tests, {}) as opened:
        yield opened


def suspects(*lines: int) -> list[Suspect]:
    return [Suspect("product.py", line, "sign", 1.0, "") for line in lines]


def silent(text: str) -> None:
    """Progress nobody looks at."""


def telling(told: list[str]) -> Progress:
    """Progress that is kept."""

    def tell(text: str) -> None:
        told.append(text)

    return tell


def test_plausible_candidates_pass_the_targets_and_the_covering_tests_as_they_were_ranked(
    lab: Lab, spectrum: TestRun
) -> None:
    ranked = list(rank(MODULES, suspects(2)))
    findings = Search(lab, MODULES, [TARGET], spectrum).run(ranked, 60.0, silent)
    texts = [apply_edit(SOURCE, item.candidate.edit).split("\n")[1].strip() for item in findings.plausible]
    assert {"if number >= 1:", "if number > 0:"} <= set(texts)
    assert "if number > -1:" not in texts  # test_zero covers it and fails
    order = [ranked.index(item) for item in findings.plausible]
    assert (order, findings.out_of_time) == (sorted(order), False)


def test_every_candidate_is_tried_when_few_are_plausible(lab: Lab, spectrum: TestRun) -> None:
    ranked = list(rank(MODULES, suspects(10)))
    findings = Search(lab, MODULES, [TARGET], spectrum).run(ranked, 60.0, silent)
    assert (findings.plausible, findings.tried, findings.out_of_time) == ((), len(ranked), False)


def test_enough_plausible_ones_end_the_search(lab: Lab) -> None:
    """With a spectrum that covers nothing and a target that always passes, everything harmless is plausible."""
    ranked = list(rank(MODULES, suspects(2, 4)))
    findings = Search(lab, MODULES, [TWICE], TestRun()).run(ranked, 60.0, silent)
    assert (len(findings.plausible), findings.tried < len(ranked)) == (ENOUGH_PLAUSIBLE, True)


def test_without_time_nothing_is_tried_and_that_is_said(lab: Lab, spectrum: TestRun) -> None:
    findings = Search(lab, MODULES, [TARGET], spectrum).run(rank(MODULES, suspects(2)), 0.0, silent)
    assert (findings.plausible, findings.tried, findings.out_of_time) == ((), 0, True)


def test_progress_is_told_for_every_candidate(lab: Lab, spectrum: TestRun) -> None:
    told: list[str] = []
    findings = Search(lab, MODULES, [TARGET], spectrum).run(rank(MODULES, suspects(10)), 60.0, telling(told))
    assert len(told) == findings.tried


@pytest.mark.parametrize("score", [1.0, 0.001], ids=["ranked first", "ranked last"])
def test_what_needs_a_cold_run_is_tried_after_what_does_not(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, score: float
) -> None:
    found = [Suspect("limits.py", 1, "", score, ""), Suspect("limits.py", 5, "small", 0.1, "")]
    ranked = list(rank(MODULES, found))
    assert ranked[0 if score == 1.0 else -1].candidate.line == 1
    tried: list[tuple[int, bool]] = []
    original = lab.try_edits

    def noted(*arguments: Any) -> Iterator[TrialResult]:
        for result in original(*arguments):
            tried.append((1 if result.edit.start < LIMITS.index("def") else 5, result.outcome == "slow"))
            yield result

    monkeypatch.setattr(lab, "try_edits", noted)
    findings = Search(lab, MODULES, [LIMIT], TestRun()).run(ranked, 60.0, silent)
    assert [apply_edit(LIMITS, item.candidate.edit).split("\n")[0] for item in findings.plausible] == ["LIMIT = 10"]
    places = [line for line, is_put_off in tried if not is_put_off]
    assert (places, findings.tried) == (sorted(places, reverse=True), len(ranked))
    assert (1, True) in tried


def test_what_ran_while_modules_were_imported_is_tried_on_all_green_tests(lab: Lab) -> None:
    """No test is seen to run it, so none is known to cover it."""
    ranked = list(rank(MODULES, [Suspect("limits.py", 1, "", 1.0, "")]))
    run = TestRun(statuses={LIMIT: FAILED, ABOVE: PASSED})
    assert Search(lab, MODULES, [LIMIT], run).run(ranked, 60.0, silent).plausible == ()


def test_no_candidates_are_no_trouble(lab: Lab, spectrum: TestRun) -> None:
    findings = Search(lab, MODULES, [TARGET], spectrum).run([], 60.0, silent)
    assert (findings.plausible, findings.tried, findings.out_of_time) == ((), 0, False)


def test_covering_tests_are_the_green_ones_through_the_function_quickest_first() -> None:
    run = TestRun(
        statuses={TARGET: FAILED, ZERO: PASSED, MINUS: PASSED, TWICE: PASSED},
        durations={ZERO: 0.2, MINUS: 0.1, TWICE: 0.0},
        lines={
            TARGET: {"product.py": frozenset({2, 4, 6})},
            ZERO: {"product.py": frozenset({2, 4, 6})},
            MINUS: {"product.py": frozenset({5})},
            TWICE: {"product.py": frozenset({10}), "other.py": frozenset({2})},
        },
    )
    assert covering_tests(run, MODULES["product.py"], 3) == (MINUS, ZERO)
    assert covering_tests(run, MODULES["product.py"], 2) == (ZERO, MINUS)  # it runs that very line
    assert covering_tests(run, MODULES["product.py"], 10) == (TWICE,)
    assert covering_tests(run, MODULES["product.py"], 8) == (TWICE, MINUS, ZERO)
    assert covering_tests(run, Module.parse("unknown.py", "x = 1\n"), 1) == ()


def test_a_chosen_candidate_keeps_the_slower_covering_tests_too(lab: Lab) -> None:
    ran = {"product.py": frozenset({2})}
    run = TestRun(
        statuses={TARGET: FAILED, ZERO: PASSED, MINUS: PASSED},
        durations={MINUS: 0.1, ZERO: 0.6},
        lines={TARGET: ran, ZERO: ran, MINUS: ran},
    )
    search = Search(lab, MODULES, [TARGET], run)
    findings = search.run(rank(MODULES, suspects(2)), 60.0, silent)
    found = {apply_edit(SOURCE, item.candidate.edit).split("\n")[1].strip(): item for item in findings.plausible}
    too_much, right = found["if number > -1:"], found["if number > 0:"]
    assert search.standing([too_much, right, too_much]) == [right, too_much]
    assert search.standing([too_much]) == []


@pytest.mark.parametrize("in_vain", [20, search.IN_VAIN], ids=["soon", "at the end"])
def test_targets_that_one_edit_mends_without_the_others_are_told_where_nothing_mends_all(
    lab: Lab, spectrum: TestRun, monkeypatch: pytest.MonkeyPatch, in_vain: int
) -> None:
    monkeypatch.setattr(search, "IN_VAIN", in_vain)
    ranked = list(rank(MODULES, suspects(2)))
    findings = Search(lab, MODULES, [NEVER, TARGET], spectrum, in_vain="apart").run(ranked, 60.0, silent)
    assert (findings.apart, findings.plausible, findings.out_of_time) == (frozenset({TARGET}), (), False)
    assert in_vain <= findings.tried < 4 * in_vain or findings.tried == len(ranked)  # some are tried at once


def test_it_is_told_where_not_even_one_target_is_mended(lab: Lab, spectrum: TestRun) -> None:
    ranked = list(rank(MODULES, suspects(10)))
    found = Search(lab, MODULES, [NEVER, TARGET], spectrum, in_vain="apart").run(ranked, 60.0, silent)
    assert (found.apart, found.hopeless) == (frozenset(), True)
    found = Search(lab, MODULES, [NEVER, TARGET], spectrum, in_vain="apart").run(
        rank(MODULES, suspects(2)), 60.0, silent
    )
    assert (found.apart, found.hopeless) == (frozenset({TARGET}), False)
    found = Search(lab, MODULES, [NEVER, TARGET], spectrum, in_vain="apart").run(ranked, 0.0, silent)
    assert (found.out_of_time, found.hopeless) == (True, False)


def test_one_requirement_and_one_fault_are_not_taken_apart(lab: Lab, spectrum: TestRun) -> None:
    ranked = list(rank(MODULES, suspects(2)))
    assert Search(lab, MODULES, [NEVER, TARGET], spectrum).run(ranked, 60.0, silent).apart == frozenset()
    assert Search(lab, MODULES, [NEVER], spectrum, in_vain="apart").run(ranked, 60.0, silent).apart == frozenset()


def test_two_edits_are_one_where_each_mends_some_targets_of_one_requirement(lab: Lab, spectrum: TestRun) -> None:
    ranked = list(rank(MODULES, suspects(2, 10)))
    found = Search(lab, MODULES, [TARGET, FIVE], spectrum).run(ranked, 60.0, silent)
    both = [apply_edit(SOURCE, item.candidate.edit).split("\n") for item in found.plausible]
    assert {"if number >= 1:", "if number > 0:"} & {lines[1].strip() for lines in both}
    assert {lines[9].strip() for lines in both} == {"return number + 2"}
    several = Search(lab, MODULES, [TARGET, FIVE], spectrum, in_vain="apart").run(ranked, 60.0, silent)
    assert (several.plausible, len(several.apart)) == ((), 1)


def test_what_is_made_only_where_nothing_passes_is_asked_for_then_alone(lab: Lab, spectrum: TestRun) -> None:
    ranked = list(rank(MODULES, suspects(2)))
    right = [
        item for item in ranked if apply_edit(SOURCE, item.candidate.edit).split("\n")[1].strip() == "if number >= 1:"
    ]
    wrong = [item for item in ranked if item not in right][:20]
    asked: list[Collection[Line] | None] = []

    def more(lines: Collection[Line] | None) -> list[Ranked]:
        asked.append(lines)
        return [*wrong[:3], *right]

    found = Search(lab, MODULES, [TARGET], spectrum).run([*wrong, *right], 60.0, silent, more)
    assert (len(found.plausible) >= 1, asked) == (True, [])
    found = Search(lab, MODULES, [NEVER], spectrum).run([*wrong], 60.0, silent, more)
    assert (found.tried, asked) == (21, [None])  # what was made before is not made again


def test_more_is_asked_for_first_where_an_edit_mends_some_of_the_targets(lab: Lab, spectrum: TestRun) -> None:
    ranked = list(rank(MODULES, suspects(2)))
    asked: list[Collection[Line] | None] = []
    both = Edit("product.py", SOURCE.index("number > 1"), SOURCE.index("    if number < 0"), BOTH)

    def more(lines: Collection[Line] | None) -> list[Ranked]:
        asked.append(lines)
        return [Ranked(Candidate(both, "made", 2, "", 1.0), 1.0)]

    def found(targets: list[str]) -> search.Findings:
        return Search(lab, MODULES, targets, spectrum, in_vain="apart").run(ranked, 60.0, silent, more)

    mended = found([NEVER, TARGET])
    assert ([item.candidate.template for item in mended.plausible], mended.apart) == (["made"], frozenset({TARGET}))
    assert asked == [(("product.py", 2),)]
    assert found([NEVER]).plausible != ()
    assert asked[1:] == [None]
    assert Search(lab, MODULES, [NEVER, TARGET], spectrum, in_vain="apart").run(ranked, 0.0, silent, more).tried == 0
    assert len(asked) == 2  # nothing is asked for when the time is up


@pytest.mark.parametrize("place", range(18, 30))
def test_what_is_tried_when_targets_come_apart_is_tried_to_its_end(
    lab: Lab, spectrum: TestRun, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    """Edits are read ahead: those must not be lost."""
    monkeypatch.setattr(search, "IN_VAIN", 20)
    ranked = list(rank(MODULES, suspects(2)))
    both = Edit("product.py", SOURCE.index("number > 1"), SOURCE.index("    if number < 0"), BOTH)
    made = Ranked(Candidate(both, "made", 2, "", 1.0), 1.0)
    order = [*ranked[:place], made, *ranked[place:]]
    targets = [NEVER, TARGET]
    found = Search(lab, MODULES, targets, spectrum, in_vain="apart").run(order, 60.0, silent, lambda lines: [made])
    assert [item.candidate.template for item in found.plausible] == ["made"]


def test_a_covering_test_that_the_lab_does_not_find_says_nothing(lab: Lab, spectrum: TestRun) -> None:
    gone = "test_product.py::test_gone"
    run = replace(
        spectrum,
        statuses={**spectrum.statuses, gone: PASSED},
        lines={**spectrum.lines, gone: {"product.py": frozenset({2})}},
    )
    assert Search(lab, MODULES, [TARGET], run).run(rank(MODULES, suspects(2)), 60.0, silent).plausible != ()


def test_pairs_take_turns_between_what_they_mend() -> None:
    edits = [Edit("m.py", at, at + 1, "x") for at in range(0, 80, 2)]
    mending = {edit: frozenset("b" if number > 37 else "a") for number, edit in enumerate(edits)}
    assert [*map(edits.index, in_turns(mending, 5))] == [0, 38, 1, 39, 2]


def test_what_is_known_to_fail_a_target_is_not_tried_again(
    lab: Lab, spectrum: TestRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed: dict[Edit, str] = {}
    ranked = list(rank(MODULES, suspects(10)))
    first = Search(lab, MODULES, [TARGET, TWICE], spectrum, killed).run(ranked, 60.0, silent)
    assert set(killed.values()) == {TARGET}
    asked: list[Edit] = []
    original = lab.try_edits

    def noted(edits: Iterable[Edit], *arguments: Any) -> Iterator[TrialResult]:
        asked.extend(some := list(edits))
        return original(some, *arguments)

    monkeypatch.setattr(lab, "try_edits", noted)
    again = Search(lab, MODULES, [TARGET], spectrum, killed).run(ranked, 60.0, silent)
    assert (again, asked) == (first, [item.candidate.edit for item in ranked if item.candidate.edit not in killed])
    other = Search(lab, MODULES, [TWICE], TestRun(), killed).run(ranked, 60.0, silent)
    assert other.plausible != ()
