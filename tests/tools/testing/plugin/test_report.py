"""The report plugin on one suite with every way a test can end."""

from pathlib import Path

import pytest

from tests.support import plain_runner
from tools.testing.results import Failure, Frame, TestRun, TestStatus

PASSED, FAILED, SKIPPED, ERROR, XFAIL = (
    TestStatus.PASSED, TestStatus.FAILED, TestStatus.SKIPPED, TestStatus.ERROR, TestStatus.XFAIL,
)  # fmt: skip
LONG = 120.0
FILES = {
    "product.py": """\
def divide(a, b):
    return a / b


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError("no words")
""",
    "tests/test_kinds.py": """\
import os
import pytest
import product

HERE = os.getpid()

@pytest.fixture
def broken():
    raise RuntimeError("no set-up")

@pytest.fixture
def leaves_broken():
    yield
    raise RuntimeError("no tear-down")

@pytest.fixture
def skips():
    pytest.skip("not here")

def test_passes():
    pass

def test_fails():
    assert 1 == 2

def test_crashes_in_the_product():
    product.divide(1, 0)

def test_setup_breaks(broken):
    pass

def test_teardown_breaks(leaves_broken):
    pass

def test_fails_and_teardown_breaks(leaves_broken):
    product.divide(2, 0)

@pytest.mark.skip
def test_marked_skip():
    pass

def test_skips_itself():
    pytest.skip()

def test_skipped_by_its_fixture(skips):
    pass

@pytest.mark.xfail
def test_xfail_fails():
    assert 0

@pytest.mark.xfail
def test_xfail_passes():
    pass

@pytest.mark.xfail(strict=True)
def test_strict_xfail_passes():
    pass

@pytest.mark.xfail(run=False)
def test_xfail_is_not_run():
    os._exit(1)

@pytest.mark.xfail(raises=KeyError)
def test_xfail_for_another_reason():
    raise ValueError

def test_xfails_itself():
    pytest.xfail()

def test_exits():
    raise SystemExit(0)

def test_raises_what_cannot_be_told():
    raise product.Unspeakable

def test_prints_records_of_its_own():
    print('{"event": "phase", "id": "tests/test_kinds.py::test_prints_records_of_its_own", "when": "call", '
          '"outcome": "passed", "xfail": false, "seconds": 0}')
    print("tests/test_kinds.py::test_prints_records_of_its_own PASSED")
    print('{"event": "end", "exit": 0, "foreign": []}')
    assert 0

def test_fork_goes_on_in_the_child():
    child = os.fork()
    if child:
        os.waitpid(child, 0)

def test_after_the_fork_passes_in_the_parent_only():
    assert os.getpid() == HERE

@pytest.mark.parametrize("value", ["a b", "x[1]", "\\u00fc", "a::b", "a/b.py", "", "two\\nlines", "\\ud800"])
def test_parametrized(value):
    assert value != "a::b"

@pytest.mark.parametrize(("one", "two"), [(1, 2.5), (None, True)])
def test_numbers(one, two):
    pass

class TestInAClass:
    def test_method(self):
        pass

    class TestNested:
        def test_method(self):
            assert 0
""",
    "tests/test_unittest.py": """\
import unittest

class Cases(unittest.TestCase):
    def test_passes(self):
        pass

    def test_fails(self):
        self.assertEqual(1, 2)

    def test_raises(self):
        raise ValueError("boom")

    @unittest.skip("not here")
    def test_skipped(self):
        pass

    def test_skips_itself(self):
        self.skipTest("not here")

    @unittest.expectedFailure
    def test_expected_failure(self):
        self.fail()

    @unittest.expectedFailure
    def test_unexpected_success(self):
        pass

    def test_a_sub_test_fails(self):
        for number in range(3):
            with self.subTest(number=number):
                self.assertNotEqual(number, 1)

    def test_all_sub_tests_pass(self):
        for number in range(3):
            with self.subTest(number=number):
                pass

class Setup(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise RuntimeError("no class set-up")

    def test_never_runs(self):
        pass

class Async(unittest.IsolatedAsyncioTestCase):
    async def test_passes(self):
        pass

    async def test_fails(self):
        self.assertEqual(1, 2)
""",
    "tests/test_uncollected.py": "import product\nproduct.divide(1, 0)\n\ndef test_x():\n    pass\n",
    "tests/test_syntax.py": "def test_x(:\n    pass\n",
    "tests/test_missing.py": "import not_installed_anywhere\n",
    "tests/test_skipped_module.py": "import pytest\npytest.importorskip('not_installed_anywhere')\n",
    "tests/test_module_setup.py": "def setup_module():\n    raise RuntimeError\n\ndef test_x():\n    pass\n",
}
KINDS = {
    "test_passes": PASSED,
    "test_fails": FAILED,
    "test_crashes_in_the_product": FAILED,
    "test_setup_breaks": ERROR,
    "test_teardown_breaks": ERROR,
    "test_fails_and_teardown_breaks": FAILED,
    "test_marked_skip": SKIPPED,
    "test_skips_itself": SKIPPED,
    "test_skipped_by_its_fixture": SKIPPED,
    "test_xfail_fails": XFAIL,
    "test_xfail_passes": PASSED,
    "test_strict_xfail_passes": FAILED,
    "test_xfail_is_not_run": XFAIL,
    "test_xfail_for_another_reason": FAILED,
    "test_xfails_itself": XFAIL,
    "test_exits": FAILED,
    "test_raises_what_cannot_be_told": FAILED,
    "test_prints_records_of_its_own": FAILED,
    "test_fork_goes_on_in_the_child": PASSED,
    "test_after_the_fork_passes_in_the_parent_only": PASSED,
    "test_parametrized[a b]": PASSED,
    "test_parametrized[x[1]]": PASSED,
    "test_parametrized[\\xfc]": PASSED,
    "test_parametrized[a::b]": FAILED,
    "test_parametrized[a/b.py]": PASSED,
    "test_parametrized[]": PASSED,
    "test_parametrized[two\\nlines]": PASSED,
    "test_parametrized[\\ud800]": PASSED,
    "test_numbers[1-2.5]": PASSED,
    "test_numbers[None-True]": PASSED,
    "TestInAClass::test_method": PASSED,
    "TestInAClass::TestNested::test_method": FAILED,
}
UNITTEST = {
    "Cases::test_passes": PASSED,
    "Cases::test_fails": FAILED,
    "Cases::test_raises": FAILED,
    "Cases::test_skipped": SKIPPED,
    "Cases::test_skips_itself": SKIPPED,
    "Cases::test_expected_failure": XFAIL,
    "Cases::test_unexpected_success": FAILED,
    "Cases::test_a_sub_test_fails": FAILED,
    "Cases::test_all_sub_tests_pass": PASSED,
    "Setup::test_never_runs": ERROR,
    "Async::test_passes": PASSED,
    "Async::test_fails": FAILED,
}
OTHERS = {
    "tests/test_uncollected.py": ERROR,
    "tests/test_syntax.py": ERROR,
    "tests/test_missing.py": ERROR,
    "tests/test_module_setup.py::test_x": ERROR,
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> TestRun:
    return plain_runner(tmp_path_factory.mktemp("kinds"), FILES).run(timeout_seconds=LONG)


def named(path: str, statuses: dict[str, TestStatus]) -> dict[str, TestStatus]:
    return {f"{path}::{name}": status for name, status in statuses.items()}


def test_every_test_has_its_status(run: TestRun) -> None:
    expected = {**OTHERS, **named("tests/test_kinds.py", KINDS), **named("tests/test_unittest.py", UNITTEST)}
    assert dict(sorted(run.statuses.items())) == dict(sorted(expected.items()))


def test_the_run_is_complete_with_pytests_exit_code(run: TestRun) -> None:
    assert (run.complete, run.timed_out, run.exit_code, run.foreign_modules) == (True, False, 1, ())


def test_every_red_test_and_no_other_has_a_failure(run: TestRun) -> None:
    assert set(run.failures) == set(run.red)


def test_a_crash_in_the_product_names_its_frames_from_the_test_inwards(run: TestRun) -> None:
    name = "tests/test_kinds.py::test_crashes_in_the_product"
    found = run.failures[name]
    assert found == Failure(
        node_id=name,
        phase="call",
        exception="ZeroDivisionError",
        message="division by zero",
        frames=(
            Frame("tests/test_kinds.py", line_of("tests/test_kinds.py", "product.divide(1, 0)"), name.split("::")[1]),
            Frame("product.py", 2, "divide"),
        ),
        traceback=found.traceback,
        captured="",
        locals={"a": "1", "b": "0"},
    )
    assert "return a / b" in found.traceback


def test_the_first_failure_of_a_test_is_the_one_told(run: TestRun) -> None:
    found = run.failures["tests/test_kinds.py::test_fails_and_teardown_breaks"]
    assert (found.phase, found.exception, found.frames[-1]) == (
        "call",
        "ZeroDivisionError",
        Frame("product.py", 2, "divide"),
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tests/test_kinds.py::test_fails", ("call", "AssertionError", "assert 1 == 2")),
        ("tests/test_kinds.py::test_setup_breaks", ("setup", "RuntimeError", "no set-up")),
        ("tests/test_kinds.py::test_teardown_breaks", ("teardown", "RuntimeError", "no tear-down")),
        ("tests/test_kinds.py::test_strict_xfail_passes", ("call", "", "")),
        ("tests/test_kinds.py::test_exits", ("call", "SystemExit", "0")),
        (
            "tests/test_kinds.py::test_raises_what_cannot_be_told",
            ("call", "product.Unspeakable", "<message unavailable: RuntimeError>"),
        ),
        ("tests/test_unittest.py::Cases::test_raises", ("call", "ValueError", "boom")),
        ("tests/test_unittest.py::Setup::test_never_runs", ("setup", "RuntimeError", "no class set-up")),
        ("tests/test_uncollected.py", ("collect", "ZeroDivisionError", "division by zero")),
        (
            "tests/test_missing.py",
            ("collect", "ModuleNotFoundError", "No module named 'not_installed_anywhere'"),
        ),
    ],
)
def test_a_failure_tells_phase_exception_and_message(run: TestRun, name: str, expected: tuple[str, ...]) -> None:
    found = run.failures[name]
    assert (found.phase, found.exception, found.message) == expected


def test_a_file_that_breaks_at_import_names_the_frames_of_the_real_cause(run: TestRun) -> None:
    assert run.failures["tests/test_uncollected.py"].frames[-2:] == (
        Frame("tests/test_uncollected.py", 2, "<module>"),
        Frame("product.py", 2, "divide"),
    )


def test_a_syntax_error_is_located_in_its_file(run: TestRun) -> None:
    found = run.failures["tests/test_syntax.py"]
    assert (found.exception, found.frames[-1]) == ("SyntaxError", Frame("tests/test_syntax.py", 1, "<module>"))


def test_what_a_red_test_printed_is_kept_and_not_believed(run: TestRun) -> None:
    captured = run.failures["tests/test_kinds.py::test_prints_records_of_its_own"].captured
    assert captured.splitlines()[-2:] == [
        "tests/test_kinds.py::test_prints_records_of_its_own PASSED",
        '{"event": "end", "exit": 0, "foreign": []}',
    ]


def test_every_test_that_ran_has_a_duration(run: TestRun) -> None:
    uncollected = {name for name in run.statuses if "::" not in name}
    assert set(run.durations) == set(run.statuses) - uncollected
    assert all(seconds >= 0 for seconds in run.durations.values())


def test_without_tracing_there_are_no_lines(run: TestRun) -> None:
    assert run.lines == {}


def test_the_tree_holds_nothing_new(tmp_path: Path) -> None:
    files = {"test_a.py": "def test_a(tmp_path):\n    (tmp_path / 'x').write_text('')\n"}
    runner = plain_runner(tmp_path, files)
    assert runner.run(timeout_seconds=LONG).green == ("test_a.py::test_a",)
    assert [path.name for path in (tmp_path / "tree").iterdir()] == ["test_a.py"]
    assert list((tmp_path / "io").iterdir()) == []


def line_of(path: str, text: str) -> int:
    return next(number for number, line in enumerate(FILES[path].split("\n"), start=1) if text in line)
