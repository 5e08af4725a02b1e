"""A failure as data: the assertion with its operands, the causes, the leaves of a group, the locals of the crash."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import plain_runner
from tests.tools.testing.plugin._load import load
from tools.testing.results import Failure, Frame, TestRun, TestStatus

plugin = load("regreen_failure")


class Telling:
    """Its repr is a text, raises an exception, or takes long."""

    def __init__(self, answer: str | type[BaseException] | None) -> None:
        self.answer = answer

    def __repr__(self) -> str:
        for _ in range(10_000_000 if self.answer is None else 0):
            pass
        if isinstance(self.answer, type):
            raise self.answer
        return self.answer or ""


FILES = {
    "pytest.ini": "[pytest]\naddopts = --doctest-modules\n",
    "product.py": '''\
import os


def parse(text, strict=True):
    kind, __secret, join = type(text), "hidden", os.path.join
    try:
        return int(text)
    except ValueError as error:
        raise KeyError(text) from error


def settle(parts):
    errors = []
    for part in parts:
        try:
            parse(part)
        except KeyError as error:
            errors.append(error)
    raise ExceptionGroup("parts", [errors[0], ExceptionGroup("inner", errors[1:])])


def unchecked(number):
    assert number < 0


def double(number):
    """
    >>> double(2)
    4
    """
    return number * 3
''',
    "test_product.py": """\
import asyncio
import pytest
from product import *
import product

def test_operands():
    found = {"a": [1, 2]}
    assert found["a"] == [1, 3], "not what was wanted"

def test_long_comparison():
    assert list(range(100)) == list(range(1, 101))

def test_cause():
    product.parse("x")

def test_context():
    try:
        1 / 0
    except ZeroDivisionError:
        {}["key"]

def test_suppressed_context():
    try:
        1 / 0
    except ZeroDivisionError:
        raise KeyError("key") from None

def test_a_circle_of_causes():
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    raise one

def test_group():
    product.settle(["a", "b", "c"])

def test_unexplained():
    product.unchecked(1)

def test_many_locals(tmp_path):
    a = b = c = d = e = f = g = h = i = j = k = l = m = n = 0
    assert a
""",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> TestRun:
    return plain_runner(tmp_path_factory.mktemp("failures"), FILES).run(timeout_seconds=120.0)


def failure(run: TestRun, name: str) -> Failure:
    return run.failures[f"test_product.py::{name}"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("test_operands", "assert [1, 2] == [1, 3]"),
        ("test_long_comparison", "assert [0, 1, 2, 3, 4, 5, ...] == [1, 2, 3, 4, 5, 6, ...]"),
        ("test_unexplained", "assert number < 0"),
        ("test_cause", ""),
    ],
)
def test_an_assertion_is_told_with_its_operands(run: TestRun, name: str, expected: str) -> None:
    assert failure(run, name).assertion.split("\n")[0] == expected


def test_an_explanation_has_few_lines(run: TestRun) -> None:
    assert failure(run, "test_operands").assertion.split("\n")[1:3] == ["  ", "  At index 1 diff: 2 != 3"]
    assert len(failure(run, "test_long_comparison").assertion.split("\n")) <= 12


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("test_cause", ("ValueError: invalid literal for int() with base 10: 'x'",)),
        ("test_context", ("ZeroDivisionError: division by zero",)),
        ("test_suppressed_context", ()),
        ("test_a_circle_of_causes", ("ValueError: two", "ValueError: one")),
        ("test_group", ("KeyError: 'a'", "KeyError: 'b'", "KeyError: 'c'")),
    ],
)
def test_causes_and_the_leaves_of_a_group_are_told_nearest_first(
    run: TestRun, name: str, expected: tuple[str, ...]
) -> None:
    assert failure(run, name).chain == expected


def test_a_group_is_located_where_its_first_leaf_was_raised(run: TestRun) -> None:
    found = failure(run, "test_group")
    assert (found.exception, found.crash) == ("ExceptionGroup", Frame("product.py", 9, "parse"))
    assert found.locals == {"text": "'a'", "strict": "True"}


def test_at_most_twelve_locals_are_kept_arguments_first(run: TestRun) -> None:
    assert [*failure(run, "test_many_locals").locals] == ["tmp_path", *"abcdefghijk"]


def test_a_failed_example_of_a_docstring_is_located(run: TestRun) -> None:
    name = "product.py::product.double"
    found = run.failures[name]
    assert (run.statuses[name], replace(found, traceback="")) == (
        TestStatus.FAILED,
        Failure(
            node_id=name,
            phase="call",
            exception="doctest.DocTestFailure",
            message="expected '4\\n', got '6\\n'",
            frames=(*found.frames[:-1], Frame("product.py", 28, "product.double")),
            traceback="",
            assertion="expected '4\\n', got '6\\n'",
        ),
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Telling(SystemExit), "<repr raises SystemExit>"),
        (Telling(RecursionError), "<repr raises RecursionError>"),
        ([1, Telling(ValueError)], "<repr raises ValueError>"),
        (Telling(None), "<repr takes too long>"),
        (Telling("<Telling at 0x7f00aa>"), "<Telling>"),
        (1 << 5000, "<int of 5001 bits>"),
        ("x" * 10_000, f"'{'x' * 37}...{'x' * 38}'"),
        (b"x" * 10_000, f"b'{'x' * 80}'..."),
        ([[[[[1]]]], {"k": "v"}, *range(1000)], "[[[[...]]], {'k': 'v'}, 0, 1, 2, 3, ...]"),
        (Path("x" * 200), f"PosixPath('{'x' * 106}..."),
        (True, "True"),
    ],
    ids=["exits", "recurses", "raises within", "long", "address", "int", "str", "bytes", "nested", "path", "bool"],
)
def test_a_value_is_shown_within_bounds_and_named_when_it_tells_nothing(value: object, expected: str) -> None:
    assert plugin.shown(value) == expected


def test_looking_at_a_value_leaves_the_tracer_as_it_was() -> None:
    before = sys.gettrace()
    plugin.shown(Telling(None))
    assert sys.gettrace() is before


def test_a_long_text_is_cut_between_lines() -> None:
    text = "".join(f"line {number}\n" for number in range(10, 60))
    assert plugin.clip(text, 40) == "line 10\nline 11\n[... 368 characters cut ...]\nline 58\nline 59\n"
    assert plugin.clip("x" * 100, 40) == f"{'x' * 20}\n[... 59 characters cut ...]\n{'x' * 20}"
    assert plugin.clip("short", 40) == "short"
