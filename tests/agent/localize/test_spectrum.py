"""Suspects from spectra, with scores computed by hand."""

import math
from collections.abc import Mapping
from pathlib import Path

from agent.core.task import Suspect
from agent.localize.spectrum import NAMED_FACTOR, SAYS_WEIGHT, TRACE_FACTOR, locate
from tests.support import write_files
from tools.testing.results import Failure, Frame, TestRun, TestStatus

PASSED, FAILED, ERROR = TestStatus.PASSED, TestStatus.FAILED, TestStatus.ERROR
SOURCE = """\
X = 1


def first(a):
    return a


class Box:
    size = 1

    def get(self):
        def inner():
            return 1

        return inner()
"""
Lines = Mapping[str, set[int]]


def run(statuses: Mapping[str, TestStatus], lines: Mapping[str, Lines], frames: Mapping[str, list[Frame]]) -> TestRun:
    failures = {
        name: Failure(name, "call", "ValueError", "", tuple(frames.get(name, ())), "")
        for name, status in statuses.items()
        if status in (FAILED, ERROR)
    }
    frozen = {name: {path: frozenset(found) for path, found in row.items()} for name, row in lines.items()}
    return TestRun(statuses=statuses, failures=failures, lines=frozen, complete=True)


def scores(suspects: tuple[Suspect, ...]) -> dict[tuple[str, int], float]:
    return {(suspect.path, suspect.line): suspect.score for suspect in suspects}


def test_scores_are_ochiai(tmp_path: Path) -> None:
    traced = run(
        {"t.py::f1": FAILED, "t.py::f2": FAILED, "t.py::p1": PASSED, "t.py::p2": PASSED},
        {
            "t.py::f1": {"m.py": {1, 2, 3}},
            "t.py::f2": {"m.py": {2, 3}},
            "t.py::p1": {"m.py": {3, 4}},
            "t.py::p2": {"m.py": {1, 3, 4}},
        },
        {},
    )
    found = locate(traced, ["t.py::f1", "t.py::f2"], tmp_path)
    assert scores(found) == {
        ("m.py", 2): 1.0,  # both failing, no passing: 2 / sqrt(2 * 2)
        ("m.py", 3): round(2 / math.sqrt(2 * 4), 6),
        ("m.py", 1): round(1 / math.sqrt(2 * 2), 6),
    }
    assert [suspect.line for suspect in found] == [2, 3, 1]


def test_lines_of_the_stack_trace_weigh_more(tmp_path: Path) -> None:
    traced = run(
        {"t.py::f": FAILED, "t.py::p": PASSED},
        {"t.py::f": {"m.py": {1, 2}}, "t.py::p": {"m.py": {1, 2}}},
        {"t.py::f": [Frame("t.py", 9, "f"), Frame("m.py", 2, "g"), Frame("/usr/lib/x.py", 3, "h")]},
    )
    assert locate(traced, ["t.py::f"], tmp_path) == (
        Suspect("m.py", 2, "<module>", round(TRACE_FACTOR / math.sqrt(2), 6), "in the stack trace of a failing test"),
        Suspect("m.py", 1, "<module>", round(1 / math.sqrt(2), 6), "run by the failing tests"),
    )


def test_equal_scores_are_equal_and_ordered_by_place(tmp_path: Path) -> None:
    traced = run({"t.py::f": FAILED}, {"t.py::f": {"b.py": {1}, "a.py": {20, 3}}}, {})
    found = locate(traced, ["t.py::f"], tmp_path)
    assert [(suspect.path, suspect.line, suspect.score) for suspect in found] == [
        ("a.py", 3, 1.0),
        ("a.py", 20, 1.0),
        ("b.py", 1, 1.0),
    ]


def test_test_code_is_never_suspect(tmp_path: Path) -> None:
    lines = {"t.py::f": {"tests/test_m.py": {1}, "conftest.py": {2}, "tests/helpers.py": {3}, "m.py": {4}}}
    frames = {"t.py::f": [Frame("tests/test_m.py", 1, "f"), Frame("conftest.py", 2, "g")]}
    assert list(scores(locate(run({"t.py::f": FAILED}, lines, frames), ["t.py::f"], tmp_path))) == [("m.py", 4)]


def test_red_tests_that_are_no_target_count_neither_way(tmp_path: Path) -> None:
    traced = run(
        {"t.py::f": FAILED, "t.py::other": FAILED},
        {"t.py::f": {"m.py": {1}}, "t.py::other": {"m.py": {1, 2}}},
        {"t.py::other": [Frame("m.py", 1, "g")]},
    )
    assert scores(locate(traced, ["t.py::f"], tmp_path)) == {("m.py", 1): 1.0}


def test_functions_are_named_with_their_classes(tmp_path: Path) -> None:
    write_files(tmp_path, {"m.py": SOURCE})
    traced = run({"t.py::f": FAILED}, {"t.py::f": {"m.py": {1, 5, 9, 11, 13, 15}}}, {})
    found = locate(traced, ["t.py::f"], tmp_path)
    assert {suspect.line: suspect.function for suspect in found} == {
        1: "<module>",
        4: "first",
        5: "first",
        9: "<module>",
        11: "Box.get",
        12: "Box.get.inner",
        13: "Box.get.inner",
        15: "Box.get",
    }


def test_a_module_that_broke_at_import_is_found_through_its_stack_trace(tmp_path: Path) -> None:
    traced = run(
        {"tests/t.py": ERROR}, {}, {"tests/t.py": [Frame("tests/t.py", 1, "<module>"), Frame("m.py", 3, "<module>")]}
    )
    assert locate(traced, ["tests/t.py"], tmp_path) == (
        Suspect("m.py", 3, "<module>", TRACE_FACTOR, "in the stack trace of a failing test"),
    )


def test_a_file_as_target_stands_for_its_tests(tmp_path: Path) -> None:
    traced = run({"t.py::f": FAILED}, {"t.py::f": {"m.py": {1}}}, {})
    assert scores(locate(traced, ["t.py"], tmp_path)) == {("m.py", 1): 1.0}


def test_without_lines_and_frames_there_is_no_suspect(tmp_path: Path) -> None:
    assert locate(run({"t.py::f": FAILED}, {}, {}), ["t.py::f"], tmp_path) == ()


def test_frames_outside_the_tree_are_no_suspects(tmp_path: Path) -> None:
    frames = {"t.py::a": [Frame("<frozen importlib._bootstrap>", 3, "f"), Frame("/lib/x.py", 3, "g")]}
    traced = run({"t.py::a": FAILED}, {"t.py::a": {}}, frames)
    assert locate(traced, ["t.py::a"], tmp_path) == ()


def test_what_the_issue_names_weighs_more(tmp_path: Path) -> None:
    write_files(tmp_path, {"m.py": SOURCE})
    traced = run({"t.py::f": FAILED}, {"t.py::f": {"m.py": {5, 11}}}, {})
    one_value = 1 + SAYS_WEIGHT * math.log1p(1)
    assert locate(traced, ["t.py::f"], tmp_path, [("m.py", 4), ("m.py", 8)]) == (
        Suspect("m.py", 5, "first", round(NAMED_FACTOR * one_value, 6), "run by the failing tests, named by the issue"),
        Suspect("m.py", 11, "Box.get", 1.0, "run by the failing tests"),
        Suspect("m.py", 4, "first", NAMED_FACTOR / 2, "defines what the failing tests ran, named by the issue"),
    )


def test_a_function_that_a_failing_test_is_named_after_counts_for_more(tmp_path: Path) -> None:
    write_files(tmp_path, {"m.py": "def wrapped():\n    return 1\n\n\ndef other():\n    return 2\n"})
    name = "t.py::TestM::test_wrapped_twice[a]"
    found = locate(run({name: FAILED}, {name: {"m.py": {2, 6}}}, {}), [name], tmp_path)
    assert [(suspect.line, suspect.reason) for suspect in found[:2]] == [
        (2, "run by the failing tests, named by a failing test"),
        (6, "run by the failing tests"),
    ]


def test_defaults_and_decorators_are_suspect_by_half_of_what_they_define(tmp_path: Path) -> None:
    write_files(tmp_path, {"m.py": "@once\ndef f(\n    number=1,\n):\n    return number\n"})
    traced = run({"t.py::f": FAILED}, {"t.py::f": {"m.py": {5}}}, {})
    found = locate(traced, ["t.py::f"], tmp_path)
    assert [(suspect.line, suspect.function, round(suspect.score, 2)) for suspect in found] == [
        (5, "f", 1.0),
        (1, "f", 0.5),
        (3, "f", 0.5),
        (2, "f", 0.5),
        (4, "f", 0.5),
    ]


def test_of_equally_suspicious_lines_the_one_that_says_more_comes_first(tmp_path: Path) -> None:
    write_files(tmp_path, {"m.py": "x = 1\nif x < 2 * x - 1:\n    pass\n"})
    found = locate(run({"t.py::f": FAILED}, {"t.py::f": {"m.py": {1, 2, 3}}}, {}), ["t.py::f"], tmp_path)
    assert [(suspect.line, round(suspect.score, 1)) for suspect in found] == [(2, 1.0), (1, 1.0), (3, 1.0)]


def test_without_a_failing_test_the_issue_speaks_alone(tmp_path: Path) -> None:
    write_files(tmp_path, {"m.py": SOURCE})
    found = locate(TestRun(complete=True), [], tmp_path, [("m.py", 11), ("m.py", 8)])
    assert [(suspect.line, suspect.function, suspect.reason) for suspect in found] == [
        (11, "Box.get", "named by the issue"),
        (8, "<module>", "named by the issue"),
    ]
