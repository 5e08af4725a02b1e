"""What the failing tests speak of: an alternative more, a word less, an entry of a table."""

import pytest

from agent.repair.source import Module
from agent.repair.told import Told, as_told
from agent.repair.words import entries, words_of
from tools.patch import apply_edit
from tools.testing.results import Failure

TRACEBACK = '''    def test_parse():
        sql = """create
        Rebuilt table"""
>       assert parse(sql, 'x', "full-text") == f'{sql} done'
E       AssertionError: assert 'wrong' == 'right'
'''


def failure(name: str = "test_m.py::test", traceback: str = TRACEBACK) -> Failure:
    return Failure(name, "call", "AssertionError", "", (), traceback)


def test_words_are_those_of_the_texts_of_a_test_and_of_its_parameters() -> None:
    words = words_of([failure("test_m.py::test_parse[lazy-2]"), failure()])
    assert words == ("lazy", "create", "Rebuilt", "table", "full", "text", "sql", "done")


def edited(line: str, *words: str) -> list[str]:
    module = Module.parse("m.py", line)
    return [apply_edit(line, one.edit) for one in as_told(module, Told(words=words), {1})]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('y = x.a == "AS"', ['y = x.a in ("AS", "NEW")']),
        ("y = not x != 'as'", ["y = not x not in ('as', 'new')"]),
        ('y = x in ("if", "for")', ['y = x in ("if", "for", "new")']),
        ('y = x not in {"IF",}', ['y = x not in {"IF", "NEW",}']),
        ('y = x in ("a", z)', []),
        ('y = x in ("new", "a")', ['y = x in ("a",)']),
        ('y = ("async", "new")', ['y = ("async",)']),
        ('y = ["new", "b", c]', ['y = ["b", c]']),
        ('y = ("new",)', []),
        ('y = x < "a"', []),
        ('y = (a or b) == "x"', ['y = (a or b) in ("x", "new")']),
    ],
)
def test_a_word_is_one_more_or_one_less_of_some_texts(line: str, expected: list[str]) -> None:
    assert edited(line, "new") == expected


TABLES = """\
NAMES = {"A": red, "B": red, "C": blue, "D": blue, "E": red, "F": green}
SMALL = {"A": 1, "B": 1}
WORDS = [
    "a", "b", "c", "d",
    "e",
]
MIXED = {"A": red, "B": red, "C": blue, "D": blue, z: red, "F": green}

def f():
    return {"A": red, "B": red, "C": blue, "D": blue, "E": red, "F": green}
"""


def test_a_word_that_no_table_has_becomes_an_entry_with_the_values_that_most_have() -> None:
    found = [apply_edit(TABLES, one.edit) for one in entries(Module.parse("m.py", TABLES), ["new", "b"])]
    assert found == [
        TABLES.replace('"F": green}', '"F": green, "NEW": red}', 1),
        TABLES.replace('"F": green}', '"F": green, "NEW": blue}', 1),
        TABLES.replace('    "e",', '    "e", "new",'),
    ]
