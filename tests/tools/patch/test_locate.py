"""Where hunks go, and when they go nowhere: a wrong place is worse than none."""

import pytest

from tools.errors import PatchError
from tools.patch import Hunk, Placement, parse_patch
from tools.patch.place.fit import FileLines
from tools.patch.place.locate import TIERS, locate

ROOMS = "[door]\nred\n\n[wall]\nred\n\n[roof]\nred\n"


def hunks(body: str) -> tuple[Hunk, ...]:
    (patch,) = parse_patch(f"--- a/f\n+++ b/f\n{body}")
    return patch.hunks


def placed(body: str, text: str) -> list[Placement]:
    return [found.placement for found in locate(hunks(body), FileLines.of("f", text))]


def refusal(body: str, text: str) -> PatchError:
    with pytest.raises(PatchError) as error:
        placed(body, text)
    return error.value


def test_rules_are_tried_strictest_first() -> None:
    assert [*TIERS] == ["exact", "line-end", "trailing-space", "punctuation", "lost-prefix", "indent", "aligned"]
    assert placed("@@ @@\n a\n-b\n+c\n", "x\na\nb\n") == [Placement("f", 1, 2, "exact", 0)]
    assert placed("@@ @@\n a\n-b\n+c\n", "x\na\r\nb\r\n") == [Placement("f", 1, 2, "line-end", 0)]
    assert placed("@@ @@\n a\n-b\n+c\n", "x\na \nb\t\n") == [Placement("f", 1, 2, "trailing-space", 0)]


def test_a_place_that_fits_exactly_wins_over_one_that_is_indented_otherwise() -> None:
    assert placed("@@ @@\n a\n-b\n+c\n", "  a\n  b\na\nb\n") == [Placement("f", 1, 3, "exact", 0)]


def test_trailing_space_that_nobody_sees_tells_no_places_apart_but_a_stated_line_does() -> None:
    assert refusal("@@ @@\n a\n-b\n+c\n", "a \nb\na\nb\n").message == "f: hunk 1 fits at lines 1, 3"
    assert placed("@@ -3,2 +3,2 @@\n a\n-b\n+c\n", "a \nb\na\nb\n") == [Placement("f", 1, 3, "exact", 0)]


def test_a_hunk_that_fits_twice_is_refused() -> None:
    error = refusal("@@ @@\n-red\n+blue\n", ROOMS)
    assert (error.code, error.path, error.line) == ("ambiguous", "f", 2)
    assert error.message == "f: hunk 1 fits at lines 2, 5, 8"


def test_a_long_list_of_places_is_cut() -> None:
    assert refusal("@@ @@\n-red\n+blue\n", "red\n" * 20).message.endswith("lines 1, 2, 3, 4, 5, 6, 7, 8 and 12 more")


def test_the_stated_line_breaks_a_tie_only_where_the_hunk_fits_there() -> None:
    assert placed("@@ -5 +5 @@\n-red\n+blue\n", ROOMS) == [Placement("f", 1, 5, "exact", 0)]
    assert refusal("@@ -4 +4 @@\n-red\n+blue\n", ROOMS).code == "ambiguous"


def test_the_nearest_place_is_no_evidence() -> None:
    assert refusal("@@ -6 +6 @@\n-red\n+blue\n", ROOMS).code == "ambiguous"


def test_a_unique_place_is_taken_however_far_the_header_is_off() -> None:
    assert placed("@@ -400 +400 @@\n-[roof]\n+[top]\n", ROOMS) == [Placement("f", 1, 7, "exact", -393)]


def test_the_drift_of_the_hunk_before_moves_the_stated_line() -> None:
    body = "@@ -2 +2 @@\n-[wall]\n+[side]\n@@ -3 +3 @@\n-red\n+blue\n"
    assert [placement.start for placement in placed(body, ROOMS)] == [4, 5]


def test_a_stated_line_that_fits_with_and_without_drift_is_no_evidence() -> None:
    body = "@@ -1 +1 @@\n-[wall]\n+[side]\n@@ -5 +5 @@\n-red\n+blue\n"
    assert refusal(body, ROOMS).message == "f: hunk 2 fits at lines 2, 5, 8"


def test_a_hunk_that_fits_exactly_elsewhere_and_loosely_where_stated_is_refused() -> None:
    assert refusal("@@ -1,2 +1,2 @@\n a\n-b\n+c\n", "a \nb\nx\na\nb\n").message == "f: hunk 1 fits at lines 4, 1"


def test_a_missing_line_end_is_found_only_at_the_end_of_the_file() -> None:
    body = "@@ @@\n-red\n\\ No newline at end of file\n+blue\n"
    assert placed(body, "red\nred") == [Placement("f", 1, 2, "exact", 0)]
    assert refusal(body, "red\n[wall]\n").code == "no-match"
    assert refusal("@@ @@\n-red\n+blue\n\\ No newline at end of file\n", "red\n[wall]\n").code == "no-match"


def test_blank_context_alone_is_no_evidence_unless_the_header_says_the_same() -> None:
    assert refusal("@@ @@\n \n+new\n", "a\n\nb\n").code == "no-context"
    assert refusal("@@ -1 +1,2 @@\n \n+new\n", "a\n\nb\n").code == "no-context"
    assert placed("@@ -2 +2,2 @@\n \n+new\n", "a\n\nb\n") == [Placement("f", 1, 2, "exact", 0)]


def test_an_addition_without_context_fits_only_an_empty_file() -> None:
    assert placed("@@ @@\n+new\n", "") == [Placement("f", 1, 1, "exact", 0)]
    assert refusal("@@ -1,0 +2 @@\n+new\n", "a\n").code == "no-context"


def test_no_match_shows_the_first_differing_line_beside_what_the_file_holds() -> None:
    error = refusal(
        "@@ @@\n def f():\n     x = 1\n-    return y\n+    return x\n", "\ndef f():\n    x = 1\n    return z\n"
    )
    assert (error.code, error.line) == ("no-match", 4)
    assert error.message == (
        "f: hunk 1 does not fit; its line 3 of 3 says\n"
        "            return y\n"
        "where the file has\n"
        "    2 | def f():\n"
        "    3 |     x = 1\n"
        "    4 |     return z"
    )


def test_no_match_says_so_when_not_one_line_is_known() -> None:
    assert refusal("@@ @@\n-q\n+r\n", "a\nb\n").message == (
        "f: no line of hunk 1 is in the file, which has 2 lines; it begins with\n        q"
    )


def test_no_match_shows_where_the_file_ends() -> None:
    assert refusal("@@ @@\n b\n-c\n+d\n", "a\nb\n").message.endswith("    1 | a\n    2 | b\n        (end of file)")


def test_a_located_hunk_quotes_the_file_and_takes_over_its_line_ends() -> None:
    (found,) = locate(hunks("@@ @@\n a\n-b\n+c\n"), FileLines.of("f", "x\r\na \r\nb\r\n"))
    assert [line.line_type + line.value for line in found.hunk.lines] == [" a \r\n", "-b\r\n", "+c\r\n"]
    assert found.hunk.source_start == 2
