"""Which function a line belongs to, and where that function is in another text."""

import pytest

from agent.repair.functions import function_at, function_lines, qualified_name
from agent.repair.source import Module
from tools.testing.lab.said import FunctionAt

SOURCE = """\
import functools

LIMIT = 1


@functools.lru_cache(
    maxsize=None,
)
def decorated(number):
    return number


class Box:
    size = 1

    def get(self):
        def inner():
            return 1

        return inner()

    class Lid:
        async def open(self):
            return 2


if LIMIT:

    def conditional():
        return 3

    callback = lambda: 4  # noqa: E731
"""
MODULE = Module.parse("m.py", SOURCE)


@pytest.mark.parametrize(
    ("line", "name", "lines"),
    [
        (3, None, None),
        (6, "decorated", range(6, 11)),
        (10, "decorated", range(6, 11)),
        (11, None, None),
        (14, None, None),
        (16, "Box.get", range(16, 21)),
        (18, "Box.get", range(16, 21)),
        (24, "Box.Lid.open", range(23, 25)),
        (30, "conditional", range(29, 31)),
        (32, None, None),
    ],
)
def test_a_line_belongs_to_the_outermost_function_around_it(line: int, name: str | None, lines: range | None) -> None:
    assert (qualified_name(MODULE, line), function_lines(MODULE, line)) == (name, lines)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("decorated", FunctionAt("m.py", "decorated", 8)),
        ("Box.get", FunctionAt("m.py", "get", 18)),
        ("Box.Lid.open", FunctionAt("m.py", "open", 25)),
        ("conditional", FunctionAt("m.py", "conditional", 31)),
        ("get", None),
        ("Box", None),
        ("Box.get.inner", None),
    ],
)
def test_a_function_is_found_in_another_text_by_its_dotted_name(name: str, expected: FunctionAt | None) -> None:
    assert function_at("m.py", "# one\n# two\n" + SOURCE, name) == expected


@pytest.mark.parametrize("text", ["def broken(:\n", "\0", ""])
def test_a_text_that_does_not_parse_or_hold_it_has_no_such_function(text: str) -> None:
    assert function_at("m.py", text, "decorated") is None


def test_a_byte_order_mark_is_no_hindrance() -> None:
    assert function_at("m.py", "\ufeffdef f():\n    pass\n", "f") == FunctionAt("m.py", "f", 1)
