"""Failures as a proposer is told of them: pytest's own tracebacks, without what says nothing, each crash once."""

from __future__ import annotations

from tools.failures import FRAME_LINES, told
from tools.testing.results import Failure, Frame

RULE = "_ " * 40
ROOM = 3000


def failure(test: str, value: int, *, message: str = "no such name", deep: bool = True) -> Failure:
    """A test that fails in `lookup`, or in itself."""
    own = f"def {test}():\n>       assert lookup({value})\n               ^^^^^^^^\n\ntests/test_a.py:{value}: \n"
    frozen = "<frozen importlib._bootstrap>:1204: in _gcd_import\n    ???\n"
    below = f"{RULE}\n{frozen}\nkey = {value}\n\n>   raise KeyError(key)\nE   KeyError: {message}\n\na.py:7: KeyError"
    frames = (Frame("tests/test_a.py", value, test), *([Frame("a.py", 7, "lookup")] if deep else []))
    return Failure(f"tests/test_a.py::{test}", "call", "KeyError", message, frames, own + (below if deep else ""))


def test_what_separates_and_points_in_a_traceback_is_left_out() -> None:
    ((name, text),) = told([failure("test_one", 1)], ROOM)
    assert name == "tests/test_a.py::test_one"
    assert text == (
        "def test_one():\n>       assert lookup(1)\n\ntests/test_a.py:1:\n"
        "key = 1\n\n>   raise KeyError(key)\nE   KeyError: no such name\n\na.py:7: KeyError"
    )


def test_a_crash_that_was_told_is_named_and_not_told_again() -> None:
    texts = dict(told([failure("test_one", 1), failure("test_two", 2)], ROOM))
    assert texts["tests/test_a.py::test_two"] == (
        "def test_two():\n>       assert lookup(2)\n\ntests/test_a.py:2:\n"
        "a.py:7: KeyError, as in tests/test_a.py::test_one"
    )


def test_another_message_at_the_same_place_is_told_whole() -> None:
    texts = dict(told([failure("test_one", 1), failure("test_two", 2, message="none at all")], ROOM))
    assert texts["tests/test_a.py::test_two"].endswith("E   KeyError: none at all\n\na.py:7: KeyError")


def test_tests_that_fail_in_themselves_are_each_told() -> None:
    texts = [text for _, text in told([failure("test_one", 1, deep=False), failure("test_two", 2, deep=False)], ROOM)]
    assert [text.partition("\n")[0] for text in texts] == ["def test_one():", "def test_two():"]


def test_a_long_text_is_cut_at_its_beginning() -> None:
    ((_, text),) = told([failure("test_one", 1)], 60)
    assert text.startswith("[... ")
    assert text.endswith("a.py:7: KeyError")


def test_of_a_function_shown_elsewhere_only_the_line_at_fault_is_told() -> None:
    code = "    def lookup(key):\n        x = key\n>       raise KeyError(key)\nE   KeyError: 1\n"
    below = f"{RULE}\nkey = 1\n\n{code}\na.py:7: KeyError"
    own = "def test_one():\n>       lookup(1)\n\ntests/test_a.py:1: \n"
    frames = (Frame("tests/test_a.py", 1, "test_one"), Frame("a.py", 7, "lookup"))
    one = Failure("tests/test_a.py::test_one", "call", "KeyError", "1", frames, f"{own}{below}")
    ((_, text),) = told([one], ROOM, lambda path, line: (path, line) == ("a.py", 7))
    assert text == (
        "def test_one():\n>       lookup(1)\n\ntests/test_a.py:1:\n"
        "key = 1\n\n>       raise KeyError(key)\nE   KeyError: 1\n\na.py:7: KeyError"
    )


def test_of_files_elsewhere_only_what_was_raised_is_told() -> None:
    passed = "/usr/lib/python3/json/__init__.py:346: in loads\n    return _default_decoder.decode(s)\n"
    code = ">   raise it\nE   ValueError: no\nE   more\n"
    raised = f"{RULE}\nself = <JSONDecoder>\n\n{code}\n/usr/json/decoder.py:355: ValueError"
    own = "def test_one():\n>       loads('')\n\ntests/test_a.py:1: \n"
    frames = (Frame("tests/test_a.py", 1, "test_one"), Frame("/usr/json/decoder.py", 355, "decode"))
    one = Failure("tests/test_a.py::test_one", "call", "ValueError", "no", frames, f"{own}{passed}{raised}")
    ((_, text),) = told([one], ROOM)
    assert text == (
        "def test_one():\n>       loads('')\n\ntests/test_a.py:1:\n"
        "E   ValueError: no\nE   more\n/usr/json/decoder.py:355: ValueError"
    )


def test_of_a_long_function_the_last_lines_up_to_the_fault_are_told() -> None:
    body = "".join(f"        step({number})\n" for number in range(40))
    text = (
        f"    def test_one():\n{body}>       assert False\nE       assert False\n\ntests/test_a.py:41: AssertionError"
    )
    one = Failure("tests/test_a.py::test_one", "call", "AssertionError", "", (Frame("tests/test_a.py", 41, "t"),), text)
    ((_, shown),) = told([one], ROOM)
    steps = [f"        step({number})" for number in range(41 - FRAME_LINES, 40)]
    assert shown.split("\n") == ["    def test_one():", "        ...", *steps, *text.split("\n")[-4:]]


def test_a_doctest_keeps_what_it_expected_and_got() -> None:
    text = "001 \n002 >>> one()\nExpected:\n    1\nGot:\n    2\n\n/home/me/a.py:2: DocTestFailure"
    one = Failure("a.py::a.one", "call", "DocTestFailure", "", (Frame("/home/me/a.py", 2, "one"),), text)
    assert list(told([one], ROOM)) == [("a.py::a.one", text.replace("001 ", "001"))]


def test_a_file_of_the_repository_is_told_whole_though_its_path_is_written_out() -> None:
    passed = "/app/lib/b.py:5: in outer\n    inner()\n"
    code = "    def inner():\n>       raise KeyError\nE       KeyError\n"
    text = (
        f"def test_one():\n>       outer()\n\ntests/test_a.py:1: \n{RULE}\n{passed}\n{code}\n/app/lib/a.py:7: KeyError"
    )
    frames = (Frame("tests/test_a.py", 1, "test_one"), Frame("lib/b.py", 5, "outer"), Frame("lib/a.py", 7, "inner"))
    ((_, shown),) = told([Failure("tests/test_a.py::test_one", "call", "KeyError", "", frames, text)], ROOM)
    assert passed in shown
    assert code in shown
