"""Expressions by what they are worth where the failing tests run them, in a real lab."""

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from agent.core.task import Suspect
from agent.repair.pool import composed, is_pure, parts
from agent.repair.rank import Ranked, rank
from agent.repair.search import Search
from agent.repair.source import Module
from agent.repair.synthesis import beyond, synthesized
from tests.support import plain_runner
from tools.patch import apply_edit
from tools.testing.lab.lab import Lab
from tools.testing.lab.place import Place
from tools.testing.results import TestRun

SOURCE = """\
def take(items, limit):
    found = []
    for item in items:
        if item:
            found.append(item)
    return found


def shift(text, width, fill):
    missing = width
    return fill * missing + text


def outside(items):
    return [item for item in items if item]
"""
FILES = {
    "product.py": SOURCE,
    "test_product.py": """\
from product import outside, shift, take

def test_limited():
    assert take([5, 6, 3], 2) == [5, 6]

def test_short():
    assert take([1, 0, 8], 5) == [1, 8]

def test_none():
    assert take([], 1) == []

def test_shift():
    assert shift("abc", 5, ".") == "..abc"

def test_empty():
    assert shift("", 2, ".") == ".."

def test_outside():
    assert outside([1, 0]) == [0]
""",
}
LIMITED, SHORT, NONE, SHIFT, EMPTY, OUTSIDE = (
    f"test_product.py::test_{name}" for name in ("limited", "short", "none", "shift", "empty", "outside")
)
MODULES = {"product.py": Module.parse("product.py", SOURCE)}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("synthesis")


@pytest.fixture(scope="module")
def lab(home: Path) -> Iterator[Lab]:
    tests = [LIMITED, SHORT, NONE, SHIFT, EMPTY, OUTSIDE]
    with Lab([Place(plain_runner(home, FILES), home / "tree")], tests, {}) as opened:
        yield opened


def at(line: int) -> list[Suspect]:
    return [Suspect("product.py", line, "", 1.0, "")]


def lines(found: Sequence[Ranked], line: int) -> list[str]:
    return [apply_edit(SOURCE, item.candidate.edit).split("\n")[line - 1].strip() for item in found]


def synthesized_at(lab: Lab, line: int, red: str, green: Sequence[str]) -> list[str]:
    return lines(synthesized(lab, MODULES, at(line), [red], lambda places: green), line)


def test_a_question_is_joined_by_one_that_only_the_failing_run_answers_otherwise(lab: Lab) -> None:
    made = synthesized_at(lab, 4, LIMITED, [SHORT])
    assert "if item and len(found) < limit:" in made
    assert "if item:" not in made


def test_the_search_finds_it_where_no_template_does(lab: Lab) -> None:
    green = TestRun()
    templates = list(rank(MODULES, at(4)))
    alone = Search(lab, MODULES, [LIMITED, SHORT, NONE], green).run(templates, 60.0, lambda text: None)
    both = beyond(templates, lambda: synthesized(lab, MODULES, at(4), [LIMITED], lambda places: [SHORT, NONE]), MODULES)
    found = Search(lab, MODULES, [LIMITED, SHORT, NONE], green).run(both, 60.0, lambda text: None)
    assert (alone.plausible, alone.out_of_time) == ((), False)
    assert "if item and len(found) < limit:" in lines(found.plausible, 4)


def test_a_value_comes_from_what_is_in_reach_and_is_not_spelled_out(lab: Lab) -> None:
    made = synthesized_at(lab, 10, SHIFT, [EMPTY])
    assert "missing = width - len(text)" in made
    assert not {"missing = 2", "missing = 1 + 1", "missing = None"} & set(made)  # what this test wants, and no other


def test_what_nothing_runs_and_what_a_comprehension_binds_is_left_alone(lab: Lab) -> None:
    assert synthesized_at(lab, 4, SHIFT, []) == []
    made = synthesized_at(lab, 15, OUTSIDE, [])
    assert "return items" in made
    assert all(line.endswith(" if item]") for line in made if " for " in line)


def test_equal_input_makes_equal_edits(lab: Lab) -> None:
    assert synthesized_at(lab, 4, LIMITED, [SHORT]) == synthesized_at(lab, 4, LIMITED, [SHORT])


def test_what_was_made_before_is_not_made_again_and_more_is_asked_last() -> None:
    ranked = list(rank(MODULES, at(4)))
    asked: list[int] = []

    def more() -> list[Ranked]:
        asked.append(len(seen))
        return ranked[:3]

    seen: list[Ranked] = []
    for item in beyond(ranked[1:], more, MODULES):
        seen.append(item)
    assert (asked, seen) == ([len(ranked) - 1], [*ranked[1:], ranked[0]])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.b[0] + len(c)", True),
        ("name.strip().lower()", True),
        ("load(name)", False),
        ("path.replace(other)", False),
        ("items.append(1)", False),
        ("[x for x in y]", True),
        ("(yield)", False),
        ("(a := 1)", False),
    ],
)
def test_only_what_calls_nothing_of_the_program_is_looked_at(text: str, expected: bool) -> None:
    assert is_pure(ast.parse(text, mode="eval").body) is expected


def test_what_stands_in_brackets_only_is_none() -> None:
    (slices,) = (node.slice for node in ast.walk(ast.parse("a[1:2, b]")) if isinstance(node, ast.Subscript))
    assert [is_pure(node) for node in (slices, slices.elts[0], slices.elts[1])] == [False, False, True]  # type: ignore[attr-defined]


def test_parts_are_what_is_in_reach() -> None:
    module = MODULES["product.py"]
    node = next(iter(module.nodes_on([4])))
    found = parts(module, node)
    assert found[:4] == ["item", "found", "items", "limit"]
    assert {"0", "1", '""', "None"} < set(found)


def test_only_parts_of_fitting_types_are_put_together() -> None:
    types = {"n": frozenset({"int"}), "s": frozenset({"str"}), "m": frozenset({"int"}), "x": frozenset({"NoneType"})}
    made = composed(types)
    assert {"n + 1", "len(s)", "n < m", "m < n", "s.strip()", "x is None", "m == n", "n - m", "s[n]"} <= set(made)
    assert not {"n + s", "s < n", "n == s", "n == m", "n is None", "n[0]"} & set(made)
