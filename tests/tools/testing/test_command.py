"""A test command: what is asked of it, and who tells how the tests ended."""

from pathlib import Path

import pytest

from tests.support import own_python, plain_runner
from tools.errors import ToolError
from tools.testing.command import CommandRunner, is_pytest, only_by_exit_code
from tools.testing.results import TEST_COMMAND, TestRun, TestStatus
from tools.workspace.limits import MB, UNLIMITED, Limits

LONG = 120.0
PASSED, FAILED = TestStatus.PASSED, TestStatus.FAILED
A = "tests/test_a.py"
FILES = {
    "mod.py": "def f(x):\n    return x - 1\n",
    "tests/__init__.py": "",
    A: "import unittest\nfrom mod import f\n\n\nclass T(unittest.TestCase):\n"
    "    def test_one(self):\n        self.assertEqual(f(1), 2)\n\n"
    "    def test_two(self):\n        self.assertEqual(f(1), 0)\n",
    "Makefile": "twice:\n\tpython -m pytest -q -k one; python -m pytest -q\n"
    "checked:\n\tpython -m pytest -q -k two && false\n",
    "write_report.py": "import pathlib\npathlib.Path('new.xml').write_text("
    "'<testsuite><testcase classname=\"a\" name=\"b\"/></testsuite>')\n",
    "hungry.py": "import time\n\nkept = b'x' * (300 << 20)\ntime.sleep(600)\n",
    "old.xml": '<testsuite><testcase classname="stale" name="b"/></testsuite>',
}  # fmt: skip


def runner(home: Path, line: str, report: str = "", limits: Limits = UNLIMITED) -> CommandRunner:
    inner = plain_runner(home, FILES, own_python(), limits)
    return CommandRunner(inner, line, inner.sandbox.tree, report)


def shown(home: Path, line: str, *tests: str) -> str:
    """The shell's line, with the record folder written as RECORDS."""
    records = home / "records"
    records.mkdir()
    return runner(home, line).command(tests, records).argv[-1].replace(str(records), "RECORDS")


@pytest.mark.parametrize(
    ("line", "tests", "expected"),
    [
        ("python -m pytest -q", [f"{A}::T::test_one"], f"python -m pytest -q {A}"),
        ("python -m pytest -q", [], "python -m pytest -q"),
        ("make test", [f"{A}::T::test_one"], "make test"),
        ("make test ARGS={tests}", [f"{A}::T::test_one"], f"make test ARGS={A}::T::test_one"),
        ("run {tests} --xml {junit}", [], "run  --xml RECORDS/junit.xml"),
        ("run {tests}", [A, TEST_COMMAND], "run "),
        ("run {tests}", ["tests.test_a.T::test_one"], "run "),
    ],
)
def test_wanted_tests_are_put_in_their_place(tmp_path: Path, line: str, tests: list[str], expected: str) -> None:
    assert shown(tmp_path, line, *tests) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [("pytest", True), ("python3 -m pytest -x", True), ("A=1 /env/bin/pytest", True), ("uv run pytest", True),
     ("make pytest", False), ("tox -e pytest", False), ("pytest; true", False), ("pytest | tee log", False),
     ("python -m unittest", False), ("pytest 'x", False)],
)  # fmt: skip
def test_arguments_are_added_only_to_what_plainly_is_pytest(line: str, expected: bool) -> None:
    assert is_pytest(line) is expected


@pytest.mark.slow
def test_a_pytest_below_the_command_reports_its_tests_and_selects_them(tmp_path: Path) -> None:
    wrapped = runner(tmp_path, "cd . && python -m pytest -q")
    run = wrapped.run(timeout_seconds=LONG)
    assert (dict(run.statuses), run.complete) == ({f"{A}::T::test_one": FAILED, f"{A}::T::test_two": PASSED}, True)
    assert only_by_exit_code(run) == ""
    again = wrapped.run([f"{A}::T::test_one"], timeout_seconds=LONG, trace=True)
    assert dict(again.statuses) == {f"{A}::T::test_one": FAILED}
    assert again.lines[f"{A}::T::test_one"]["mod.py"] == frozenset({2})


@pytest.mark.slow
def test_several_pytests_are_one_run(tmp_path: Path) -> None:
    run = runner(tmp_path, "make twice").run(timeout_seconds=LONG)
    assert (dict(run.statuses), run.complete) == ({f"{A}::T::test_one": FAILED, f"{A}::T::test_two": PASSED}, True)


@pytest.mark.slow
def test_a_command_that_fails_though_its_tests_pass_is_red_itself(tmp_path: Path) -> None:
    run = runner(tmp_path, "make checked").run(timeout_seconds=LONG)
    assert dict(run.statuses) == {f"{A}::T::test_two": PASSED, TEST_COMMAND: FAILED}
    assert only_by_exit_code(run) == "the test command fails, though every test it reports passes"


@pytest.mark.slow
def test_without_a_pytest_the_exit_code_tells_and_a_trace_holds_all_lines_that_ran(tmp_path: Path) -> None:
    run = runner(tmp_path, "python -m unittest").run([A], timeout_seconds=LONG, trace=True)
    assert (dict(run.statuses), run.complete) == ({TEST_COMMAND: FAILED}, True)
    assert run.lines[TEST_COMMAND]["mod.py"] == frozenset({1, 2})
    assert run.failures[TEST_COMMAND].message == "exit code 1: AssertionError: 0 != 2"
    assert only_by_exit_code(run).startswith("only the exit code")


def test_a_report_that_the_command_writes_tells_and_an_old_one_does_not(tmp_path: Path) -> None:
    run = runner(tmp_path, "python write_report.py", "*.xml").run(timeout_seconds=LONG)
    assert (dict(run.statuses), run.complete) == ({"a::b": PASSED}, True)


def test_a_report_where_the_command_asks_for_a_name(tmp_path: Path) -> None:
    run = runner(tmp_path, "cp old.xml {junit}; false").run(timeout_seconds=LONG)
    assert dict(run.statuses) == {"stale::b": PASSED, TEST_COMMAND: FAILED}


def test_a_report_that_cannot_be_read_leaves_the_exit_code(tmp_path: Path) -> None:
    run = runner(tmp_path, "head -c 20 old.xml > {junit}").run(timeout_seconds=LONG)
    assert dict(run.statuses) == {TEST_COMMAND: PASSED}


def test_a_command_that_does_not_exist_is_said(tmp_path: Path) -> None:
    with pytest.raises(ToolError) as refusal:
        runner(tmp_path, "no-such-program --all").run(timeout_seconds=LONG)
    assert refusal.value.code == "test-command"
    assert "no-such-program" in refusal.value.message


def test_a_command_that_does_not_end_is_incomplete(tmp_path: Path) -> None:
    run = runner(tmp_path, "sleep 600").run(timeout_seconds=0.5)
    assert (run.complete, run.timed_out) == (False, True)


def test_a_command_that_passes_a_limit_is_incomplete_and_no_failure_of_a_test(tmp_path: Path) -> None:
    run = runner(tmp_path, "python hungry.py", limits=Limits(memory_bytes=100 * MB)).run(timeout_seconds=LONG)
    assert (run.complete, run.timed_out, run.over) == (False, False, "more than 100 MB of memory")


def test_a_run_without_the_command_as_a_test_is_known_in_full() -> None:
    assert only_by_exit_code(TestRun({"a::b": PASSED})) == ""
