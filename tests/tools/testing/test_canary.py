"""Our own two tests among the target's: not seen where all is well, and what they and the other witnesses tell."""

import textwrap
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support import own_python, plain_runner
from tools.testing.canary import JUNIT, Canaries
from tools.testing.command import CommandRunner
from tools.testing.results import Doubt, TestRun, TestStatus
from tools.workspace.process import Finished

PASSED, FAILED = TestStatus.PASSED, TestStatus.FAILED
TWO = "def test_one():\n    pass\n\ndef test_two():\n    assert 0\n"
CANARIES = Canaries("test_11", "test_22")


def run(home: Path, files: Mapping[str, str]) -> TestRun:
    return plain_runner(home, files).with_canaries().run(timeout_seconds=120.0)


def test_they_are_asked_and_leave_no_trace(tmp_path: Path) -> None:
    found = run(tmp_path, {"test_a.py": TWO})
    assert (dict(found.statuses), found.complete, found.exit_code, found.is_watched, found.doubts) == (
        {"test_a.py::test_one": PASSED, "test_a.py::test_two": FAILED},
        True,
        1,
        True,
        (),
    )
    assert list(found.failures) == ["test_a.py::test_two"]


def test_a_suite_that_passes_still_ends_with_0(tmp_path: Path) -> None:
    found = run(tmp_path, {"test_a.py": "def test_one():\n    pass\n"})
    assert (dict(found.statuses), found.exit_code, found.is_watched, found.doubts) == (
        {"test_a.py::test_one": PASSED},
        0,
        True,
        (),
    )


def test_without_tests_there_is_nobody_to_ask(tmp_path: Path) -> None:
    found = run(tmp_path, {"a.py": ""})
    assert (found.exit_code, found.is_watched, found.doubts, dict(found.statuses)) == (5, False, (), {})


SUITES = {
    "module fixtures": """\
        import pytest
        SEEN = []
        @pytest.fixture(scope="module", autouse=True)
        def once():
            SEEN.append("up")
            yield
            SEEN.append("down")
        def test_one():
            assert SEEN == ["up"]
        def test_two():
            assert SEEN == ["up"]
    """,
    "unittest": """\
        import unittest
        class TestA(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                cls.seen = getattr(cls, "seen", 0) + 1
            def test_one(self):
                self.assertEqual(self.seen, 1)
            def test_two(self):
                self.assertEqual(self.seen, 1)
    """,
    "a class": "class TestA:\n    def test_one(self):\n        pass\n\n    def test_two(self):\n        pass\n",
    "doctest": '''\
        def f():
            """
            >>> 1 + 1
            2
            """
        def test_one():
            pass
    ''',
}


@pytest.mark.parametrize("suite", SUITES)
def test_fixtures_classes_and_order_stay_as_they_are(tmp_path: Path, suite: str) -> None:
    files = {"test_a.py": textwrap.dedent(SUITES[suite]), "pytest.ini": "[pytest]\naddopts = --doctest-modules\n"}
    found = run(tmp_path, files)
    assert (found.red, found.is_watched, found.doubts, found.exit_code) == ((), True, (), 0)
    assert len(found.green) >= 2


def test_the_last_test_keeps_its_own_outcome_and_its_tear_down(tmp_path: Path) -> None:
    files = {
        "test_a.py": "import pytest\n\n@pytest.fixture(scope='session', autouse=True)\n"
        "def ends():\n    yield\n    1 / 0\n\ndef test_one():\n    pass\n\ndef test_two():\n    pass\n"
    }
    found = run(tmp_path, files)
    assert (dict(found.statuses), found.is_watched, found.doubts) == (
        {"test_a.py::test_one": PASSED, "test_a.py::test_two": TestStatus.ERROR},
        True,
        (),
    )


def test_a_test_that_is_skipped_beside_them_stays_skipped(tmp_path: Path) -> None:
    found = run(tmp_path, {"test_a.py": "import pytest\n\n@pytest.mark.skip\ndef test_one():\n    pass\n"})
    assert (dict(found.statuses), found.is_watched) == ({"test_a.py::test_one": TestStatus.SKIPPED}, True)


def test_workers_are_left_alone(tmp_path: Path) -> None:
    if "pytest-xdist" not in own_python().packages:
        pytest.skip("pytest-xdist is not installed")
    runner = plain_runner(tmp_path, {"test_a.py": TWO, "pytest.ini": "[pytest]\naddopts = -n 2\n"})
    found = runner.with_canaries().as_configured().run(timeout_seconds=120.0)
    assert (found.red, found.complete, found.is_watched, found.doubts) == (("test_a.py::test_two",), True, False, ())


def replacing(what: str) -> str:
    return f"import _pytest.runner as runner\nimport _pytest.python as python\n{what}\n"


HOSTILE = {
    "the report": replacing(
        "made = runner.TestReport.from_item_and_call\n"
        "def passed(item, call):\n    report = made(item, call)\n    report.outcome = 'passed'\n    return report\n"
        "runner.TestReport.from_item_and_call = passed"
    ),
    "the call": replacing(
        "made = runner.CallInfo.from_call\n"
        "def silent(*args, **kwargs):\n    call = made(*args, **kwargs)\n    call.excinfo = None\n    return call\n"
        "runner.CallInfo.from_call = silent"
    ),
    "the function": replacing("python.Function.runtest = lambda self: None"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_framework_that_was_replaced_is_found_out(tmp_path: Path, what: str) -> None:
    found = run(tmp_path, {"product.py": HOSTILE[what], "test_a.py": "import product\n\n" + TWO})
    assert found.complete
    assert [doubt.is_fatal for doubt in found.doubts][:1] == [True]
    assert "must fail is reported as PASSED" in found.doubts[0].sentence


def test_one_that_is_replaced_while_the_only_test_runs_is_found_out(tmp_path: Path) -> None:
    test = "def test_one():\n    import product\n    assert 0\n"
    found = run(tmp_path, {"product.py": HOSTILE["the report"], "test_a.py": test})
    assert [doubt.is_fatal for doubt in found.doubts][:1] == [True]


def test_an_exit_code_changed_at_the_end_is_found_out(tmp_path: Path) -> None:
    # The plug-in's grace would be over first on a busy machine, and the process end with pytest's own code.
    patient = "import sys\nsys.modules['regreen_pytest_report'].GRACE_SECONDS = 60\n"
    test = patient + "import atexit, os\natexit.register(os._exit, 0)\n\n" + TWO
    found = run(tmp_path, {"test_a.py": test})
    assert found.doubts == (Doubt("pytest ended with 1, its process with 0"),)


def test_neither_the_key_nor_the_names_can_be_read_by_a_test(tmp_path: Path) -> None:
    test = """\
import os, sys

def test_one():
    said = open("/proc/self/environ").read() + str(dict(os.environ))
    entries = dict(entry.partition("=")[::2] for entry in said.split("\\0"))
    assert not os.path.exists(entries["REGREEN_KEY_FILE"])
    assert "REGREEN_KEY" not in entries
    assert not os.path.exists(entries["REGREEN_ORDERS"])
    module = sys.modules["regreen_pytest_report"]
    assert [name for name, value in vars(module).items() if isinstance(value, str) and len(value) == 32] == []
"""
    found = run(tmp_path, {"test_a.py": test})
    assert (found.green, found.is_watched) == (("test_a.py::test_one",), True)


def below(home: Path, line: str, files: Mapping[str, str]) -> TestRun:
    """A judge's run of a test command."""
    inner = plain_runner(home, files)
    command = CommandRunner(inner, line, inner.sandbox.tree)
    return command.with_canaries().as_configured().run(timeout_seconds=120.0)


PYTEST = "python -m pytest -q"
HALVES = {"test_a.py": "def test_one():\n    pass\n", "test_b.py": "def test_two():\n    pass\n"}


@pytest.mark.parametrize("line", [PYTEST, f"{PYTEST} test_a.py && {PYTEST} test_b.py"])
def test_each_pytest_below_a_command_has_a_pair_of_its_own_and_ends_as_without(tmp_path: Path, line: str) -> None:
    found = below(tmp_path, f"{line} && touch done", HALVES)
    assert (dict(found.statuses), found.exit_code, found.is_watched, found.doubts, found.told_by) == (
        {"test_a.py::test_one": PASSED, "test_b.py::test_two": PASSED},
        0,
        True,
        (),
        "pytest",
    )
    assert (tmp_path / "tree" / "done").is_file()


def test_a_pytest_that_finds_nothing_takes_nothing_from_the_others(tmp_path: Path) -> None:
    found = below(tmp_path, f"{PYTEST} test_a.py; {PYTEST} -k none; true", HALVES)
    assert (found.green, found.is_watched, found.doubts) == (("test_a.py::test_one",), True, ())


@pytest.mark.parametrize("what", HOSTILE)
def test_a_framework_that_was_replaced_is_found_out_below_a_command(tmp_path: Path, what: str) -> None:
    files = {"product.py": HOSTILE[what], "test_a.py": "import product\n\n" + TWO}
    found = below(tmp_path, f"{PYTEST} || true", files)
    assert [doubt.is_fatal for doubt in found.doubts][:1] == [True]


def test_the_report_of_the_commands_own_stays_where_it_is_read(tmp_path: Path) -> None:
    found = below(tmp_path, f"{PYTEST} --junitxml own.xml && grep -c testcase own.xml", HALVES)
    assert (found.exit_code, found.is_watched, found.red) == (0, True, ())


def test_neither_what_fails_nor_the_commands_end_is_hidden(tmp_path: Path) -> None:
    found = below(tmp_path, PYTEST, {"test_a.py": TWO})
    assert (found.red, found.exit_code, found.is_watched, found.doubts) == (("test_a.py::test_two",), 1, True, ())


def test_what_no_pytest_tells_of_is_not_watched(tmp_path: Path) -> None:
    found = below(tmp_path, "true", HALVES)
    assert (found.is_watched, found.told_by, found.doubts) == (False, "exit code", ())


def test_of_the_names_for_other_pytests_none_is_the_ones_own(tmp_path: Path) -> None:
    test = """\
import os

def test_one():
    said = open("/proc/self/environ").read()
    entries = dict(entry.partition("=")[::2] for entry in said.split("\\0"))
    assert "000" not in os.listdir(entries["REGREEN_ORDERS"])
"""
    found = below(tmp_path, PYTEST, {"test_a.py": test})
    assert (found.green, found.is_watched) == (("test_a.py::test_one",), True)


@pytest.mark.parametrize(
    ("statuses", "sentences", "is_fatal"),
    [
        ({"test_11": PASSED, "test_22": FAILED}, [], []),
        ({}, [], []),
        ({"test_11": PASSED}, ["a test of ours was run and not reported: results are missing"], [False]),
        (
            {"test_11": PASSED, "test_22": TestStatus.XFAIL},
            ["a test of ours that must fail is reported as XFAIL"],
            [True],
        ),
        ({"test_11": FAILED, "test_22": FAILED}, ["a test of ours that must pass is reported as FAILED"], [True]),
    ],
    ids=["as they must", "not asked", "one is missing", "excused", "broken"],
)
def test_what_is_made_of_their_outcomes(
    tmp_path: Path, statuses: dict[str, TestStatus], sentences: list[str], is_fatal: list[bool]
) -> None:
    run = TestRun(statuses={f"a.py::{name}": status for name, status in statuses.items()}, complete=True, exit_code=1)
    found = CANARIES.taken_out(run, tmp_path / JUNIT, Finished(1, "", 1.0, timed_out=False))
    assert [doubt.sentence.partition(": nothing")[0] for doubt in found.doubts] == sentences
    assert [doubt.is_fatal for doubt in found.doubts] == is_fatal
    assert (dict(found.statuses), found.is_watched) == ({}, bool(statuses) and not sentences)


def test_pytests_own_report_is_a_second_witness(tmp_path: Path) -> None:
    (tmp_path / JUNIT).write_text(
        '<testsuite><testcase classname="a" name="one"><failure/></testcase>'
        '<testcase classname="a" name="two"/></testsuite>'
    )
    run = TestRun(statuses={"a.py::one": PASSED, "a.py::two": PASSED}, complete=True, exit_code=0)
    found = CANARIES.taken_out(run, tmp_path / JUNIT, Finished(0, "", 1.0, timed_out=False))
    assert found.doubts == (Doubt("pytest's own report counts 1 red tests, our records 0"),)
