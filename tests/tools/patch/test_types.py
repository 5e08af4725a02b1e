"""Splices and the way between bytes, text and lines."""

import pytest

from tools.errors import PatchError
from tools.patch import Edit, apply_edit, decode, decode_patch, encode, split_lines


def test_an_edit_replaces_a_span_of_characters() -> None:
    assert apply_edit("x = 1\ny = 2\n", Edit("m.py", 4, 5, "10")) == "x = 10\ny = 2\n"
    assert apply_edit("ab", Edit("m.py", 1, 1, "-")) == "a-b"
    assert apply_edit("ab", Edit("m.py", 2, 2, "!")) == "ab!"


@pytest.mark.parametrize(("start", "end"), [(-1, 1), (2, 1), (0, 4)])
def test_an_edit_outside_the_text_is_refused(start: int, end: int) -> None:
    with pytest.raises(PatchError) as refusal:
        apply_edit("abc", Edit("m.py", start, end, ""))
    assert (refusal.value.code, refusal.value.path) == ("bad-span", "m.py")


def test_bytes_that_are_not_utf8_survive_as_text() -> None:
    assert encode(decode(b"caf\xe9 \xf0\x9f\x98\x80\r\n")) == b"caf\xe9 \xf0\x9f\x98\x80\r\n"


@pytest.mark.parametrize("codec", ["utf-16", "utf-8"])
def test_a_patch_may_come_as_shells_write_what_a_command_prints(codec: str) -> None:
    assert decode_patch("-a\n+\u00e9\n".encode(codec)) == "-a\n+\u00e9\n"


def test_half_a_character_is_no_utf16_patch() -> None:
    assert encode(decode_patch(b"\xff\xfea")) == b"\xff\xfea"


def test_lines_end_at_line_feeds_only() -> None:
    assert split_lines("a\r\nb\x0cc\u2028d\re") == ["a\r\n", "b\x0cc\u2028d\re"]
    assert split_lines("a\n") == ["a\n"]
    assert split_lines("") == []
