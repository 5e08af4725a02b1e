"""Lines that differ: the steps from one text to another, and that what is alike at both ends costs nothing."""

import pytest

from tools.difference import changed_lines, common_ends, opcodes

CASES = [
    ("abc", "abc", []),
    ("abc", "axc", [("replace", 1, 2, 1, 2)]),
    ("ac", "abc", [("insert", 1, 1, 1, 2)]),
    ("aab", "ab", [("delete", 1, 2, 1, 1)]),
    ("", "a", [("insert", 0, 0, 0, 1)]),
    ("a", "", [("delete", 0, 1, 0, 0)]),
    ("aXbYc", "aXXbc", [("insert", 2, 2, 2, 3), ("delete", 3, 4, 4, 4)]),
]


@pytest.mark.parametrize(("old", "new", "expected"), CASES)
def test_steps_lead_from_one_text_to_the_other(
    old: str, new: str, expected: list[tuple[str, int, int, int, int]]
) -> None:
    assert changed_lines(old, new) == expected
    made = "".join(old[a:b] if tag == "equal" else new[c:d] for tag, a, b, c, d in opcodes(old, new))
    assert made == new
    assert "".join(old[a:b] for _, a, b, _, _ in opcodes(old, new)) == old


def test_common_ends_do_not_overlap() -> None:
    assert (common_ends("aaa", "aa"), common_ends("abca", "abda"), common_ends("", "a")) == ((2, 0), (2, 1), (0, 0))
