"""Expressions by what they are worth where the failing tests run them, in a real lab."""

import ast
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest

from agent.core.task import Suspect
from agent.repair.pool import composed, is_literal, is_pure, parts
from agent.repair.rank import Ranked, rank
from agent.repair.search import Search
from agent.repair.source import Module
from agent.repair.synthesis import synthesized
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
    search = Search(lab, MODULES, [LIMITED, SHORT, NONE], green)
    more = partial(synthesized, lab, MODULES, at(4), [LIMITED], lambda places: [SHORT, NONE])
    found = search.run(templates, 60.0, lambda text: None, lambda places: more())
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


def test_a_pattern_is_left_alone_and_a_condition_may_stand_on_several_lines(home: Path) -> None:
    source = """\
def kind(items, limit):
    match items:
        case [1]:
            return 0
    if (
        items
        and limit
    ):
        return 1
    return len(items)
"""
    test = """\
from kind import kind

def test_more():
    assert kind([1, 2, 3], 2) == 3

def test_less():
    assert kind([1, 2], 3) == 1
"""
    tree = {"kind.py": source, "test_kind.py": test}
    more, less = (f"test_kind.py::test_{name}" for name in ("more", "less"))
    modules = {"kind.py": Module.parse("kind.py", source)}
    suspects = [Suspect("kind.py", line, "", 1.0, "") for line in (3, 6, 9)]
    with Lab([Place(plain_runner(home / "kind", tree), home / "kind" / "tree")], [more, less], {}) as lab:
        made = synthesized(lab, modules, suspects, [more], lambda places: [less])
    found = [apply_edit(source, item.candidate.edit).split("\n") for item in made]
    assert all(lines[2] == "        case [1]:" for lines in found)
    assert any("len(items) < limit" in line for lines in found for line in lines[4:8])


def test_what_may_raise_is_asked_after_what_says_whether_it_does(home: Path) -> None:
    source = "def large(box, limit):\n    if box.size > limit:\n        return True\n    return False\n"
    test = """\
from types import SimpleNamespace
from large import large

def test_none():
    assert large(None, 3) is False

def test_some():
    assert large(SimpleNamespace(size=4), 3) is True
"""
    tree = {"large.py": source, "test_large.py": test}
    none, some = (f"test_large.py::test_{name}" for name in ("none", "some"))
    modules = {"large.py": Module.parse("large.py", source)}
    with Lab([Place(plain_runner(home / "large", tree), home / "large" / "tree")], [none, some], {}) as lab:
        made = synthesized(lab, modules, [Suspect("large.py", 2, "", 1.0, "")], [none], lambda places: [some])
    found = [apply_edit(source, item.candidate.edit).split("\n")[1].strip() for item in made]
    assert "if box and box.size > limit:" in found
    assert not [line for line in found if line.startswith("if box.size > limit or")]


def test_equal_input_makes_equal_edits(lab: Lab) -> None:
    assert synthesized_at(lab, 4, LIMITED, [SHORT]) == synthesized_at(lab, 4, LIMITED, [SHORT])


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


def test_a_name_that_hides_what_is_built_in_is_not_harmless() -> None:
    assert not is_pure(ast.parse("all(x)", mode="eval").body, {"all"})


def test_parts_of_texts_and_docstrings_are_none() -> None:
    source = 'def f(a):\n    """Said."""\n    b = f"{a}, {a:>10}" + ("x"\n      "y")\n    return b + "!"\n'
    module = Module.parse("m.py", source)
    found = parts(module, next(iter(module.nodes_on([5]))))
    assert all(is_literal(text) or text in {"a", "b"} for text in found)
    assert not {", ", "'>10'", ">10", '"""Said."""'} & set(found)
    assert {"a", "b", '"!"'} < set(found)


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
