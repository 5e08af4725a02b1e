"""The syntax check: Python that parsed must still parse."""

import pytest

from tools.errors import PatchError
from tools.patch import Change, still_parses


def test_python_that_would_no_longer_parse_is_refused_with_its_line() -> None:
    with pytest.raises(PatchError) as refusal:
        still_parses(Change("m.py", b"x = 1\ny = 2\n", b"x = 1\ny = = 2\n", 0o644))
    assert (refusal.value.code, refusal.value.path, refusal.value.line) == ("syntax", "m.py", 2)
    assert refusal.value.message == "m.py: line 2 would no longer parse: invalid syntax\n    1 | x = 1\n    2 | y = = 2"


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("m.py", b"x = 1\n", b"x = 2\n"),
        ("m.txt", b"x = 1\n", b"x = = 2\n"),
        ("m.py", b"print 1\n", b"print 2\n"),
        ("m.py", None, b"print 2\n"),
        ("m.py", b"x = 1\n", None),
        ("m.py", b"x = 1\n", b"x = '\\d'\n"),
        ("m.py", b"# coding: latin-1\nx = '\xe9'\n", b"# coding: latin-1\ny = '\xe9'\n"),
    ],
)
def test_everything_else_passes(path: str, before: bytes | None, after: bytes | None) -> None:
    still_parses(Change(path, before, after, 0o644))
