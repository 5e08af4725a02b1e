"""Patches that behave alike are one group: the largest speaks first, by its smallest member."""

from agent.repair.clusters import clusters
from tools.patch import Edit

TEXT = "def f(a):\n    return a < 1\n\n\nLIMIT = 1\n"


def whole(text: str) -> Edit:
    """The file replaced by another text."""
    return Edit("m.py", 0, len(TEXT), text)


def test_without_a_lab_equal_syntax_is_alike_whatever_its_layout() -> None:
    edits = [
        whole(TEXT.replace("a < 1", "a < 3")),
        whole(TEXT.replace("a < 1", "(a) <= 1  # may be one")),
        whole(TEXT.replace("a < 1", "a <= 1")),
        whole(TEXT.replace("a < 1", "a <")),
    ]
    assert clusters(None, {"m.py": TEXT}, edits, ()) == [[2, 1], [3], [0]]
