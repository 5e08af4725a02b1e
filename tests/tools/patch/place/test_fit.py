"""What counts as the same line, and where wanted lines stand in a file."""

from itertools import product

import pytest

from tests.tools.patch.place._hunks import file
from tools.patch.place.fit import MOST_SEARCHES, RULES, Fit, bare, plain

LOOKS = {
    "exact": "  say('a-b...')\n",
    "line-end": "  say('a-b...')\r\n",
    "trailing-space": "  say('a-b...')\t \n",
    "punctuation": "\u00a0\u200b say(\u2018a\u2013b\u2026\u2019)\u3000\n",
    "indent": "\tsay('a-b...')\n",
}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_sees_past_what_it_names_and_what_stricter_rules_see_past(rule: str) -> None:
    strictest_first = [*RULES]
    assert [*LOOKS] == strictest_first
    seen_past = strictest_first[: strictest_first.index(rule) + 1]
    assert [look for look, line in LOOKS.items() if file(line).fits(rule, [LOOKS["exact"]], 0)] == seen_past


def test_plain_keeps_indentation_and_bare_does_not() -> None:
    assert (plain("  \u201cyes\u201d \n"), bare("  \u201cyes\u201d \n")) == ('  "yes"', '"yes"')


def test_letters_that_are_no_punctuation_stay_as_they_are() -> None:
    assert plain("caf\u00e9 \u4e2d\n") == "caf\u00e9 \u4e2d"


TEXTS = ["", "a\n", "a\na\na\n", "a\nb\na \n  b\na\r\nb", "\n\na\n\n", "ba\na\nab\n", "\u2018a\u2019\n'a'\n"]
WANTED = [["a\n"], ["a\n", "b\n"], ["a\n", "a\n"], ["b"], ["a\n", "\n"], ["'a'\n"], ["\n", "a\n"]]


@pytest.mark.parametrize("rule", RULES)
def test_places_are_just_those_where_the_lines_fit(rule: str) -> None:
    for text, wanted in product([*TEXTS, *LOOKS.values()], [*WANTED, [LOOKS["exact"]]]):
        held = file(text)
        expected = [at for at in range(len(held.lines)) if held.fits(rule, wanted, at)]
        assert held.places(rule, wanted) == expected, (text, wanted)


@pytest.mark.parametrize("rule", RULES)
def test_a_file_that_is_asked_often_gives_the_same_places(rule: str) -> None:
    for text in [*TEXTS, *LOOKS.values()]:
        new, often = file(text), file(text)
        for _ in range(MOST_SEARCHES):
            often.places(rule, ["a\n"])
        for wanted in [*WANTED, [LOOKS["exact"]]]:
            assert often.places(rule, wanted) == new.places(rule, wanted), (text, wanted)


def test_places_may_overlap() -> None:
    assert file("a\na\na\n").places("exact", ["a\n", "a\n"]) == [0, 1]
    assert file("a \na\na\n").places("trailing-space", ["a\n", "a\n"]) == [0, 1]


def test_a_line_is_not_found_within_a_longer_one() -> None:
    held = file("ab\nba\nb\n")
    assert {rule: held.places(rule, ["b\n"]) for rule in RULES} == {rule: [2] for rule in RULES}


def test_nothing_fits_outside_the_file() -> None:
    held = file("a\nb\n")
    assert [held.fits("exact", ["a\n"], -2), held.fits("exact", ["b\n", "c\n"], 1)] == [False, False]


def test_a_wanted_line_without_an_end_stands_only_at_the_end_of_the_file() -> None:
    held = file("a\nb\na")
    assert {rule: held.places(rule, ["a"]) for rule in RULES} == {rule: [2] for rule in RULES}
    assert not held.fits("indent", ["a"], 0)


def test_keys_are_the_lines_as_the_rule_sees_them() -> None:
    held = file("  \u2018a\u2019 \r\n")
    assert {rule: held.keys(rule) for rule in RULES} == {
        "exact": ["  \u2018a\u2019 \r\n"],
        "line-end": ["  \u2018a\u2019 "],
        "trailing-space": ["  \u2018a\u2019"],
        "punctuation": ["  'a'"],
        "indent": ["'a'"],
    }


def test_a_fit_starts_where_its_first_line_would_stand() -> None:
    assert [Fit("aligned", rows).start for rows in [(4, 5), (None, None, 6), (None,), ()]] == [4, 4, 0, 0]
