"""One form for edits with one result, and the check that a result parses."""

import pytest

from agent.repair.source import Module
from agent.repair.splice import normal_form
from agent.repair.templates import candidates
from tools.patch import Edit


@pytest.mark.parametrize(
    ("text", "edits"),
    [
        ("abc", [Edit("m", 0, 3, "axc"), Edit("m", 1, 2, "x"), Edit("m", 0, 2, "ax")]),
        ("a\na\nb", [Edit("m", 0, 2, ""), Edit("m", 2, 4, ""), Edit("m", 1, 3, "")]),
        ("abab", [Edit("m", 0, 0, "ab"), Edit("m", 2, 2, "ab"), Edit("m", 4, 4, "ab"), Edit("m", 1, 1, "ba")]),
        ("aaa", [Edit("m", 0, 1, ""), Edit("m", 2, 3, ""), Edit("m", 0, 3, "aa")]),
    ],
)
def test_edits_with_one_result_have_one_form(text: str, edits: list[Edit]) -> None:
    assert len({normal_form(text, edit) for edit in edits}) == 1


def test_an_edit_that_changes_nothing_has_the_empty_form() -> None:
    assert normal_form("abc", Edit("m", 1, 2, "b")) == (0, 0, "")


def test_of_two_equal_statements_only_one_is_deleted() -> None:
    found = [one for one in candidates(Module.parse("m.py", "a()\na()\nb()\n"), {1, 2}) if one.template == "deletion"]
    assert len(found) == 1


def test_a_binding_that_an_inner_function_declares_nonlocal_stays() -> None:
    code = "def f():\n    n = 0\n    def g():\n        nonlocal n\n        n += 1\n    return g\n"
    assert "deletion" not in {one.template for one in candidates(Module.parse("m.py", code), {2})}
