"""Which tests a change can affect: by functions that were run, by imports, and what cannot be told."""

from collections.abc import Mapping

import pytest

from tools.testing.imports import ImportGraph
from tools.testing.results import TestRun, TestStatus
from tools.testing.select import FileChange, Selection, impacted

MODULE = """\
LIMIT = 3


@cached
def first(a):
    return (
        a)


class Box:
    size = 1

    def get(self):
        return 1
"""
LINES: Mapping[str, Mapping[str, set[int]]] = {
    "tests/test_a.py::first": {"m.py": {6}},
    "tests/test_a.py::get": {"m.py": {14}},
    "tests/test_b.py::other": {"n.py": {1}},
}
EVERYONE = ("tests/test_a.py::first", "tests/test_a.py::get", "tests/test_new.py")
GRAPH = ImportGraph(
    {"m.py": frozenset({"tests/test_a.py", "tests/test_new.py"}), "tests/conftest.py": frozenset({"tests/test_b.py"})}
)


def known(untraced: str = "") -> TestRun:
    lines = {
        test: {path: frozenset(found) for path, found in row.items()} for test, row in LINES.items() if test != untraced
    }
    return TestRun(statuses=dict.fromkeys(LINES, TestStatus.PASSED), lines=lines, complete=True)


def selected(*lines: int, path: str = "m.py", text: str = MODULE, untraced: str = "") -> Selection:
    return impacted([FileChange(path, text, frozenset(lines))], known(untraced), GRAPH)


def test_a_change_in_a_function_means_the_tests_that_ran_any_of_its_lines() -> None:
    assert selected(7) == Selection(("tests/test_a.py::first", "tests/test_new.py"))
    assert selected(13) == Selection(("tests/test_a.py::get", "tests/test_new.py"))


def test_a_change_that_runs_at_import_means_all_that_import_it() -> None:
    assert [selected(line).tests for line in (1, 4, 11)] == [EVERYONE] * 3


CALLERS = {
    "m.py": MODULE + "    def __init__(self):\n        pass\n",
    "tests/test_a.py": "from m import first\n\nclass A:\n    @first\n    def f(self):\n        pass\n",
    "tests/test_b.py": "import m\n\nBOX = m.Box()\n",
    "tests/test_c.py": "import m\n\ndef test():\n    assert m.Box().get() == m.first(1)\n",
}


@pytest.mark.parametrize(("line", "affected"), [(7, "tests/test_a.py"), (16, "tests/test_b.py")])
def test_a_change_in_what_is_called_at_import_means_all_that_import_the_caller(line: int, affected: str) -> None:
    names = dict.fromkeys([f"{path}::test" for path in CALLERS if path != "m.py"], TestStatus.PASSED)
    lines: dict[str, dict[str, frozenset[int]]] = {name: {} for name in names}
    change = FileChange("m.py", CALLERS["m.py"], frozenset({line}))
    found = impacted([change], TestRun(statuses=names, lines=lines), ImportGraph.of_texts(CALLERS))
    assert found == Selection((f"{affected}::test",))


def test_a_file_that_cannot_be_parsed_is_changed_everywhere() -> None:
    assert selected(1, text="def f(:\n").tests == EVERYONE


def test_a_test_without_lines_counts_when_it_imports_the_change() -> None:
    assert selected(13, untraced="tests/test_a.py::first").tests[0] == "tests/test_a.py::first"


def test_a_changed_test_file_means_its_own_tests_and_a_conftest_those_below() -> None:
    changed = selected(1, path="tests/test_b.py", text="def other():\n    pass\n")
    assert changed == Selection(("tests/test_b.py::other",))
    assert selected(1, path="tests/conftest.py", text="X = 1\n") == Selection(("tests/test_b.py::other",))


def test_test_configuration_may_affect_everything_and_data_nobody_knows_what() -> None:
    assert selected(1, path="pyproject.toml", text="") == Selection((), everything=True)
    assert selected(1, path="rates.json", text="{}") == Selection((), unknown=("rates.json",))
