"""A run told to a proposer: short first, then why the first tests fail."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import new_repository, new_sites
from tools.check import MAX_SHOWN, MAX_TRACEBACK, compared, run_tests, summarise
from tools.context import ToolContext
from tools.testing.results import Failure, TestRun, TestStatus

PASSED, FAILED = TestStatus.PASSED, TestStatus.FAILED


def failure(name: str, traceback: str) -> Failure:
    return Failure(name, "call", "AssertionError", "", (), traceback)


def test_counts_then_tracebacks() -> None:
    run = TestRun(
        statuses={"a": PASSED, "b": FAILED, "c": TestStatus.XFAIL, "d": TestStatus.ERROR, "e": TestStatus.SKIPPED},
        failures={"b": failure("b", "b went wrong"), "d": failure("d", "d went wrong")},
        complete=True,
    )
    assert summarise(run) == "2 passed, 2 failed\n\nb\nb went wrong\n\nd\nd went wrong"


def test_all_green_is_one_line() -> None:
    assert summarise(TestRun(statuses={"a": PASSED}, complete=True)) == "1 passed, 0 failed"


def test_only_the_first_failures_are_shown_and_the_rest_named() -> None:
    names = [f"t{number}" for number in range(MAX_SHOWN + 2)]
    run = TestRun(
        statuses=dict.fromkeys(names, FAILED), failures={name: failure(name, "x") for name in names}, complete=True
    )
    *shown, rest = summarise(run).split("\n\n")
    assert shown == [f"0 passed, {len(names)} failed", *(f"{name}\nx" for name in names[:MAX_SHOWN])]
    assert rest == f"... and 2 more: {names[-2]}, {names[-1]}"


def test_of_a_long_traceback_the_end_is_shown() -> None:
    run = TestRun(statuses={"a": FAILED}, failures={"a": failure("a", "x" * 9000 + "the end")}, complete=True)
    assert summarise(run).endswith("the end")
    assert len(summarise(run)) < MAX_TRACEBACK + 100


def test_a_run_without_an_end_says_so_first() -> None:
    assert summarise(TestRun(timed_out=True, seconds=12.3)) == "the tests did not end within their time (12 s)"
    ended = TestRun(over="more than 9 MB of memory", running="t.py::test_a", output="Killed")
    assert summarise(ended) == "the tests were ended for using more than 9 MB of memory while running t.py::test_a"
    assert summarise(TestRun(output="Segmentation fault")) == "pytest did not come to its end:\nSegmentation fault"


def test_two_runs_are_compared_bad_news_first() -> None:
    before = TestRun(
        statuses={"a": FAILED, "b": FAILED, "c": FAILED, "d": PASSED},
        failures={name: replace(failure(name, ""), message="x") for name in "abc"},
        complete=True,
    )
    after = TestRun(
        statuses={"a": PASSED, "b": FAILED, "c": FAILED, "d": FAILED},
        failures={"b": replace(failure("b", ""), message="x"), "c": replace(failure("c", ""), message="y")},
        complete=True,
    )
    changed = "1 newly broken (d), 2 still failing, 1 of them with another error, 1 fixed (a)"
    assert compared(before, after) == f"since the run before: {changed}"
    assert compared(after, after) == "since the run before: 3 still failing"
    assert compared(TestRun(), TestRun(statuses={"e": PASSED})) == "since the run before: no change"


@pytest.mark.parametrize(
    ("tests", "expected"),
    [("", ()), ("a.py::test_x\n\n  b.py  \n", ("a.py::test_x", "b.py")), ("a.py::test[x y]", ("a.py::test[x y]",))],
)
def test_names_are_given_a_line_each(tmp_path: Path, tests: str, expected: tuple[str, ...]) -> None:
    asked: list[tuple[str, ...]] = []
    run = TestRun(statuses={"a": PASSED}, complete=True)

    def runner(names: tuple[str, ...]) -> TestRun:
        asked.append(names)
        return run

    repository = new_repository(tmp_path / "repo", {})
    assert repository.head
    site = new_sites(repository, tmp_path / "sites").open(repository.head)
    result = run_tests(ToolContext(site.workspace, runner), tests)
    assert (asked, result.text, result.data) == ([expected], "1 passed, 0 failed", run)
