"""The repair benchmark judges patches by program and by behaviour, and splits its bugs for good."""

import pytest

from benchmarks._bugs.plant import Bug
from benchmarks._repair.changed import Changed, changed_functions
from benchmarks._repair.planting import HALVES, half_of
from benchmarks._repair.report import quantile, wilson
from benchmarks._repair.trees import same_tree

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
