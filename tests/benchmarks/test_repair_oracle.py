"""A patch that is another program is right when it behaves like the true one on inputs like the tests' own."""

import sys
from pathlib import Path

import pytest

from benchmarks._bugs.library import Library
from benchmarks._repair.probe import Probe
from benchmarks._repair.values import DIFFERENT, EQUAL, UNDECIDED
from tests.support import write_files

TRUE = """\
_missing = object()


class Stack:
    def __init__(self, items):
        self.items = list(items)

    def first(self, default=_missing):
        if not self.items:
            if default is _missing:
                raise LookupError("empty")
            return default
        return self.items[0]


def clamp(value, low, high):
    return max(low, min(value, high))


def pairs(items):
    previous = None
    for item in items:
        if previous is not None:
            yield previous, item
        previous = item


def add_to(items, item):
    if item not in items:
        items.append(item)


def counter():
    count = 0

    def step(by=1):
        nonlocal count
        count += by
        return count

    return step
"""
TESTS = """\
import pytest

from calc import Stack, add_to, clamp, counter, pairs


@pytest.mark.parametrize("value", [-5, 0, 3, 8, 12])
def test_clamp(value):
    assert 0 <= clamp(value, 0, 10) <= 10


def test_pairs():
    assert list(pairs([1, 2, 3])) == [(1, 2), (2, 3)]
    assert list(pairs(item for item in "ab")) == [("a", "b")]


def test_stack():
    assert Stack([1, 2]).first() == 1
    assert Stack([]).first(3) == 3
    with pytest.raises(LookupError):
        Stack([]).first()


def test_add_to():
    items = [1]
    add_to(items, 2)
    add_to(items, 2)
    assert items == [1, 2]


def test_counter():
    step = counter()
    assert [step(), step(2)] == [1, 3]
"""
CLAMPED = "max(low, min(value, high))"
# What the patch writes for a piece of the true file, and what is to be found out about it.
CASES = {
    "the same in other words": (CLAMPED, "min(max(value, low), high) if low <= high else low", EQUAL),
    "another result": (CLAMPED, "max(low, min(value, high - 1))", DIFFERENT),
    "another result on inputs no test gives": (CLAMPED, f"{CLAMPED} if low < high else high", DIFFERENT),
    "a generator": ("if previous is not None", "if previous is not None and item != 2", DIFFERENT),
    "another exception": ('LookupError("empty")', "KeyError", DIFFERENT),
    "a mark that is itself": ("if default is _missing", "if default == _missing", EQUAL),
    "what is left of an argument": ("items.append(item)", "items.insert(0, item)", DIFFERENT),
    "what a closure holds": ("count += by", "count -= -by", EQUAL),
    "what a closure leaves": ("return count", "return (count, count := 0)[0]", DIFFERENT),
    "what a returned function would do": ("step(by=1)", "step(by=2)", DIFFERENT),
    "a default": ("default=_missing", "default=None", UNDECIDED),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_a_patch_is_told_from_the_true_program_by_behaviour(tmp_path: Path, case: str) -> None:
    write_files(tmp_path / "calc", {"calc.py": TRUE, "test_calc.py": TESTS})
    library = Library("calc", tmp_path / "calc", Path(sys.executable), ".", ("calc.py",))
    old, new, word = CASES[case]
    assert TRUE.count(old) == 1
    patched = TRUE.replace(old, new).encode()
    opinion = Probe(library, ("test_calc.py",)).opinion({"calc.py": (TRUE.encode(), patched)})
    assert (opinion.word, opinion.why) == (word, opinion.why)


@pytest.mark.slow
def test_inputs_that_do_not_show_the_bug_cannot_show_that_a_patch_is_right(tmp_path: Path) -> None:
    write_files(tmp_path / "calc", {"calc.py": TRUE, "test_calc.py": TESTS})
    library = Library("calc", tmp_path / "calc", Path(sys.executable), ".", ("calc.py",))
    true, patched = TRUE.encode(), TRUE.replace(CLAMPED, "min(max(value, low), high) if low <= high else low").encode()
    shown, hidden = (
        TRUE.replace(CLAMPED, text).encode() for text in ("max(low, value)", f"{CLAMPED} + (value == 1e99)")
    )
    probe = Probe(library, ("test_calc.py",))
    assert probe.opinion({"calc.py": (true, patched)}, {"calc.py": shown}).word == EQUAL
    opinion = probe.opinion({"calc.py": (true, patched)}, {"calc.py": hidden})
    assert (opinion.word, opinion.why) == (UNDECIDED, "no input shows the bug itself")
