"""How much of a patch is word for word the reference solution."""

import pytest

from agent.batch.contamination import Contamination, contamination


def diff(path: str, *hunks: str) -> str:
    bodies = "".join(f"@@ @@\n{hunk}" for hunk in hunks)
    return f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n{bodies}"


ONE = " a\n-b\n+c\n d\n"
TWO = " x\n-y\n+z\n+zz\n w\n"
GOLD = diff("lamp.py", ONE, TWO)


@pytest.mark.parametrize(
    ("patch", "found"),
    [
        (GOLD, Contamination(2, 2, 5)),
        (diff("lamp.py", ONE), Contamination(1, 2, 2)),
        (diff("lamp.py", TWO.replace(" w\n", " w\n v\n u\n")), Contamination(1, 2, 3)),
        (diff("lamp.py", " x\n-y\n+z\n w\n"), Contamination(0, 2, 0)),
        (diff("shade.py", ONE), Contamination(0, 2, 0)),
        ("no patch", Contamination(0, 2, 0)),
    ],
    ids=["all", "one of two", "with more context", "a part of a change", "another file", "not readable"],
)
def test_a_change_counts_when_its_lines_are_the_same_in_the_same_file(patch: str, found: Contamination) -> None:
    assert contamination(patch, GOLD) == found


@pytest.mark.parametrize(("patch", "gold"), [("", GOLD), (GOLD, ""), (GOLD, "no patch")])
def test_without_a_patch_or_a_reference_there_is_no_score(patch: str, gold: str) -> None:
    assert contamination(patch, gold) is None


def test_tests_do_not_count() -> None:
    assert contamination(GOLD, GOLD + diff("tests/test_lamp.py", ONE)) == Contamination(2, 2, 5)


def test_the_row_holds_the_share() -> None:
    assert Contamination(1, 3, 4).row() == {"score": 0.3333, "matched": 1, "changes": 3, "lines": 4}
