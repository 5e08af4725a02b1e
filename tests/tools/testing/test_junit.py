"""JUnit XML as runners write it, and what is no such file or tries to be more."""

from pathlib import Path

import pytest

from tools.errors import ToolError
from tools.testing import junit
from tools.testing.junit import Report, merged_reports, parse_junit, read_junit
from tools.testing.results import Failure, Frame, TestStatus

PASSED, FAILED, SKIPPED, ERROR, XFAIL = (
    TestStatus.PASSED, TestStatus.FAILED, TestStatus.SKIPPED, TestStatus.ERROR, TestStatus.XFAIL,
)  # fmt: skip
ROOT = Path("/tree")
EVERY_END = """\
<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="all" tests="7">
  <testcase classname="tests.test_a.T" name="test_passes" time="0.25"/>
  <testcase classname="tests.test_a.T" name="test_fails" time="0.5">
    <failure type="AssertionError" message="1 != 2">Traceback (most recent call last):
  File "/tree/tests/test_a.py", line 5, in test_fails
    check(1)
  File "/tree/lib/mod.py", line 9, in check
    assert 1 == 2
  File "/usr/lib/python3/unittest/case.py", line 3, in fail
AssertionError: 1 != 2</failure>
  </testcase>
  <testcase classname="tests.test_a.T" name="test_breaks"><error message="no"/></testcase>
  <testcase classname="tests.test_a.T" name="test_is_skipped"><skipped message="why"/></testcase>
  <testcase classname="tests.test_a.T" name="test_may_fail"><skipped type="pytest.xfail" message=""/></testcase>
  <testcase file="test/a_test.rb" name="is green" time="nan"><system-out>FAILED</system-out></testcase>
  <testcase name="without a place" time="x"/>
</testsuite></testsuites>
"""
T = "tests.test_a.T"
DOCTYPE = "it declares a document type, which no JUnit file needs"


def test_every_way_a_test_can_end() -> None:
    report = parse_junit(EVERY_END.encode(), ROOT)
    assert report.statuses == {
        f"{T}::test_passes": PASSED,
        f"{T}::test_fails": FAILED,
        f"{T}::test_breaks": ERROR,
        f"{T}::test_is_skipped": SKIPPED,
        f"{T}::test_may_fail": XFAIL,
        "test/a_test.rb::is green": PASSED,
        "tests::without a place": PASSED,
    }
    assert report.durations == {
        **dict.fromkeys(report.statuses, 0.0),
        f"{T}::test_passes": 0.25,
        f"{T}::test_fails": 0.5,
    }
    assert list(report.failures) == [f"{T}::test_fails", f"{T}::test_breaks"]
    failure = report.failures[f"{T}::test_fails"]
    assert (failure.exception, failure.message, failure.phase) == ("AssertionError", "1 != 2", "call")
    assert failure.frames[:2] == (Frame("tests/test_a.py", 5, "test_fails"), Frame("lib/mod.py", 9, "check"))
    assert failure.traceback.endswith("AssertionError: 1 != 2")


def test_a_test_with_several_entries_is_as_bad_as_the_worst() -> None:
    cases = "".join(
        f'<testcase classname="a" name="b">{inside}</testcase>' for inside in ("", "<failure/>", "<skipped/>")
    )
    both = '<testcase classname="a" name="c"><error/><failure/></testcase>'
    report = parse_junit(f"<testsuite>{cases}{both}</testsuite>".encode(), ROOT)
    assert report.statuses == {"a::b": FAILED, "a::c": ERROR}


def test_several_files_are_one_report() -> None:
    failure = Failure("a::b", "call", "", "", (), "")
    one = Report({"a::b": PASSED, "a::c": PASSED}, {}, {"a::b": 1.0, "a::c": 1.0})
    two = Report({"a::b": FAILED}, {"a::b": failure}, {"a::b": 2.0})
    assert merged_reports([one, two]) == Report(
        {"a::b": FAILED, "a::c": PASSED}, {"a::b": failure}, {"a::b": 3.0, "a::c": 1.0}
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('<!DOCTYPE x [<!ENTITY a "aaaa">]><testsuite>&a;</testsuite>', DOCTYPE),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><testsuite/>', DOCTYPE),
        ("<coverage><testcase name='a'/></coverage>", "there is no test suite in it"),
        ("<testsuite><testcase name='a'>", "not well-formed XML: no element found: line 1, column 30"),
        ("", "not well-formed XML: no element found: line 1, column 0"),
    ],
)  # fmt: skip
def test_what_is_no_junit_file_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ToolError) as refusal:
        parse_junit(text.encode(), ROOT)
    assert (refusal.value.code, refusal.value.message) == ("junit", reason)


def test_a_file_that_is_too_large_or_missing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.xml").write_text(EVERY_END)
    assert read_junit(tmp_path / "a.xml", ROOT) == parse_junit(EVERY_END.encode(), ROOT)
    monkeypatch.setattr(junit, "MOST_BYTES", 100)
    for name in ("a.xml", "missing.xml"):
        with pytest.raises(ToolError):
            read_junit(tmp_path / name, ROOT)
