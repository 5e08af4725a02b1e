"""SWE-bench's rules, as our own grader and, where it is installed, the official one apply them."""

import random
from collections.abc import Iterator

import pytest

from agent.batch.grading import Grade, Graded, graded, instance_report, report, runnable
from agent.core.task import Prediction, Task
from agent.core.verdict import Tally
from tools.testing.results import TestStatus

PASSED, FAILED, SKIPPED, ERROR, XFAIL = TestStatus  # in the order of their definition
NAMES = ("t.py::a", "t.py::b[x]", "t.py::c[two words]", "t.py::c[two others]", "t.py::d")


def task(f2p: tuple[str, ...], p2p: tuple[str, ...] = ()) -> Task:
    return Task("x", "o/r", "b", fail_to_pass=f2p, pass_to_pass=p2p)


@pytest.mark.parametrize(
    ("status", "f2p", "p2p"),
    [
        (PASSED, True, True),
        (XFAIL, True, True),
        (SKIPPED, False, True),
        (FAILED, False, False),
        (ERROR, False, False),
        (None, False, False),
    ],
)
def test_what_counts_as_passed(status: TestStatus | None, f2p: bool, p2p: bool) -> None:
    statuses = {"t": status} if status else {}
    assert (graded(task(("t",)), statuses).grade is Grade.RESOLVED) is f2p
    assert (graded(task((), ("t",)), statuses).grade is Grade.RESOLVED) is p2p


def test_an_id_that_ends_within_its_parameters_stands_for_all_that_begin_like_it() -> None:
    both = {"t.py::c[two words]": PASSED, "t.py::c[two others]": PASSED}
    assert graded(task(("t.py::c[two",)), both).grade is Grade.RESOLVED
    assert graded(task(("t.py::c[two",)), {**both, "t.py::c[two others]": FAILED}).grade is Grade.UNRESOLVED
    assert graded(task(("t.py::c",)), both).grade is Grade.UNRESOLVED


def test_an_id_that_is_cut_short_is_run_as_its_function() -> None:
    assert runnable(["t.py::a[1]", "t.py::c[two", "t.py::c[two words]", "t.py::c[one"]) == (
        "t.py::a[1]",
        "t.py::c",
        "t.py::c[two words]",
    )


def test_f2p_and_p2p_are_told_apart() -> None:
    found = graded(task(("a", "b"), ("c", "d")), {"a": PASSED, "b": SKIPPED, "c": SKIPPED})
    assert found == Graded(
        "x", Grade.UNRESOLVED, Tally(("a",), ("b",)), Tally(("c",), ("d",)), "1 of 2 F2P, 1 of 2 P2P as wanted"
    )


def test_the_report_has_the_official_shape_and_no_infra_failure_is_a_pass() -> None:
    tasks = [Task(name, "o/r", "b") for name in ("a", "b", "c", "d", "e", "none")]
    grades = (Grade.RESOLVED, Grade.UNRESOLVED, Grade.EMPTY_PATCH, Grade.ERROR, Grade.INFRA_FAILURE)
    found = [Graded(one.instance_id, grade, reason="why") for one, grade in zip(tasks, grades, strict=False)]
    predictions = {name: Prediction(name, "m", "p") for name in ("a", "b", "c", "d", "e", "stranger")}
    assert report(tasks, predictions, found) == {
        "total_instances": 6,
        "submitted_instances": 6,
        "completed_instances": 2,
        "resolved_instances": 1,
        "unresolved_instances": 1,
        "infra_failure_instances": 1,
        "ambiguous_failure_instances": 0,
        "empty_patch_instances": 1,
        "error_instances": 2,
        "completed_ids": ["a", "b"],
        "incomplete_ids": ["none"],
        "empty_patch_ids": ["c"],
        "submitted_ids": ["a", "b", "c", "d", "e", "stranger"],
        "resolved_ids": ["a"],
        "unresolved_ids": ["b"],
        "infra_failure_ids": ["e"],
        "ambiguous_failure_ids": [],
        "failure_reasons": {"e": "why"},
        "error_ids": ["d", "e"],
        "schema_version": 2,
    }
    assert [instance_report(one)["resolved"] for one in found] == [True, False, False, False, False]
    assert instance_report(found[4])["infra_failure"] is True


def cases(count: int) -> Iterator[tuple[Task, dict[str, TestStatus]]]:
    """Tasks and runs at random: every status, ids cut short, tests that are missing."""
    draw = random.Random(1)
    for _ in range(count):
        wanted = [name if draw.random() < 0.8 else name.split(" ")[0] for name in NAMES]
        split = draw.randint(1, len(wanted))
        draw.shuffle(wanted)
        there = [name for name in NAMES if draw.random() < 0.85]
        good = draw.random() < 0.5
        statuses = {name: PASSED if good and draw.random() < 0.9 else draw.choice(list(TestStatus)) for name in there}
        yield task(tuple(wanted[:split]), tuple(wanted[split:])), statuses


def test_the_cases_for_the_official_harness_have_both_ends() -> None:
    grades = [graded(one, statuses).grade for one, statuses in cases(400)]
    assert min(grades.count(Grade.RESOLVED), grades.count(Grade.UNRESOLVED)) > 20


def test_the_official_harness_agrees() -> None:
    official = pytest.importorskip("swebench.harness.grading")
    for one, statuses in cases(400):
        gold = {"FAIL_TO_PASS": list(one.fail_to_pass), "PASS_TO_PASS": list(one.pass_to_pass)}
        theirs = official.get_eval_tests_report({name: str(status) for name, status in statuses.items()}, gold)
        ours = instance_report(graded(one, statuses))
        assert ours["tests_status"] == theirs
        assert ours["resolved"] is (official.get_resolution_status(theirs) == "RESOLVED_FULL")
