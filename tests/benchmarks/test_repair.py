"""The repair benchmark judges patches by program and by behaviour, and splits its bugs for good."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from agent.trace.journal import Journal
from benchmarks._bugs.plant import Bug
from benchmarks._repair.changed import Changed, changed_functions
from benchmarks._repair.planting import HALVES, half_of
from benchmarks._repair.reach import choices, generated
from benchmarks._repair.report import Case, figures, quantile, wilson
from benchmarks._repair.trees import same_tree
from benchmarks._repair.values import DIFFERENT, EQUAL, SAME_TREE, Attempt, Opinion, Planted, keep, kept

FILE = b"""\
class A:
    @property
    def f(self):
        def g():
            return 1
        return g

def f(x=1):
    return x
"""


def test_layout_and_comments_do_not_make_another_program() -> None:
    assert same_tree(b"a = (1 +\n     2)", b"a = 1 + 2  # three")
    assert not same_tree(b"a = 1", b"a = 2")
    assert not same_tree(b"a = 1", b"a =")


def test_a_change_in_an_inner_function_is_that_functions_alone() -> None:
    assert changed_functions(FILE, FILE.replace(b"return 1", b"return 2")) == [Changed("g", 4, 5, 4)]


def test_a_changed_function_is_found_where_it_moved_to() -> None:
    patched = FILE.replace(b"    return x", b"    return -x").replace(b"return g", b"return (\n            g)")
    assert changed_functions(FILE, patched) == [Changed("f", 8, 9, 9)]


@pytest.mark.parametrize(("old", "new"), [(b"x=1", b"x=2"), (b"@property", b"@cached"), (b"class A", b"class A(B)")])
def test_what_lies_outside_of_bodies_cannot_be_told_by_calling_a_function(old: bytes, new: bytes) -> None:
    with pytest.raises(ValueError, match="the patch differs outside of function bodies"):
        changed_functions(FILE, FILE.replace(old, new))


def test_all_bugs_of_a_line_are_in_one_half_whatever_the_version() -> None:
    def bug(line: int, after: str) -> Bug:
        return Bug("a.py", line, "f", "    return a < b", after, "boundary")

    halves = {half_of("lib-1.0", bug(3, "    return a <= b")), half_of("lib-2.0", bug(9, "    return a > b"))}
    assert len(halves) == 1
    assert {half_of("lib-1.0", Bug("a.py", 1, "f", f"a = {n}", "", "number")) for n in range(20)} == set(HALVES)


def test_the_interval_of_a_share_is_wilsons() -> None:
    assert wilson(46, 50) == (81.2, 96.8)
    assert wilson(0, 0) == (0.0, 100.0)


def test_a_quantile_is_a_value_that_was_seen() -> None:
    assert quantile([4.0, 1.0, 3.0, 2.0], 0.5) == 2.0
    assert quantile([4.0, 1.0, 3.0, 2.0], 0.9) == 4.0
    assert quantile([], 0.5) == 0.0


def _journal(path: Path, *plausible: tuple[int, int, str], order: list[int]) -> Path:
    journal = Journal(path)
    rows = [{"path": "a.py", "start": start, "end": end, "text": text} for start, end, text in plausible]
    journal.append("searched", plausible=rows, order=order)
    journal.close()
    return path


def test_plausible_edits_are_read_as_they_were_found_and_preferred(tmp_path: Path) -> None:
    journal = _journal(tmp_path / "journal", (4, 5, "b"), (0, 5, "a = 22"), order=[1, 0])
    found, order = choices(journal, "a.py", b"a = 1")
    assert [(one.data, one.size) for one in found] == [(b"a = b", 2), (b"a = 22", 11)]
    assert order == (1, 0)
    assert choices(tmp_path / "missing", "a.py", b"") == ([], ())


def test_the_engine_is_asked_whether_it_makes_the_right_edit() -> None:
    true = b"def f(a, b):\n    return (a <= b)\n"
    assert generated("a.py", true, true.replace(b"<=", b"<"), {2})
    assert not generated("a.py", true, b"def f(a, b):\n    return 7, 'seven'\n", {2})


ATTEMPT = Attempt("one", "plausible", "diff", ("rival",), opinion=Opinion(EQUAL, "", 40),
                  choices=(DIFFERENT, SAME_TREE, EQUAL), sizes=(2, 5, 3), order=(0, 2))  # fmt: skip


def test_an_attempt_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    keep(tmp_path, ATTEMPT)
    row = kept(tmp_path, "one")
    assert row is not None
    assert Attempt.from_row({**row, "a field of an older version": 1}) == ATTEMPT
    assert json.loads(json.dumps(asdict(ATTEMPT))) == row


def test_the_first_right_edit_is_counted_as_the_engine_prefers_them() -> None:
    assert (ATTEMPT.right, ATTEMPT.right_place) == (True, 2)


def test_shares_are_of_all_bugs_and_precision_of_the_proved_ones() -> None:
    bug = Planted("one", "lib", Bug("a.py", 1, "f", "a", "b", "number"), ("test",))
    wrong = Attempt("two", "proved", "diff", opinion=Opinion(DIFFERENT), search_seconds=4.0)
    unsolved = Attempt("three", "unsolved", search_seconds=1.0)
    proved = Attempt("four", "proved", "diff", opinion=Opinion(SAME_TREE), search_seconds=2.0)
    found = figures([Case(bug, attempt) for attempt in (ATTEMPT, wrong, unsolved, proved)])
    wanted = {"right_percent": 50.0, "plausible_percent": 75.0, "proved_percent": 50.0, "proved_right_percent": 50.0,
              "right_called_proved_percent": 50.0, "search_median_seconds": 2.0, "same_tree_percent": 25.0}  # fmt: skip
    assert {name: found[name] for name in wanted} == wanted
