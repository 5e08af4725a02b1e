"""Failing tests out of what a CI leaves behind."""

import pytest

from agent.tasks.failing import failing_tests

LOGS = {
    "pytest's summary": (
        "FAILED tests/test_a.py::test_b - AssertionError: 1 - 2\n"
        "FAILED tests/test_a.py::TestC::test_d[a - b] - ValueError: x\n"
        "ERROR tests/test_e.py - ModuleNotFoundError\n"
        "FAILED tests/test_a.py::test_b - AssertionError\n",
        ["tests/test_a.py::test_b", "tests/test_a.py::TestC::test_d[a - b]", "tests/test_e.py"],
    ),
    "with times and colours of a CI": (
        "2026-01-02T03:04:05.1234567Z \x1b[31mFAILED\x1b[0m t/test_a.py::\x1b[1mtest_b\x1b[0m - assert 0\r\n",
        ["t/test_a.py::test_b"],
    ),
    "verbose": (
        "t/test_a.py::test_b PASSED   [ 50%]\nt/test_a.py::test_c[x y] FAILED  [100%]\n",
        ["t/test_a.py::test_c[x y]"],
    ),
    "several workers": ("[gw1] [ 33%] FAILED t/test_a.py::test_b \n", ["t/test_a.py::test_b"]),
    "unittest": (
        "FAIL: test_x (tests.test_m.Case)\nERROR: test_y (tests.test_m.Case.test_y)\n",
        ["tests/test_m.py::Case::test_x", "tests/test_m.py::Case::test_y"],
    ),
    "a list of node ids": ("t/a.py::test_b\n\nt/a.py::test_c[1]\n", ["t/a.py::test_b", "t/a.py::test_c[1]"]),
    "nothing failed": ("t/test_a.py::test_b PASSED [100%]\n1 passed, no FAILED test\nERROR: no such option\n", []),
    "JUnit": (
        '<?xml version="1.0"?><testsuites><testsuite>'
        '<testcase classname="tests.test_m.TestCase" name="test_x[1]"><failure message="m"/></testcase>'
        '<testcase classname="tests.test_m" name="test_y"><error/></testcase>'
        '<testcase classname="tests.test_m" name="test_z"/></testsuite></testsuites>',
        ["tests/test_m.py::TestCase::test_x[1]", "tests/test_m.py::test_y"],
    ),
    "broken XML": ("<testsuite", []),
}  # fmt: skip


@pytest.mark.parametrize("case", LOGS)
def test_failing_tests_are_found_in(case: str) -> None:
    text, expected = LOGS[case]
    assert list(failing_tests(text)) == expected
