"""Which of several places is meant, and when nothing tells."""

import pytest

from tests.tools.patch.place._hunks import file, hunks
from tools.errors import PatchError
from tools.patch.place.evidence import Wanted, settled
from tools.patch.place.fit import FileLines, Fit

ROOMS = file("def door():\n    red\n\ndef wall():\n    red\n\ndef roof():\n    red\n")


def wanted(body: str, held: FileLines = ROOMS) -> list[Wanted]:
    return [
        Wanted(
            hunk,
            number,
            [Fit("exact", tuple(range(at, at + hunk.source_length))) for at in held.places("exact", hunk.source)],
        )
        for number, hunk in enumerate(hunks(body), 1)
    ]


def chosen(body: str, held: FileLines = ROOMS) -> list[int]:
    """The first lines (from 1) of the places that were settled on."""
    return [fit.start + 1 for fit in settled(wanted(body, held), held)]


def refusal(body: str, held: FileLines = ROOMS) -> str:
    with pytest.raises(PatchError) as error:
        chosen(body, held)
    assert error.value.code == "ambiguous"
    return error.value.message


RED = "-    red\n+    blue\n"
WALL = "@@ -2 +2 @@\n-def wall():\n+def side():\n"  # it stands two lines lower
ROOF = "@@ -8 +8 @@\n-def roof():\n+def top():\n"  # it stands a line higher


def test_one_place_needs_no_evidence() -> None:
    assert chosen("@@ @@\n-def wall():\n+def side():\n") == [4]


def test_without_evidence_several_places_are_refused() -> None:
    assert refusal(f"@@ @@\n{RED}") == "f: hunk 1 fits at lines 2, 5, 8"


def test_the_stated_line_chooses() -> None:
    assert chosen(f"@@ -5 +5 @@\n{RED}") == [5]
    assert refusal(f"@@ -6 +6 @@\n{RED}") == "f: hunk 1 fits at lines 2, 5, 8"


def test_a_header_chooses_where_no_line_is_stated() -> None:
    assert chosen(f"@@ @@ def roof():\n{RED}") == [8]


def test_beside_a_stated_line_a_definition_must_agree() -> None:
    assert chosen(f"@@ -8 +8 @@ def roof():\n{RED}") == [8]
    assert refusal(f"@@ -5 +5 @@ def roof():\n{RED}") == "f: hunk 1 fits at lines 2, 5, 8"


def test_beside_a_stated_line_a_mere_heading_does_not_count() -> None:
    held = file("[wall]\nred\n[roof]\nred\n")
    assert chosen("@@ -2 +2 @@ [roof]\n-red\n+blue\n", held) == [2]


def test_the_hunk_before_moves_the_stated_line_and_so_does_the_one_after() -> None:
    assert chosen(f"{WALL}@@ -3 +3 @@\n{RED}") == [4, 5]
    assert chosen(f"@@ -6 +6 @@\n{RED}{ROOF}") == [5, 7]


def test_hunks_before_and_after_that_moved_to_different_places_choose_nothing() -> None:
    assert refusal(f"{WALL}@@ -3 +3 @@\n{RED}{ROOF}") == "f: hunk 2 fits at lines 2, 5, 8"


def test_a_moved_and_a_plain_line_that_both_fit_choose_nothing() -> None:
    body = f"@@ -1 +1 @@\n-def wall():\n+def side():\n@@ -5 +5 @@\n{RED}"
    assert refusal(body) == "f: hunk 2 fits at lines 2, 5, 8"


def test_two_hunks_that_moved_alike_outweigh_the_plain_line() -> None:
    held = file("a\nb\nred\nred\n")
    body = "@@ -2 +2 @@\n-a\n+c\n@@ -3 +3 @@\n-b\n+d\n@@ -4 +4 @@\n-red\n+blue\n"
    assert chosen(body, held) == [1, 2, 3]


def test_equal_hunks_take_one_of_as_many_places_each() -> None:
    assert chosen(f"@@ @@\n{RED}" * 3) == [2, 5, 8]
    assert refusal(f"@@ @@\n{RED}" * 2) == "f: hunk 1 fits at lines 2, 5, 8"


def test_equal_hunks_take_places_only_where_they_fit_exactly() -> None:
    exact = wanted(f"@@ @@\n{RED}" * 3)
    loose = [Wanted(one.hunk, one.number, [Fit("indent", fit.rows) for fit in one.fits]) for one in exact]
    with pytest.raises(PatchError, match="hunk 1 fits at lines 2, 5, 8"):
        settled(loose, ROOMS)


def test_the_only_place_is_refused_when_the_header_names_another_definition() -> None:
    held = file("def door():\n    red\n\ndef wall():\n    blue\n")
    assert refusal("@@ @@ def wall():\n-    red\n", held) == (
        "f: hunk 1 fits at line 2, which does not lie in what its header names: def wall():"
    )


def test_a_stated_line_confirms_the_only_place_against_its_header() -> None:
    held = file("def door():\n    red\n\ndef wall():\n    blue\n")
    assert chosen(f"@@ -2 +2 @@ def wall():\n{RED}", held) == [2]


def test_two_quoted_lines_beside_a_stated_one_outweigh_the_header_and_one_does_not() -> None:
    held = file("def door():\n    red\n    green\n\ndef wall():\n    blue\n")
    header = "@@ -9,2 +9,2 @@ def wall():\n"
    assert chosen(f"{header}-    red\n+    blue\n     green\n", held) == [2]
    message = "f: hunk 1 fits at line 3, which does not lie in what its header names: def wall():"
    assert refusal(f"{header}-    green\n+    grey\n \n", held) == message


def test_the_only_place_is_refused_when_the_stated_one_differs_in_trailing_space_alone() -> None:
    held = file("red\n\nred \n")
    assert refusal("@@ -3 +3 @@\n-red\n+blue\n", held) == "f: hunk 1 fits at lines 1, 3"


def test_places_come_back_in_the_order_of_the_hunks() -> None:
    assert chosen(f"@@ @@\n-def roof():\n@@ -5 +5 @@\n{RED}@@ @@\n-def door():\n") == [7, 5, 1]
