"""One cold run: which tests are selected, whatever the target configured, and runs that do not come to their end."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support import needs_bubblewrap, new_repository, new_sites, own_python, plain_runner
from tools.testing.records import read_run
from tools.testing.results import TestRun, TestStatus
from tools.workspace.process import Finished
from tools.workspace.sandbox.bubblewrap import Bubblewrap

PASSED, FAILED, ERROR = TestStatus.PASSED, TestStatus.FAILED, TestStatus.ERROR
LONG = 120.0
TWO = "def test_one():\n    pass\n\ndef test_two():\n    assert 0\n"
SELECTABLE = {
    "test_a.py": TWO,
    "sub/test_b.py": TWO,
    "odd/test_[d].py": TWO,
    "sub/deep/test_c.py": """\
import pytest

@pytest.mark.parametrize("value", ["a::b", "c d"])
def test_values(value):
    pass

def test_values_too():
    pass

class TestC:
    def test_one(self):
        pass

class TestCToo:
    def test_one(self):
        pass
""",
}
C = "sub/deep/test_c.py"
BELOW_SUB = ("sub/test_b.py::test_one", "sub/test_b.py::test_two", f"{C}::test_values[a::b]", f"{C}::test_values[c d]",
             f"{C}::test_values_too", f"{C}::TestC::test_one", f"{C}::TestCToo::test_one")  # fmt: skip


def run(home: Path, files: Mapping[str, str], *tests: str, timeout_seconds: float = LONG) -> TestRun:
    return plain_runner(home, files).run(tests, timeout_seconds=timeout_seconds)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tests", "expected"),
    [
        (["test_a.py"], ["test_a.py::test_one", "test_a.py::test_two"]),
        (["test_a.py::test_two"], ["test_a.py::test_two"]),
        ([f"{C}::TestC"], [f"{C}::TestC::test_one"]),
        ([f"{C}::test_values[a::b]"], [f"{C}::test_values[a::b]"]),
        ([f"{C}::test_values"], [f"{C}::test_values[a::b]", f"{C}::test_values[c d]"]),
        (["sub", "test_a.py::test_one"], [*BELOW_SUB, "test_a.py::test_one"]),
        (["sub/", "test_a.py::test_one"], [*BELOW_SUB, "test_a.py::test_one"]),
        (["test_a.py::test_one", "sub/test_b.py::test_two", "test_a.py::test_one"],
         ["test_a.py::test_one", "sub/test_b.py::test_two"]),
        (["test_a.py::test_missing"], []),
        (["odd/test_[d].py::test_one"], ["odd/test_[d].py::test_one"]),
        (["odd/test_[d].py"], ["odd/test_[d].py::test_one", "odd/test_[d].py::test_two"]),
    ],
    ids=["a file", "a test", "a class", "odd parameters", "all parameters", "a folder", "a folder with a slash",
         "several files", "nothing there", "a bracket in a file's name", "a file with a bracket"],
)  # fmt: skip
def test_only_what_is_asked_for_runs(tmp_path: Path, tests: list[str], expected: list[str]) -> None:
    found = run(tmp_path, SELECTABLE, *tests)
    assert (sorted(found.statuses), found.complete) == (sorted(expected), True)


def test_of_what_is_not_asked_for_no_parameters_are_made(tmp_path: Path) -> None:
    conftest = """\
def pytest_generate_tests(metafunc):
    with open("made.txt", "a") as file:
        print(metafunc.function.__qualname__, file=file)
"""
    run(tmp_path, {**SELECTABLE, "conftest.py": conftest}, f"{C}::test_values[a::b]", f"{C}::TestC")
    made = (tmp_path / "tree" / "made.txt").read_text(encoding="utf-8").split()
    assert made == ["test_values", "TestC.test_one"]


def test_a_test_with_an_address_in_its_name_is_the_same_one_in_each_run(tmp_path: Path) -> None:
    code = """\
import pytest

class Thing:
    pass

@pytest.mark.parametrize("thing", [Thing(), Thing(), 0x1], ids=repr)
def test_thing(thing):
    assert thing == 1
"""
    names = [
        f"test_a.py::test_thing[{name}]"
        for name in ("<test_a.Thing object at 0x>", "<test_a.Thing object at 0x> #2", "1")
    ]
    files = {"test_a.py": code}
    runner = plain_runner(tmp_path, files)
    first, second = (runner.run(timeout_seconds=LONG), runner.run(names[1:], timeout_seconds=LONG))
    assert first.statuses == dict(zip(names, (FAILED, FAILED, PASSED), strict=True))
    assert second.statuses == dict(zip(names[1:], (FAILED, PASSED), strict=True))
    assert first.complete
    assert second.complete


def test_without_names_whatever_is_configured_runs(tmp_path: Path) -> None:
    ini = "[pytest]\ntestpaths = sub/deep\npython_functions = *_too\npython_classes = *Too\n"
    found = run(tmp_path, {**SELECTABLE, "pytest.ini": ini})
    assert set(found.statuses) == {f"{C}::test_values_too"}


def test_a_path_that_is_not_there_runs_nothing(tmp_path: Path) -> None:
    found = run(tmp_path, SELECTABLE, "test_missing.py")
    assert (dict(found.statuses), found.exit_code) == ({}, 4)


def test_a_run_up_to_the_first_red_test_ends_with_it(tmp_path: Path) -> None:
    files = {"test_a.py": f"{TWO}\ndef test_three():\n    assert 0\n"}
    found = plain_runner(tmp_path, files).up_to_red().run(timeout_seconds=LONG)
    assert dict(found.statuses) == {"test_a.py::test_one": PASSED, "test_a.py::test_two": FAILED}


@pytest.mark.slow
@pytest.mark.parametrize("addopts", ["-x", "--exitfirst --maxfail=1", "--stepwise", "--ff", "--lf --nf", "-q -q -s",
                                     "-rA --tb=no --no-header -p no:terminalreporter_extra", '-k "one or two"',
                                     "--strict-markers -W error", "--capture=no --color=yes", "--junitxml=report.xml",
                                     "--import-mode=importlib", "--cache-clear"])  # fmt: skip
def test_options_of_the_target_do_not_stop_a_run_early(tmp_path: Path, addopts: str) -> None:
    found = run(
        tmp_path,
        {"test_a.py": f"def test_zero():\n    assert 0\n\n{TWO}", "pytest.ini": f"[pytest]\naddopts = {addopts}\n"},
    )
    expected = {"test_a.py::test_zero": FAILED, "test_a.py::test_one": PASSED, "test_a.py::test_two": FAILED}
    if addopts.startswith("-k"):
        del expected["test_a.py::test_zero"]
    assert (dict(found.statuses), found.complete, found.exit_code) == (expected, True, 1)


@pytest.mark.parametrize(
    ("package", "addopts"),
    [("pytest-xdist", "-n 2 --dist loadfile"), ("pytest-cov", "--cov=. --cov-fail-under=100"),
     ("pytest-randomly", "-p randomly"), ("pytest-timeout", "--timeout=300")],
)  # fmt: skip
def test_plug_ins_of_the_target_leave_the_run_in_one_process(tmp_path: Path, package: str, addopts: str) -> None:
    if package not in own_python().packages:
        pytest.skip(f"{package} is not installed")
    found = run(tmp_path, {"test_a.py": TWO, "pytest.ini": f"[pytest]\naddopts = {addopts}\n"})
    assert (dict(found.statuses), found.complete, found.exit_code) == (
        {"test_a.py::test_one": PASSED, "test_a.py::test_two": FAILED},
        True,
        1,
    )


@pytest.mark.parametrize(
    "end",
    ["os._exit(0)", "os.kill(os.getpid(), signal.SIGKILL)", "os.abort()"],
    ids=["exit", "kill", "abort"],
)
def test_a_run_that_was_ended_from_inside_is_incomplete(tmp_path: Path, end: str) -> None:
    files = {"test_a.py": f"import os, signal\n\ndef test_one():\n    pass\n\ndef test_ends():\n    {end}\n"}
    found = run(tmp_path, files)
    assert (dict(found.statuses), found.complete, found.exit_code, found.timed_out) == (
        {"test_a.py::test_one": PASSED},
        False,
        None,
        False,
    )


def test_a_run_ended_after_its_last_test_is_incomplete(tmp_path: Path) -> None:
    files = {
        "conftest.py": "import os\n\ndef pytest_sessionfinish():\n    os._exit(0)\n",
        "test_a.py": "def test_one():\n    pass\n",
    }
    found = run(tmp_path, files)
    assert (found.green, found.complete) == (("test_a.py::test_one",), False)


@pytest.mark.slow
def test_a_run_out_of_time_is_incomplete_and_keeps_what_it_knows(tmp_path: Path) -> None:
    files = {"test_a.py": "import time\n\ndef test_one():\n    pass\n\ndef test_hangs():\n    time.sleep(600)\n"}
    # On a busy machine even the first test may take longer than the little that suffices mostly.
    for seconds in (6.0, 60.0):
        found = run(tmp_path / f"{seconds:g}", files, timeout_seconds=seconds)
        if found.statuses:
            break
    assert (dict(found.statuses), found.complete, found.timed_out) == ({"test_a.py::test_one": PASSED}, False, True)


@pytest.mark.parametrize(
    "conftest", ["import not_installed_anywhere\n", "def broken(:\n", "import pytest\npytest.exit('enough')\n"]
)
def test_a_broken_conftest_is_an_incomplete_run(tmp_path: Path, conftest: str) -> None:
    found = run(tmp_path, {"conftest.py": conftest, "test_a.py": TWO})
    assert (found.complete, dict(found.statuses)) == (False, {})
    assert "conftest" in found.output or "enough" in found.output


def test_a_broken_conftest_of_a_subfolder_is_never_a_pass(tmp_path: Path) -> None:
    found = run(tmp_path, {"sub/conftest.py": "1 / 0\n", "sub/test_b.py": TWO, "test_a.py": TWO})
    assert [name for name in found.green if name.startswith("sub")] == []
    assert not found.complete or any(name.startswith("sub") for name in found.red)


def test_no_tests_is_a_complete_run_of_nothing(tmp_path: Path) -> None:
    found = run(tmp_path, {"a.py": ""})
    assert (found.complete, found.exit_code, dict(found.statuses)) == (True, 5, {})


def test_collection_errors_do_not_keep_other_files_from_running(tmp_path: Path) -> None:
    found = run(tmp_path, {"test_a.py": "1 / 0\n", "test_b.py": "def test_one():\n    pass\n"})
    assert dict(found.statuses) == {"test_a.py": ERROR, "test_b.py::test_one": PASSED}


def test_a_test_root_below_the_tree_names_tests_from_itself_and_frames_from_the_tree(tmp_path: Path) -> None:
    files = {
        "project/pytest.ini": "[pytest]\n",
        "project/src/m.py": "def f():\n    raise KeyError\n",
        "project/tests/test_a.py": "import sys\nsys.path[:0] = ['src']\nimport m\n\ndef test_f():\n    m.f()\n",
    }
    repository = new_repository(tmp_path / "repo", files)
    sites = new_sites(repository, tmp_path / "sites", test_root="project")
    assert repository.head
    found = sites.open(repository.head).runner.run(timeout_seconds=LONG)
    assert [frame.path for frame in found.failures["tests/test_a.py::test_f"].frames] == [
        "project/tests/test_a.py",
        "project/src/m.py",
    ]


def test_lines_cut_short_by_a_kill_are_left_out(tmp_path: Path) -> None:
    rows = [
        {"event": "phase", "id": "a", "when": "call", "outcome": "passed", "xfail": False, "seconds": 0.5},
        {"event": "phase", "id": "b", "when": "call", "outcome": "passed", "xfail": False, "seconds": 0.5},
    ]
    text = "\n".join(json.dumps(row) for row in rows)
    (tmp_path / "results.jsonl").write_text(text[:-20])
    found = read_run(tmp_path, tmp_path, Finished(-9, "killed", 1.5, timed_out=False))
    assert found == TestRun(
        statuses={"a": PASSED}, durations={"a": 0.5}, seconds=1.5, output="killed", complete=False, exit_code=None
    )


@needs_bubblewrap
def test_a_test_that_kills_all_it_can_see_reaches_nothing(tmp_path: Path) -> None:
    kills = "os.kill(-1, signal.SIGKILL)"
    repository = new_repository(
        tmp_path / "repo", {"test_a.py": f"import os, signal\n\ndef test_kills():\n    {kills}\n"}
    )
    assert repository.head
    site = new_sites(repository, tmp_path / "sites", Bubblewrap).open(repository.head)
    found = site.runner.run(timeout_seconds=LONG)
    assert (found.complete, found.failures["test_a.py::test_kills"].exception) == (True, "ProcessLookupError")


FORGED = {
    "test_a.py": """\
import glob, json, os

def test_forged():
    for link in glob.glob("/proc/self/fd/*"):
        if os.path.exists(link) and os.path.realpath(link).endswith("results.jsonl"):
            row = {"event": "phase", "id": "test_a.py::test_red", "when": "call", "outcome": "passed", "xfail": False,
                   "seconds": 0.1}
            with open(os.path.realpath(link), "a") as file:
                file.write("\\n" + json.dumps(row) + "\\n")
    assert "REGREEN_KEY" not in os.environ

def test_red():
    assert 0
"""
}


def test_rows_that_tests_write_themselves_are_not_read(tmp_path: Path) -> None:
    ran = run(tmp_path, FORGED)
    assert ran.statuses == {"test_a.py::test_forged": PASSED, "test_a.py::test_red": FAILED}
    assert ran.complete
