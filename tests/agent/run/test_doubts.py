"""What keeps a run of the judge's from being believed, in sentences."""

import pytest

from agent.run.doubts import EXCUSED, UNWATCHED, doubts_about, unchecked
from tools.testing.results import Doubt, Failure, TestRun, TestStatus

TARGET = "test_a.py::test_one"
GREEN = {TARGET: TestStatus.PASSED}


@pytest.mark.parametrize(
    ("run", "doubts"),
    [
        (TestRun(GREEN, is_watched=True), ()),
        (TestRun(GREEN), (UNWATCHED,)),
        (TestRun(GREEN, told_by="JUnit"), ()),
        (TestRun({TARGET: TestStatus.XFAIL}, is_watched=True), (EXCUSED.format(TARGET),)),
        (TestRun(GREEN, is_watched=True, doubts=(Doubt("odd"), Doubt("odd"))), ("odd",)),
    ],
    ids=["watched", "not watched", "told by JUnit", "expected to fail", "doubted twice"],
)
def test_pytests_own_word_needs_a_witness_and_what_is_doubtful_is_said_once(
    run: TestRun, doubts: tuple[str, ...]
) -> None:
    assert doubts_about(TestRun(), run, [TARGET]) == doubts


def test_that_a_request_is_taken_out_is_no_proof() -> None:
    failed = Failure(TARGET, "call", "URLError", "<urlopen error [Errno -2] Name or service not known>", (), "")
    before = TestRun({TARGET: TestStatus.FAILED}, {TARGET: failed})
    (doubt,) = doubts_about(before, TestRun(GREEN, is_watched=True), [TARGET])
    assert f"{TARGET} needs a network, and none is reached: URLError" in doubt


def test_what_nobody_checked_is_said_where_pytest_did_not_tell_of_the_tests() -> None:
    said = "test command told of the tests: whether it reports failures was not checked"
    assert unchecked(TestRun(GREEN)) == ()
    assert unchecked(TestRun(GREEN, told_by="JUnit")) == (f"the JUnit of the {said}",)
    assert unchecked(TestRun(GREEN, told_by="exit code")) == (f"the exit code of the {said}",)
