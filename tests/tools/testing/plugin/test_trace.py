"""The trace plugin: which lines of product code each test ran, failing or not."""

import pytest

from tests.support import plain_runner
from tools.testing.results import TestRun

FILES = {
    "pkg/__init__.py": "",
    "pkg/core.py": """\
def sign(number):
    if number < 0:
        return -1
    if number > 0:
        return 1
    return 0


def crash(number):
    value = sign(number)
    raise ValueError(value)


def count(limit):
    for number in range(limit):
        yield number


async def later():
    return 1


def in_a_thread():
    return 2


class Shown:
    def __repr__(self):
        return "shown"


at_import = sign(1)
""",
    "test_core.py": """\
import asyncio
import sys
import threading
import pytest
from pkg import core

@pytest.fixture
def around():
    core.sign(0)
    yield
    core.sign(-1)

def test_positive():
    assert core.sign(3) == 1

def test_negative():
    assert core.sign(-3) == 1

def test_crash():
    core.crash(0)

def test_fixture(around):
    pass

def test_generator():
    assert list(core.count(2)) == [0, 1]

def test_coroutine():
    assert asyncio.run(core.later()) == 1

def test_thread():
    thread = threading.Thread(target=core.in_a_thread)
    thread.start()
    thread.join()

def test_nothing():
    pass

def test_explained():
    shown = core.Shown()
    assert shown == sign_of(1)

def sign_of(number):
    return core.sign(number)

@pytest.mark.skip
def test_skipped():
    core.sign(1)
""",
}
PRODUCT = {
    "test_positive": {2, 4, 5},
    "test_negative": {2, 3},
    "test_crash": {2, 4, 6, 10, 11},
    "test_fixture": {2, 3, 4, 6},
    "test_generator": {15, 16},
    "test_coroutine": {20},
    "test_thread": {24},
    "test_nothing": set(),
    "test_explained": {2, 4, 5},
    "test_skipped": set(),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> TestRun:
    return plain_runner(tmp_path_factory.mktemp("trace"), FILES).run(timeout_seconds=120.0, trace=True)


def test_each_test_has_the_product_lines_it_ran(run: TestRun) -> None:
    found = {name.split("::")[1]: set(lines.get("pkg/core.py", ())) for name, lines in run.lines.items()}
    assert found == PRODUCT


def test_lines_are_those_of_the_tree_only(run: TestRun) -> None:
    assert {path for lines in run.lines.values() for path in lines} == {"pkg/core.py", "test_core.py"}


def test_tracing_changes_no_status(run: TestRun) -> None:
    assert run.red == ("test_core.py::test_negative", "test_core.py::test_crash", "test_core.py::test_explained")
    assert (run.complete, len(run.statuses)) == (True, 10)
