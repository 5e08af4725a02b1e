"""Recording what a function is called with, and telling edits apart by what they do with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import files_of, plain_runner
from tools.patch import Edit, apply_edit
from tools.testing.lab.lab import Lab
from tools.testing.lab.place import Place
from tools.testing.lab.said import Answer, FunctionAt

FILES = {
    "product.py": """\
import functools


def small(number):
    return number < 3


def total(numbers, start=0, *more, by=1, **named):
    return sum(numbers) + start + sum(more) * by + len(named)


class Account:
    def __init__(self, balance):
        self.balance = balance

    def take(self, amount):
        self.balance = self.balance - amount
        return self.balance


def empty(items):
    items.clear()


def shown(word):
    print(word)


def pairs(limit):
    for number in range(limit):
        yield number, number


async def later(number):
    return number


def fails(number):
    raise ValueError(number)


def apply(function, number):
    return function(number)


def slow(number):
    while number:
        pass


@functools.lru_cache
def decorated(number):
    return number + 1


def make():
    step = 1

    def inner(number):
        return number + step

    return inner


held = make()


def unused(number):
    return number


def random_one():
    import random
    return random.random()
""",
    "test_product.py": """\
import asyncio
import product

def test_small():
    assert product.small(1)
    assert product.small(1)
    assert not product.small(5)

def test_total():
    assert product.total([1, 2], 3, 4, by=2, x=1) == 15

def test_account():
    assert product.Account(5).take(2) == 3

def test_empty():
    product.empty([1])

def test_shown():
    product.shown("a")

def test_pairs():
    assert list(product.pairs(2)) == [(0, 0), (1, 1)]

def test_later():
    assert asyncio.run(product.later(1)) == 1

def test_fails():
    try:
        product.fails(1)
    except ValueError:
        pass

def test_apply():
    assert product.apply(lambda number: number, 3) == 3
    assert product.apply(abs, -3) == 3

def test_slow():
    product.slow(0)

def test_decorated():
    assert product.decorated(1) == 2

def test_held():
    assert product.held(1) == 2

def test_random_one():
    product.random_one()

def test_many():
    for number in range(100):
        product.small(number)
""",
}
SOURCE = FILES["product.py"]
NOTHING = Edit("product.py", 0, 0, "")
TESTS = tuple(
    f"test_product.py::{line[4:-3]}" for line in FILES["test_product.py"].split("\n") if line.startswith("def")
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("behaviour")


@pytest.fixture(scope="module")
def lab(home: Path) -> Iterator[Lab]:
    with Lab([Place(plain_runner(home, FILES), home / "tree")], TESTS, {}) as opened:
        yield opened


def edit(old: str, new: str) -> Edit:
    start = SOURCE.index(old)
    return Edit("product.py", start, start + len(old), new)


def place(name: str, change: Edit = NOTHING) -> FunctionAt:
    """Where a function begins once a change is made."""
    lines = apply_edit(SOURCE, change).split("\n")
    number = next(
        number
        for number, line in enumerate(lines, 1)
        if line.strip().startswith((f"def {name}(", f"async def {name}("))
    )
    while lines[number - 2].strip().startswith("@"):
        number -= 1
    return FunctionAt("product.py", name, number)


def answers(lab: Lab, name: str, test: str, change: Edit = NOTHING, mutations: int = 0) -> tuple[Answer, ...] | None:
    inputs = lab.record(NOTHING, place(name), [f"test_product.py::{test}"], 40)
    return lab.answers(change, place(name, change), inputs, mutations)


def said(found: tuple[Answer, ...] | None) -> list[tuple[str, str]]:
    return [(answer.given, answer.said) for answer in found or ()]


@pytest.mark.parametrize(
    ("name", "test", "expected"),
    [
        ("small", "test_small", [("1", "returned True"), ("5", "returned False")]),
        ("total", "test_total", [("[1, 2], 3, 4, by=2, x=1", "returned 15")]),
        ("take", "test_account", [("Account(balance=5), 2", "returned 3")]),
        ("empty", "test_empty", [("[1]", "returned None")]),
        ("pairs", "test_pairs", [("2", "returned [tuple[0, 0], tuple[1, 1]]")]),
        ("later", "test_later", [("1", "returned 1")]),
        ("fails", "test_fails", [("1", "raised ValueError")]),
        ("slow", "test_slow", [("0", "returned None")]),
        ("decorated", "test_decorated", [("1", "returned 2")]),
    ],
)
def test_recorded_inputs_are_answered(lab: Lab, name: str, test: str, expected: list[tuple[str, str]]) -> None:
    assert said(answers(lab, name, test)) == expected


def test_arguments_that_cannot_be_copied_are_left_out(lab: Lab) -> None:
    assert said(answers(lab, "apply", "test_apply")) == [("<abs>, -3", "returned 3")]


def test_what_is_never_called_has_no_inputs(lab: Lab) -> None:
    inputs = lab.record(NOTHING, place("unused"), TESTS, 40)
    assert (inputs, lab.answers(NOTHING, place("unused"), inputs, 6)) == ((), None)


def test_a_closure_cannot_be_told(lab: Lab) -> None:
    assert answers(lab, "inner", "test_held") is None


def test_no_more_inputs_than_the_limit_are_kept(lab: Lab) -> None:
    assert len(lab.record(NOTHING, place("small"), ["test_product.py::test_many"], 7)) == 7


def test_a_strict_comparison_is_told_from_a_loose_one(lab: Lab) -> None:
    loose = edit("number < 3", "number <= 3")
    ours, theirs = (answers(lab, "small", "test_many", change) for change in (NOTHING, loose))
    differing = [
        (a.given, a.said, b.said) for a, b in zip(ours or (), theirs or (), strict=True) if a.digest != b.digest
    ]
    assert differing == [("3", "returned False", "returned True")]


def test_inputs_nobody_recorded_are_reached_by_mutations(lab: Lab) -> None:
    loose = edit("number < 3", "number <= 2")
    other = edit("number < 3", "number < 2")
    ours, alike, theirs = (answers(lab, "small", "test_small", change, 40) for change in (NOTHING, loose, other))
    assert ours is not None
    assert [a.digest for a in ours] == [a.digest for a in alike or ()]
    assert [a.given for a, b in zip(ours, theirs or (), strict=True) if a.digest != b.digest] != []


@pytest.mark.parametrize(
    ("name", "test", "old", "new"),
    [
        ("empty", "test_empty", "items.clear()", "items.pop()"),
        ("take", "test_account", "self.balance = self.balance - amount", "self.balance -= amount"),
        ("pairs", "test_pairs", "range(limit)", "range(0, limit)"),
        ("total", "test_total", "sum(numbers) + start", "start + sum(numbers)"),
        ("random_one", "test_random_one", "import random\n", "import random  # again\n"),
    ],
)
def test_edits_that_do_the_same_on_recorded_inputs_have_equal_digests(
    lab: Lab, name: str, test: str, old: str, new: str
) -> None:
    ours, theirs = answers(lab, name, test), answers(lab, name, test, edit(old, new))
    assert ours is not None
    assert theirs == ours


@pytest.mark.parametrize(
    ("name", "test", "old", "new"),
    [
        ("empty", "test_empty", "items.clear()", "pass"),
        ("take", "test_account", "self.balance = self.balance - amount\n        return self.balance",
         "return self.balance - amount"),
        ("shown", "test_shown", "print(word)", "print(word * 2)"),
        ("pairs", "test_pairs", "yield number, number", "yield number, -number"),
        ("later", "test_later", "return number\n\n\ndef fails", "return number + 1\n\n\ndef fails"),
        ("fails", "test_fails", "raise ValueError(number)", "raise KeyError(number)"),
        ("decorated", "test_decorated", "return number + 1", "return number + 2"),
        ("small", "test_small", "return number < 3", "return int(number < 3)"),
    ],
    ids=["a changed argument", "a changed object", "what is printed", "what is yielded", "what is awaited",
         "the exception", "behind a decorator", "the type"],
)  # fmt: skip
def test_a_difference_shows_in(lab: Lab, name: str, test: str, old: str, new: str) -> None:
    ours, theirs = answers(lab, name, test), answers(lab, name, test, edit(old, new))
    assert ours is not None
    assert theirs is not None
    assert [a.digest for a in ours] != [b.digest for b in theirs]


def test_a_call_without_an_end_is_cut_short(lab: Lab) -> None:
    endless = edit("while number:", "while True:")
    assert said(answers(lab, "slow", "test_slow", endless)) == [("0", "ran too long")]


def test_an_edit_that_needs_a_fresh_interpreter_cannot_be_told(lab: Lab) -> None:
    change = edit("import functools\n", "import functools\nLIMIT = 1\n")
    assert answers(lab, "small", "test_small", change) is None


def test_mutations_are_the_same_every_time(lab: Lab) -> None:
    assert answers(lab, "total", "test_total", mutations=20) == answers(lab, "total", "test_total", mutations=20)


def test_inputs_recorded_under_an_edit_are_those_of_the_edited_function(lab: Lab) -> None:
    longer = edit("def small(number):\n", "def small(number):\n    number += 0\n")
    inputs = lab.record(longer, place("small", longer), ["test_product.py::test_small"], 40)
    assert said(lab.answers(longer, place("small", longer), inputs, 0)) == [
        ("1", "returned True"),
        ("5", "returned False"),
    ]


def test_the_tree_is_as_it_was(lab: Lab, home: Path) -> None:
    answers(lab, "small", "test_small", edit("number < 3", "number <= 3"))
    assert files_of(home / "tree") == {name: text.encode() for name, text in FILES.items()}
