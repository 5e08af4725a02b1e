"""Planted bugs are one changed line, and a rank among equals is the middle of theirs."""

import ast
import textwrap
from pathlib import Path

import pytest

from benchmarks._bugs.plant import OPERATORS, Bug, Deck
from benchmarks._bugs.ranks import UNRANKED, best_of, mid_rank, ochiai
from benchmarks._bugs.selection import Selected, change_of, selected
from tests.support import write_files
from tools.testing.results import TestRun, TestStatus

# A program for each operator, and every line it may turn one of its lines into.
EXAMPLES: dict[str, tuple[str, set[str]]] = {
    "arithmetic": ("a = b + c\na -= 2", {"a = b - c", "a += 2"}),
    "attribute": (
        "class A:\n    def f(self):\n        self.x, self.y = 1, 2\n        return self.x",
        {"return self.y"},
    ),
    "bound": ("a = b[1:n]", {"a = b[:n]", "a = b[1 + 1:n]", "a = b[1:]", "a = b[1:n + 1]", "a = b[1:n - 1]"}),
    "boundary": ("a = (b\n     < c)", {"<= c)"}),
    "builtin_twin": ("a = min(b)", {"a = max(b)"}),
    "comparison": ("a = b == c < d", {"a = b != c < d", "a = b == c > d"}),
    "connective": ("a = b and c", {"a = b or c"}),
    "default": ("def f(b=1, *, c=None): pass", {"def f(b=2, *, c=None): pass", "def f(b=1, *, c=False): pass"}),
    "division": ("a = b // c", {"a = b / c"}),
    "dropped_argument": ("a = f(b, c=1)", {"a = f(b)"}),
    "dropped_attribute": ("a = b.c", {"a = b"}),
    "dropped_await": ("async def f():\n    await g()", {"g()"}),
    "dropped_condition": ("a = b and c", {"a = b", "a = c"}),
    "dropped_decorator": ("@cached\ndef f(): pass", {""}),
    "dropped_element": ("a = [1, 2, 3]", {"a = [1, 2]"}),
    "dropped_guard": ("def f():\n    if a: return 1\n    return 2", {"if a: pass"}),
    "dropped_not": ("a = not b\nc = -d", {"a = b", "c = d"}),
    "dropped_self": ("class A:\n    def f(self, x): return self.x", {"def f(self, x): return x"}),
    "dropped_statement": ("a.f()\nb += 1", {"pass"}),
    "early_return": ("def f():\n    for a in b:\n        c = a", {"return a"}),
    "exception_type": ("try: pass\nexcept (KeyError, A): raise B", {"except (IndexError, A): raise B"}),
    "identity": ("a = b is not None\nc = d == e", {"a = b is None", "c = d is e"}),
    "ignored_condition": ("if a: pass", {"if True: pass", "if False: pass"}),
    "keyword_value": ("f(a=b)", {"f(a=None)"}),
    "loop_exit": ("while a:\n    continue", {"break"}),
    "membership": ("a = b not in c", {"a = b in c"}),
    "method_twin": ("a.lower()", {"a.upper()"}),
    "missing_call": ("a = b.strip()\nc = list(d)", {"a = b", "c = d"}),
    "negated": ("if a: pass", {"if not (a): pass"}),
    "number": ("a = 3", {"a = 4", "a = 2"}),
    "plain_assignment": ("a += 1", {"a = 1"}),
    "returned_value": ("def f(a):\n    return a + 1", {"a + 1", "return None", "return a"}),
    "super_call": ("class A:\n    def f(self):\n        super().f()", {"pass"}),
    "swallowed_exception": ("try: pass\nexcept A:\n    raise B", {"pass"}),
    "swapped_arguments": ("f(a, b)", {"f(b, a)"}),
    "swapped_branches": ("a = b if c else d", {"a = d if c else b"}),
    "swapped_operands": ("a = b - c", {"a = c - b"}),
    "text_constant": ("a = 'b'\nc = '10'", {"a = 'B'", "c = '1'"}),
    "truth": ("a = True", {"a = False"}),
    "variable": ("def f(a, b):\n    return a", {"return b"}),
}  # fmt: skip

PROGRAM = """\
# a remark, é
class Shelf:
    def count(self, least, names=()):
        "How many < names, and == least."
        kept: list[int] = [name for name in names if len(name) >= least]
        text = f"{least + 1}"

        return len(kept) + 1
"""


def dealt(program: str, operator: str) -> set[Bug]:
    decks = [Deck({"shelf.py": program.encode()}, seed) for seed in range(20)]
    return {bug for deck in decks for bug in deck.deal(operator)}


def test_every_operator_has_an_example() -> None:
    assert set(EXAMPLES) == set(OPERATORS)


@pytest.mark.parametrize("operator", EXAMPLES)
def test_an_operator_plants_its_bugs_and_no_others(operator: str) -> None:
    program, expected = EXAMPLES[operator]
    assert {bug.after_line.strip() for bug in dealt(program, operator)} == expected


@pytest.mark.parametrize("operator", EXAMPLES)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_planted_bug_changes_one_line_and_the_program(operator: str, end: str) -> None:
    data = EXAMPLES[operator][0].replace("\n", end).encode()
    for bug in Deck({"a.py": data}, 1).deal(operator):
        before, after = data.split(end.encode()), bug.planted(data).split(end.encode())
        changed = [number for number, (old, new) in enumerate(zip(before, after, strict=True), 1) if old != new]
        assert changed == [bug.line]
        assert (before[bug.line - 1].decode(), after[bug.line - 1].decode()) == (bug.before_line, bug.after_line)
        assert ast.dump(ast.parse(bug.planted(data))) != ast.dump(ast.parse(data))


def test_remarks_docstrings_annotations_and_f_strings_are_left_alone() -> None:
    assert dealt(PROGRAM, "boundary") == {
        Bug("shelf.py", 5, "Shelf.count",
            "        kept: list[int] = [name for name in names if len(name) >= least]",
            "        kept: list[int] = [name for name in names if len(name) > least]", "boundary")
    }  # fmt: skip
    assert dealt(PROGRAM, "comparison") == {
        Bug("shelf.py", 5, "Shelf.count",
            "        kept: list[int] = [name for name in names if len(name) >= least]",
            "        kept: list[int] = [name for name in names if len(name) <= least]", "comparison")
    }  # fmt: skip
    assert {bug.line for bug in dealt(PROGRAM, "arithmetic")} == {8}
    assert dealt(PROGRAM, "text_constant") == set()


def test_columns_are_right_after_characters_of_several_bytes() -> None:
    assert {bug.after_line for bug in dealt("a = 'é', b < c", "boundary")} == {"a = 'é', b <= c"}


def test_the_same_seed_deals_the_same_bugs_and_another_one_another_order() -> None:
    program = "\n".join(f"a{number} = {number}" for number in range(30))
    deals = [list(Deck({"a.py": program.encode()}, seed).deal("number")) for seed in (1, 1, 2)]
    assert deals[0] == deals[1] != deals[2]
    assert {bug.line for bug in deals[2]} == set(range(1, 31))


def test_shares_of_a_deck_have_no_place_in_common_and_are_all_of_it_together() -> None:
    program = "\n".join(f"a{number} = {number}" for number in range(30))
    deck = Deck({"a.py": program.encode()}, 1)
    lines = [[bug.line for bug in deck.deal("number", share, 4)] for share in range(4)]
    assert sorted(line for share in lines for line in share) == list(range(1, 31))


def test_a_bug_is_not_planted_where_its_line_is_another() -> None:
    (bug,) = dealt("a = b < c", "boundary")
    with pytest.raises(ValueError, match="is not 'a = b < c'"):
        bug.planted(b"a = b > c")


def test_files_that_do_not_parse_or_are_no_utf_8_have_no_bugs() -> None:
    files = {"a.py": b"a = (", "b.py": b"# coding: latin-1\na = '\xe9' < b", "c.py": b"\xef\xbb\xbfa = b < c"}
    assert list(Deck(files, 1).deal("boundary")) == []


@pytest.mark.parametrize(("place", "rank"), [("a", 1), ("b", 3), ("c", 3), ("d", 3), ("e", 5), ("none", UNRANKED)])
def test_equal_scores_share_the_middle_of_their_ranks(place: str, rank: float) -> None:
    assert mid_rank({"a": 9.0, "b": 2.0, "c": 2.0, "d": 2.0, "e": 1.0}, place) == rank


def test_a_function_is_as_suspicious_as_its_best_line() -> None:
    scores = {("a.py", 1): 0.2, ("a.py", 2): 0.9, ("a.py", 9): 0.5, ("b.py", 1): 0.3}
    functions = {("a.py", 1): "f", ("a.py", 2): "f", ("a.py", 9): "g"}
    assert best_of(scores, functions) == {("a.py", "f"): 0.9, ("a.py", "g"): 0.5, ("b.py", "<module>"): 0.3}


def test_ochiai_weighs_what_failing_tests_ran_against_what_passing_ones_did() -> None:
    run = TestRun(
        statuses={"t::red": TestStatus.FAILED, "t::green": TestStatus.PASSED, "t::other": TestStatus.FAILED},
        lines={
            "t::red": {"a.py": frozenset({1, 2}), "tests/test_a.py": frozenset({5})},
            "t::green": {"a.py": frozenset({1, 3})},
            "t::other": {"a.py": frozenset({3})},
        },
    )
    assert ochiai(run, ["t::red"]) == {("a.py", 1): 1 / 2**0.5, ("a.py", 2): 1.0}


def test_a_selection_is_complete_when_it_holds_every_red_test(tmp_path: Path) -> None:
    text = textwrap.dedent(
        """\
        def f(a):
            return a < 1

        def g(a):
            return a
        """
    )
    write_files(tmp_path, {"a.py": text, "test_a.py": "import a\n"})
    (bug,) = Deck({"a.py": text.encode()}, 1).deal("boundary")
    known = TestRun(
        statuses={"test_a.py::f": TestStatus.PASSED, "test_a.py::g": TestStatus.PASSED},
        lines={"test_a.py::f": {"a.py": frozenset({2})}, "test_a.py::g": {"a.py": frozenset({5})}},
    )
    change = change_of(bug, text.encode())
    assert selected(change, ["test_a.py::f"], known, tmp_path) == Selected(True, 0.5)
    assert selected(change, ["test_a.py::g"], known, tmp_path) == Selected(False, 0.5)
