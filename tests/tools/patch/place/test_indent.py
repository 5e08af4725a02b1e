"""How a hunk's added lines are indented where its file is indented otherwise."""

import pytest

from tests.tools.patch.place._hunks import hunk
from tools.patch.place.indent import Indentation, indent_of, learned


def added(lines: str, *held: str) -> list[str | None] | None:
    """The hunk's added lines as the file would have them; None where nothing is learned."""
    one = hunk(lines)
    found = learned(one, zip(one.source, held, strict=True))
    return None if found is None else [found.applied(row.value) for row in one.lines if row.line_type == "+"]


def test_an_indent_is_the_spaces_and_tabs_before_the_words() -> None:
    assert [indent_of(line) for line in ["a\n", " \t a \n", "  \n", "\u00a0a\n"]] == ["", " \t ", "  ", ""]


def test_a_shift_that_all_lines_share_is_applied_to_depths_not_seen() -> None:
    assert added(" def f():\n-  a\n+    b\n+c\n", "    def f():\n", "      a\n") == ["        b\n", "    c\n"]


def test_a_shift_to_the_left_ends_at_the_margin() -> None:
    assert added(" \n-    a\n+    b\n", "\n", "a\n") == ["b\n"]
    assert added(" \n-    a\n+  b\n", "\n", "a\n") is None


def test_an_indent_seen_is_taken_as_the_file_has_it() -> None:
    assert added("-a\n-  b\n+  c\n", "a\n", "    b\n") == ["    c\n"]


def test_one_added_line_whose_indent_cannot_be_told_spoils_all() -> None:
    assert added("-a\n-  b\n+  c\n+    d\n", "a\n", "    b\n") is None


def test_tabs_before_spaces_share_no_shift_with_spaces_alone() -> None:
    assert added("-    a\n+      b\n", "\t  a\n") is None


def test_a_depth_that_no_line_tells_of_is_not_guessed() -> None:
    assert added("-a\n-  b\n+    c\n", "a\n", "    b\n") is None


def test_the_same_indent_standing_for_two_teaches_nothing() -> None:
    assert added("-a\n-b\n+c\n", "a\n", "  b\n") is None


def test_spaces_become_tabs_by_the_unit_learned_and_back() -> None:
    assert added(" f\n-    a\n+        b\n", "f\n", "\ta\n") == ["\t\tb\n"]
    assert added(" f\n-\ta\n+\t\tb\n", "f\n", "  a\n") == ["    b\n"]


def test_a_margin_on_one_side_alone_makes_no_tabs() -> None:
    assert added("-a\n-    b\n+        c\n", "\ta\n", "\t\tb\n") is None


def test_half_a_tab_is_not_guessed() -> None:
    assert added(" f\n-    a\n+      b\n", "f\n", "\ta\n") is None


def test_units_that_disagree_teach_nothing_of_other_depths() -> None:
    assert added("-    a\n-      b\n+        c\n", "\ta\n", "\t\tb\n") is None


def test_blank_lines_teach_nothing_and_stay_as_they_are() -> None:
    assert added("-a\n-   \n+\n+ \n+b\n", "  a\n", "\n") == ["\n", "   \n", "  b\n"]


def test_one_column_may_be_a_lost_mark_of_context_unless_something_is_removed() -> None:
    assert added(" a\n+b\n", " a\n") is None
    assert added("-a\n+b\n", " a\n") == [" b\n"]


@pytest.mark.parametrize(("line", "expected"), [("  a\n", "\ta\n"), ("    a\n", None), (" \n", " \n")])
def test_an_indent_without_a_unit_tells_only_what_it_knows(line: str, expected: str | None) -> None:
    assert Indentation({"  ": "\t"}).applied(line) == expected
