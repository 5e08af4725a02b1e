"""Patches and files of sizes that nobody writes by hand: decided in time that grows with their size, or refused."""

from pathlib import Path

import pytest

from tools.errors import PatchError
from tools.patch import apply_patch, decide, parse_patch

MANY = 30_000
LONG = "word " * 200_000


def test_ten_thousand_hunks_in_one_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("".join(f"line {n}\n" for n in range(MANY)))
    hunks = (f"@@ -{n + 1} +{n + 1} @@\n-line {n}\n+new {n}\n" for n in range(0, MANY, 3))
    apply_patch("--- a/a.txt\n+++ b/a.txt\n" + "".join(hunks), tmp_path)
    expected = "".join(f"{'line' if n % 3 else 'new'} {n}\n" for n in range(MANY))
    assert (tmp_path / "a.txt").read_text() == expected


def test_a_line_of_a_megabyte_is_edited_around(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"{LONG}\nb\n")
    apply_patch(f"--- a/a.txt\n+++ b/a.txt\n@@\n {LONG}\n-b\n+c\n", tmp_path)
    assert (tmp_path / "a.txt").read_text() == f"{LONG}\nc\n"


@pytest.mark.parametrize("kind", [" ", "-"])
def test_a_line_of_a_megabyte_is_quoted_as_it_is_or_refused(kind: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"{LONG}\nb\nreturn first, second\n")
    patch = f"--- a/a.txt\n+++ b/a.txt\n@@\n{kind}{LONG[:-5]}work\n-b\n+c\n return first, second\n"
    with pytest.raises(PatchError) as refusal:
        decide(parse_patch(patch), tmp_path)
    assert (refusal.value.code, len(str(refusal.value)) < 2000) == ("no-match", True)


def test_a_place_among_a_hundred_thousand_is_refused_in_a_few_lines(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x = 1\n" * 100_000)
    with pytest.raises(PatchError) as refusal:
        decide(parse_patch("--- a/a.txt\n+++ b/a.txt\n@@\n x = 1\n-x = 1\n+x = 2\n x = 1\n"), tmp_path)
    said = "a.txt: hunk 1 fits at lines 1, 2, 3, 4, 5, 6, 7, 8 and 99990 more"
    assert (refusal.value.code, refusal.value.message) == ("ambiguous", said)


def test_a_patch_that_begins_with_a_byte_order_mark_is_the_patch(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a\n")
    apply_patch("\ufeff--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-a\n+b\n", tmp_path)
    assert (tmp_path / "a.txt").read_text() == "b\n"
