"""A patch that adds but one word of the failing tests is not proved by them."""

import pytest

from agent.run.spelled import SPELLED, spelled
from tools.patch import Change
from tools.testing.results import Failure

FAILURE = Failure("test_m.py::test", "call", "E", "", (), ">   assert parse('create Rebuilt')\n")


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        ("x in ('a', 'b')", "x in ('a', 'b', 'REBUILT')", "REBUILT"),
        ("x == 'a'", "x in ('a', 'create')", "create"),
        ("x == 'a'", "x == 'create'", ""),
        ("x == 'a'", "x in ('a', 'create', 'other')", "create"),
        ("x == 'a'", "x in ('a', 'create', 'other', 'more')", ""),
        ("f(x)", "match x:\n  case 'create' | 'new': f(x)", "create"),
        ("x in ('a', 'create')", "x in ('a', 'create', 'create')", "create"),
        ("x in ('a', 'create')", "x in ('a',)", "create"),
        ("x == 'a'", "x in ('a', 'other')", ""),
        ("{'a': 1}", "{'a': 1, 'CREATE': 1}", "CREATE"),
        ("{'a': 1}", "{'a': 1, 'b': 'create'}", ""),
        ("'a'", "'a' if x else 'create'", ""),
    ],
)
def test_one_new_text_that_a_failing_test_spells_out_is_told(before: str, after: str, word: str) -> None:
    change = Change("m.py", before.encode(), after.encode(), 0o644)
    assert spelled([change], [FAILURE]) == ((SPELLED.format(word),) if word else ())


def test_a_patch_that_does_more_than_list_a_word_is_not_meant() -> None:
    table = Change("m.py", b"x = {'a': 1}\n", b"x = {'a': 1, 'create': 1}\n", 0o644)
    other = Change("new.py", None, b"y = 1\n", 0o644)
    longer = Change("m.py", b"x = {'a': 1}\n", b"x = {'a': 1, 'create': f}\ndef f():\n    y = 1\n    return y\n", 0o644)
    assert [bool(spelled(changes, [FAILURE])) for changes in ([table], [table, other], [longer])] == [
        True,
        False,
        False,
    ]
