"""Candidates that behave alike vote together; telling them apart, on a real lab."""

from collections.abc import Iterator, Sequence

import pytest

from agent.repair.behaviour import Probe, difference
from agent.repair.candidate import Candidate
from agent.repair.choose import choose
from agent.repair.rank import Ranked
from agent.repair.source import Module
from tests.support import plain_runner
from tools.patch import Edit
from tools.testing.lab.lab import Lab
from tools.testing.lab.place import Place
from tools.testing.lab.said import Answer

SOURCE = """\
LIMIT = 1


def sign(number):
    if number > 1:
        return 1
    return 0


def make():
    def inner(number):
        return number > 1

    return inner


held = make()
"""
FILES = {
    "product.py": SOURCE,
    "test_product.py": """\
from product import held, sign

def test_sign():
    assert sign(2) == 1
    assert sign(-3) == 0

def test_held():
    assert held(2)

def test_more():
    assert sign(5) == 0

def test_half():
    assert sign(0.5) == 0
""",
}
SIGN, MORE, HALF = "test_product.py::test_sign", "test_product.py::test_more", "test_product.py::test_half"
MODULES = {"product.py": Module.parse("product.py", SOURCE)}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    home = tmp_path_factory.mktemp("choose")
    tests = [SIGN, MORE, HALF, "test_product.py::test_held"]
    with Lab([Place(plain_runner(home, FILES), home / "tree")], tests, {}) as opened:
        yield opened


def ranked(new: str, score: float, prior: float = 0.1, old: str = "number > 1", line: int = 5) -> Ranked:
    start = SOURCE.index(old)
    return Ranked(Candidate(Edit("product.py", start, start + len(old), new), "t", line, new, prior), score)


def chosen(lab: Lab, *plausible: Ranked, red: Sequence[str] = ()) -> list[str]:
    return [item.candidate.edit.text for item in choose(lab, MODULES, plausible, [SIGN], red)]


def test_equal_behaviour_votes_together_and_its_commonest_fix_speaks(lab: Lab) -> None:
    assert chosen(
        lab,
        ranked("number > 10", 5.0),
        ranked("number >= 1", 2.0, prior=0.1),
        ranked("number > 0", 2.0, prior=0.3),
        ranked("number > 1 - 1", 2.0, prior=0.2),
    ) == ["number > 0", "number > 10"]


def test_what_mends_another_red_test_goes_first(lab: Lab) -> None:
    two = ranked("number > 0", 5.0), ranked("number > 10", 1.0)
    assert chosen(lab, *two) == ["number > 0", "number > 10"]
    assert chosen(lab, *two, red=[MORE]) == ["number > 10", "number > 0"]
    assert chosen(lab, *two, red=["test_product.py::test_gone"]) == ["number > 0", "number > 10"]


def test_another_red_test_tells_apart_what_behaves_alike(lab: Lab) -> None:
    two = ranked("number > 0", 5.0, prior=0.3), ranked("number >= 1", 1.0)
    assert chosen(lab, *two) == ["number > 0"]
    assert chosen(lab, *two, red=[HALF]) == ["number >= 1", "number > 0"]


def test_without_votes_the_higher_score_goes_first(lab: Lab) -> None:
    one, other = ranked("number > 0", 1.0), ranked("number > 10", 2.0)
    assert chosen(lab, one, other) == ["number > 10", "number > 0"]


def test_edits_outside_functions_and_of_closures_stand_alone(lab: Lab) -> None:
    module_level = [ranked(new, 1.0, old="LIMIT = 1", line=1) for new in ("LIMIT = 2", "LIMIT = 3")]
    assert chosen(lab, *module_level) == ["LIMIT = 2", "LIMIT = 3"]


def test_nothing_plausible_gives_nothing(lab: Lab) -> None:
    assert chosen(lab) == []


def test_a_probe_answers_for_each_edit_on_the_same_inputs(lab: Lab) -> None:
    reference = ranked("number > 0", 1.0).candidate.edit
    probe = Probe.record(lab, SOURCE, "sign", reference, [SIGN])
    ours, theirs = probe.answers(reference), probe.answers(ranked("number > 10", 1.0).candidate.edit)
    assert ours is not None
    assert theirs is not None
    assert [answer.given for answer in ours] == [answer.given for answer in theirs]
    assert difference(ours, ours) == ""
    assert difference(ours, theirs).startswith("on (")


@pytest.mark.parametrize("function", ["nowhere", "make"])
def test_a_probe_without_inputs_has_no_answer(lab: Lab, function: str) -> None:
    edit = ranked("number > 0", 1.0).candidate.edit
    assert Probe.record(lab, SOURCE, function, edit, [SIGN]).answers(edit) is None


def test_the_shortest_differing_input_is_told_in_words() -> None:
    ours = [Answer("12345", "returned 1", "a"), Answer("7", "returned 1", "a"), Answer("3", "returned 0", "x")]
    theirs = [Answer("12345", "returned 2", "b"), Answer("7", "raised ValueError", "c"), Answer("3", "returned 0", "x")]
    assert difference(ours, theirs) == "on (7) the patch returned 1, the rival raised ValueError"


def test_a_difference_that_is_not_in_the_answer_is_told_too() -> None:
    ours, theirs = [Answer("[1]", "returned None", "a")], [Answer("[1]", "returned None", "b")]
    assert difference(ours, theirs) == "on ([1]) they leave different things behind"
