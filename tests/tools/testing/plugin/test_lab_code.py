"""A function compiled alone is what a compiler makes of it within its module."""

import types
from collections.abc import Iterator

import pytest

from tests.tools.testing.plugin._load import load

code, swap = load("regreen_lab_code"), load("regreen_lab_swap")
SOURCE = '''\
"""A module."""
from __future__ import annotations

import functools
import os.path as paths

LIMIT = 3


def plain(number, *, by=1):
    """Says what it does."""
    return [number * step for step in range(by)]


@functools.lru_cache(maxsize=None)
def decorated(number):
    return paths.join(str(number), "a")


class Outer:
    limit = 1

    class Inner(dict):
        __hidden = 1

        def method(self, number: int = 2) -> int:
            super().__init__()

            def inner():
                return number + self.__hidden

            return inner()


if LIMIT:
\tclass Tabbed:
\t\tdef tabbed(self):
\t\t\treturn self.limit


async def later(number):
    async for item in number:
        yield item


def short(number): return number
'''
EDITS = {
    "plain function": ("number * step", "number + step"),
    "decorated function": ('"a"', '"b"'),
    "method with a private name and super": ("number + self", "number - self"),
    "method behind a tab and a condition": ("self.limit", "self.limit + 1"),
    "asynchronous generator": ("yield item", "yield number"),
    "function of one line": ("return number\n", "return -number\n"),
    "more lines": ("            super().__init__()\n", "            super().__init__()\n            number = 5\n"),
}


def edited(old: str, new: str) -> tuple[types.CodeType, str]:
    start = SOURCE.index(old)
    _, found = code.Source("m.py", SOURCE).edited(start, start + len(old), new)
    return found, SOURCE.replace(old, new, 1)


def below(found: types.CodeType) -> Iterator[types.CodeType]:
    for part in found.co_consts:
        if isinstance(part, types.CodeType):
            yield part
            yield from below(part)


def looks(found: types.CodeType) -> list[object]:
    return [
        (part.co_qualname, part.co_firstlineno, [*part.co_lines()], swap.shape(part))
        for part in (found, *below(found))
        if hasattr(part, "co_qualname")
    ]


@pytest.mark.parametrize("what", EDITS)
def test_a_function_compiled_alone_is_the_one_of_the_whole_module(what: str) -> None:
    alone, text = edited(*EDITS[what])
    whole = compile(text, "m.py", "exec", dont_inherit=True)
    (same,) = [part for part in below(whole) if part.co_qualname == alone.co_qualname]
    assert looks(alone) == looks(same)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("LIMIT = 3", "LIMIT = 4", "changes outside functions"),
        ("limit = 1", "limit = 2", "changes outside functions"),
        ("by=1", "by=2", "plain changes outside its body"),
        ("maxsize=None", "maxsize=1", "decorated changes outside its body"),
        ("number: int = 2", "number: int = 3", "method changes outside its body"),
        ("def plain", "def other", "plain changes outside its body"),
        ("    return [number", "    return [[number", "does not compile: '[' was never closed"),
        ('"a")\n', '"a")\n\n\ndef more():\n    pass\n', "decorated is no longer one function"),
        ("range(by)]\n", "range(by)]\nby = 3\n", "plain is no longer one function"),
        ("return inner()\n", "return inner()\n        limit = 2\n", "method is no longer one function"),
        ("short(number)", "short(other)", "short changes outside its body"),
        ("yield item", "return item", "does not compile: 'return' with value in async generator"),
    ],
)
def test_what_alters_more_than_the_inside_of_a_function_says_so(old: str, new: str, why: str) -> None:
    if new == "return item":
        old, new = "        yield item\n", "        yield item\n    return number\n"
    with pytest.raises(swap.NotWarm) as error:
        edited(old, new)
    assert str(error.value).startswith(why)
