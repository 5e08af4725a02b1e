"""Which tests are run again, line by line."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from agent.run.budget import Budget
from agent.run.reds import TRACE_ALL_SECONDS, TRACE_MORE_SECONDS, confirmed, to_trace
from tests.support import new_repository, new_sites
from tools.testing.results import TestRun, TestStatus

SECONDS = {
    "test_slow.py::test_a": TRACE_MORE_SECONDS - 1,
    "test_red.py::test_a": 40.0,
    "test_red.py::test_b": 0.1,
    "test_quick.py::test_a": 0.5,
    "test_quick.py::test_b": 0.4,
    "test_middle.py::test_a": 2.0,
}
RED = ["test_red.py::test_b"]


def run(seconds: float) -> TestRun:
    return TestRun(dict.fromkeys(SECONDS, TestStatus.PASSED), durations=SECONDS, seconds=seconds)


def test_a_short_suite_is_traced_whole_and_of_a_longer_one_what_is_quick_beside_the_red_files() -> None:
    assert to_trace(run(TRACE_ALL_SECONDS), RED) == ["test_slow.py", "test_red.py", "test_quick.py", "test_middle.py"]
    assert to_trace(run(TRACE_ALL_SECONDS + 1), RED) == ["test_red.py", "test_quick.py", "test_middle.py"]


def test_what_was_red_is_traced_even_where_it_did_not_end() -> None:
    assert to_trace(run(60.0), ["test_hung.py::test"]) == ["test_quick.py", "test_middle.py", "test_hung.py"]


def test_where_lines_are_known_only_the_red_tests_are_traced() -> None:
    assert to_trace(replace(run(60.0), lines={"test_quick.py::test_a": {}}), RED) == RED


HELD_UP = """\
import sys, time

def test_held_up_where_lines_are_watched():
    time.sleep(600 * ("regreen_pytest_trace" in sys.modules))

def test_red():
    assert 0
"""


def test_a_passing_test_that_is_held_up_by_being_watched_does_not_hold_up_the_red_ones(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "r", {"test_a.py": HELD_UP})
    (tmp_path / "work").mkdir()
    with closing(new_sites(repository, tmp_path / "work").open(str(repository.head))) as site:
        before = site.runner.run(timeout_seconds=60)
        reds = confirmed(site, before, before.red, Budget(1, 16.0), lambda text: None)
    assert reds.targets == ("test_a.py::test_red",)
    assert reds.traced.lines["test_a.py::test_red"]
