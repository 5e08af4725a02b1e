"""What failures say becomes edits: an exception to catch, a text and a number as the test has them."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from agent.repair.rank import rank
from agent.repair.source import Module
from agent.repair.told import TEXT, Told, as_told
from tests.agent.repair.test_rank import suspect
from tools.patch import apply_edit
from tools.testing.results import Failure
from tools.workspace.history import Past


def failure(message: str, exception: str = "AssertionError", assertion: str = "", chain: Sequence[str] = ()) -> Failure:
    return Failure("test_m.py::test", "call", exception, message, (), "", assertion=assertion, chain=tuple(chain))


def edited(line: str, *failures: Failure) -> list[str]:
    """What a line between two others becomes."""
    text = f"import json\ntry:\n    f()\n{line}\n    x = 1\n"
    found = as_told(Module.parse("m.py", text), Told.of(failures), {4})
    return [apply_edit(text, one.edit).split("\n")[3] for one in found]


def spelled(line: str, *failures: Failure) -> list[str]:
    """What a line by itself becomes."""
    return [apply_edit(line, one.edit) for one in as_told(Module.parse("m.py", line), Told.of(failures), {1})]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("except KeyError:", "except (KeyError, ValueError):"),
        ("except (KeyError, OSError,) as e:", "except (KeyError, OSError, ValueError) as e:"),
        ("except json.E:", "except (json.E, ValueError):"),
    ],
)
def test_an_exception_that_got_past_a_handler_is_caught_there(line: str, expected: str) -> None:
    assert edited(line, failure("bad", "ValueError")) == [expected]


@pytest.mark.parametrize(
    "line", ["except ValueError:", "except (OSError, ValueError):", "except Exception:", "except:", "finally:"]
)
def test_it_is_not_caught_twice_or_where_all_are(line: str) -> None:
    assert edited(line, failure("bad", "ValueError")) == []


def test_a_cause_counts_and_what_only_a_test_raises_or_nobody_knows_here_does_not() -> None:
    told = failure("", "x.Unknown", chain=["TypeError: why", "print: no"]), failure("", "AssertionError")
    assert edited("except KeyError:", *told) == ["except (KeyError, TypeError):"]


RAISES = "Regex pattern did not match.\n  Expected regex: 'the start\\\\.'\n  Actual message: 'a start.'"


@pytest.mark.parametrize(
    ("told", "now", "then"),
    [
        (failure("", assertion="assert 'Not a dict.' == 'Not a mapping.'"), "Not a dict.", "Not a mapping."),
        (failure("", assertion="assert 'x: Not a dict.!' == 'x: Not a map.!'"), "Not a dict.", "Not a map."),
        (failure("", assertion="assert [1, {'k': 'a-b'}] == [1, {'k': 'a_b'}]"), "-", "_"),
        (failure("", assertion="assert ('a, b',) == ('a,b',)"), ", ", ","),
        (failure("'one tow' != 'one two'\n- one tow"), "tow", "two"),
        (failure("Lists differ: ['x1'] != ['y1']\n\nFirst"), "x", "y"),
        (failure(RAISES), "a start", "the start"),
        (failure("expected '<i>', got '<b>'", "doctest.DocTestFailure"), "<b>", "<i>"),
    ],
)
def test_a_text_of_the_code_becomes_what_stands_there_in_the_other_value(told: Failure, now: str, then: str) -> None:
    assert f'y = "{then}"' in spelled(f'y = "{now}"', told)


@pytest.mark.parametrize(
    ("assertion", "line"),
    [
        ("assert 'same' == 'same'", 'y = "same"'),
        ("assert 'abcd' == 'axxd'", 'y = "ab"'),  # the change goes beyond it
        ("assert 'abc abd' == 'abc abe'", 'y = "abc"'),  # nothing changes in it
        ("assert 'a b c d e f' == 'x'", 'y = " "'),  # too many places
        ("assert 'a...z' == 'a", 'y = "a"'),  # shortened
        ("assert 'it' == 'it{'", 'y = "it"'),  # not to be written as it is
        ("assert 'it' == 'that'", '"it"'),  # a docstring
        ("assert 'it' == 'thé'", 'y = b"it"'),  # no bytes
        ("assert 'it' == 'th\x1bat'", 'y = "it"'),
        ("assert f(3) == g(4)", "y = 3"),
        ("assert 5 < 3", "y = 5"),  # they need not be one
        ("assert 'a' in 'xyz'", 'y = "a"'),
        ("assert 3 != 3.5", "y = 3"),
        ("assert 'it' == 3", 'y = "it"'),
    ],
)
def test_what_cannot_be_told_changes_nothing(assertion: str, line: str) -> None:
    assert spelled(line, failure("", assertion=assertion)) == []


def test_a_number_becomes_the_one_that_is_wanted_or_moves_as_far() -> None:
    assert spelled("y = 9", failure("", assertion="assert 9 == 12\n + where")) == ["y = 12", "y = 6"]
    assert spelled("y = x[:3]", failure("", assertion="assert 9 == 12")) == ["y = x[:6]", "y = x[:0]"]
    assert spelled("y = -2", failure("", assertion="assert -2 == 3")) == ["y = 3", "y = -7"]
    assert spelled("y = ~2", failure("", assertion="assert 2 == 3")) == []
    assert spelled("y = 1.5", failure("", assertion="assert 1.5 == 2")) == ["y = 2"]
    assert spelled("y = 1.5", failure("", assertion=f"assert 1 == {'9' * 400}")) == []
    assert spelled(f"y = {'1' * 400}", failure("", assertion="assert 1.5 == 2.5")) == []
    assert spelled(f"y = 0x{'f' * 6000}", failure("", assertion="assert 1 == 2")) == []
    assert spelled("y = True", failure("", assertion="assert 1 == 0")) == []


def test_a_number_that_only_one_comparison_would_move_is_less_likely_the_fault() -> None:
    module = Module.parse("m.py", "def f(x):\n    return x - 15\n")

    def prior(*assertions: str) -> float:
        told = Told.of([failure("", assertion=assertion) for assertion in assertions])
        return max(one.prior for one in as_told(module, told, {2}) if one.edit.text == "25")

    assert prior("assert -10 == -20") < prior("assert -10 == -20", "assert 5 == -5") == prior("assert 15 == 25")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('y = x in ("a", "b")', ['y = x in ("a", "b", "c d")']),
        ("y = x not in [None, 'a']", ["y = x not in [None, 'a', 'c d']"]),
        ("y = x not in ['a', None]", ["y = x not in ['a', None, 'c d']"]),
        ("y = x in [None]", []),
        ('y = x not in {"a", "b",}', ['y = x not in {"a", "b", "c d",}']),
        ('y = x in ["a", ("b")]', ['y = x in ["a", ("b"), "c d"]']),
        ("y = x in ['a']", ["y = x in ['a', 'c d']"]),
        ('y = ["a"] == x in ["b"]', ['y = ["a"] == x in ["b", "c d"]']),
        ('y = x in ["c d"]', []),
        ('y = x in (1, "a")', []),
        ('y = x == ("a", "b")', []),
        ('y = ("a", "b")', []),
    ],
)
def test_what_a_variable_held_joins_what_it_may_be(line: str, expected: list[str]) -> None:
    told = replace(failure("", "ValueError"), locals={"x": "'c d'", "n": "3", "o": "<object>", "e": "''"})
    assert spelled(line, told) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [('y = x not in "uxn"', ['y = x not in "uxnU"']), ('y = x in "U"', []), ('y = "U" in "a"', ['y = "U" in "aU"'])],
)
def test_a_letter_that_a_variable_held_joins_those_it_may_be(line: str, expected: list[str]) -> None:
    assert spelled(line, replace(failure("", "ValueError"), locals={"x": "'U'", "y": "'two'"})) == expected


def test_they_are_among_the_candidates_once() -> None:
    module = Module.parse("m.py", "def f():\n    return 1\n")
    told = Told.of([failure("", assertion="assert 1 == 2")])
    found = [item.candidate for item in rank({"m.py": module}, [suspect(2, 1.0)], told=told)]
    texts = [apply_edit(module.text, one.edit) for one in found]
    assert len(texts) == len(set(texts))
    assert [one.template for one in found if apply_edit(module.text, one.edit).endswith("return 2\n")] == [
        "told-number"
    ]


@pytest.mark.parametrize(
    ("assertion", "expected"),
    [
        ("assert '3 secs' == '3 sec'", ("sec", "mins")),
        ("assert '3 mins' == '3 min.'", ("secs", "min.")),
        ("assert '3 secs, 4 mins' == '3 s., 4 m.'", None),  # more than one text differs
        ("assert 'x' == 'y'", None),
    ],
)
def test_a_text_of_a_table_changes_where_it_alone_makes_the_difference(
    assertion: str, expected: tuple[str, str] | None
) -> None:
    text = 'UNITS = {{1: "{}", 60: "{}"}}\n\n\ndef unit(n):\n    return UNITS[n]\n'
    module = Module.parse("m.py", text.format("secs", "mins"))
    found = list(rank({"m.py": module}, [suspect(5, 0.8)], told=Told.of([failure("", assertion=assertion)])))
    tables = [item for item in found if item.candidate.template == "told-table"]
    assert [apply_edit(module.text, item.candidate.edit) for item in tables] == (
        [text.format(*expected)] if expected else []
    )
    assert all(item.score == pytest.approx(0.4**2 * TEXT) for item in tables)


def test_of_several_reasons_for_one_edit_the_likeliest_counts() -> None:
    told = Told.of([failure("", assertion="assert 3 == 4"), failure("", assertion="assert 'tow' == 'two'")])
    module = Module.parse("m.py", 'def f(x):\n    return x == 3, "tow"\n')
    past = [Past("abc1234", "Say it", module.text.replace("tow", "two").encode())]
    found = [one.candidate for one in rank({"m.py": module}, [suspect(2, 1.0)], lambda _: past, told)]
    templates = {apply_edit(module.text, one.edit).split("\n")[1].strip(): one.template for one in found}
    assert templates['return x == 4, "tow"'] == "number"
    assert templates['return x == 3, "two"'] == "told-text"
