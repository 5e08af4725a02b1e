"""Runs as values: a file stands for its tests, and what changed between two runs."""

from dataclasses import replace

import pytest

from tools.testing.results import Delta, Failure, Frame, TestRun, TestStatus, delta

PASSED, FAILED, SKIPPED, ERROR, XFAIL = (
    TestStatus.PASSED, TestStatus.FAILED, TestStatus.SKIPPED, TestStatus.ERROR, TestStatus.XFAIL,
)  # fmt: skip
RUN = TestRun(
    statuses={
        "a.py::one": PASSED,
        "a.py::two": FAILED,
        "b.py::C::one": SKIPPED,
        "b.py::C::two": XFAIL,
        "c.py": ERROR,
        "d.py::one": SKIPPED,
    }
)


def test_statuses_are_swe_benchs_words() -> None:
    assert [str(status) for status in TestStatus] == ["PASSED", "FAILED", "SKIPPED", "ERROR", "XFAIL"]


def test_red_and_green_keep_the_order_of_the_run() -> None:
    assert RUN.red == ("a.py::two", "c.py")
    assert RUN.green == ("a.py::one", "b.py::C::two")
    assert RUN.with_status([SKIPPED, ERROR]) == ("b.py::C::one", "c.py", "d.py::one")


def test_a_file_or_class_is_as_bad_as_its_worst_test() -> None:
    names = ["a.py", "b.py", "b.py::C", "c.py", "d.py", "a.py::one", "e.py", "a", "."]
    assert {name: RUN.status_of(name) for name in names} == {
        "a.py": FAILED,
        "b.py": XFAIL,
        "b.py::C": XFAIL,
        "c.py": ERROR,
        "d.py": SKIPPED,
        "a.py::one": PASSED,
        "e.py": None,
        "a": None,
        ".": ERROR,
    }


def test_nothing_ran_in_an_empty_run() -> None:
    empty = TestRun()
    assert (empty.complete, empty.red, empty.green, empty.status_of("a.py")) == (False, (), (), None)


def test_a_delta_names_what_changed() -> None:
    before = TestRun(statuses={"fixed": FAILED, "broken": PASSED, "still": ERROR, "gone": PASSED, "same": PASSED})
    after = TestRun(
        statuses={"fixed": PASSED, "broken": ERROR, "still": FAILED, "same": XFAIL, "new": FAILED}, complete=True
    )
    assert delta(before, after) == Delta(
        fixed=("fixed",), broken=("broken",), still_failing=("still",), vanished=("gone",)
    )


def test_nothing_vanished_from_a_run_that_did_not_end() -> None:
    before = TestRun(statuses={"one": PASSED, "two": PASSED})
    assert delta(before, TestRun(statuses={"one": PASSED})) == Delta((), (), (), ())


FAILURE = Failure(
    node_id="t.py::one",
    phase="call",
    exception="ValueError",
    message="<A at 0x7f01> in /tmp/pytest-of-me/pytest-3/a",
    frames=(Frame("t.py", 3, "one"), Frame("m.py", 8, "f"), Frame("/usr/lib/json.py", 9, "loads")),
    traceback="",
)


@pytest.mark.parametrize(
    ("after", "changed"),
    [
        (FAILURE, False),
        (replace(FAILURE, message="<A at 0x55ff> in /tmp/pytest-of-me/pytest-12/a", traceback="x"), False),
        (replace(FAILURE, frames=(Frame("t.py", 5, "one"), Frame("m.py", 9, "f"))), False),
        (replace(FAILURE, message="<A at 0x7f01> in /tmp/pytest-of-me/pytest-3/b"), True),
        (replace(FAILURE, exception="KeyError"), True),
        (replace(FAILURE, frames=(Frame("t.py", 3, "one"), Frame("m.py", 20, "g"))), True),
        (replace(FAILURE, frames=FAILURE.frames[:1]), True),
    ],
    ids=["same", "address and temporary folder", "lines moved", "message", "exception", "function", "test"],
)
def test_a_test_that_fails_in_another_way_has_changed(after: Failure, changed: bool) -> None:
    name = FAILURE.node_id
    one, other = (TestRun(statuses={name: FAILED}, failures={name: failure}) for failure in (FAILURE, after))
    assert delta(one, other) == Delta((), (), (name,), (), (name,) if changed else ())


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        (FAILURE.frames, Frame("m.py", 8, "f")),
        ((FAILURE.frames[0], Frame(".venv/lib/python3.11/site-packages/six.py", 1, "u")), FAILURE.frames[0]),
        (FAILURE.frames[2:], FAILURE.frames[2]),
        ((), None),
    ],
)
def test_a_failure_crashed_in_the_innermost_frame_of_the_tree(
    frames: tuple[Frame, ...], expected: Frame | None
) -> None:
    assert replace(FAILURE, frames=frames).crash == expected
