"""`...` that stands for lines: on the old side it elides, on the new side it would delete what it stands for."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from tools.errors import PatchError
from tools.patch.place.fit import bare
from tools.patch.types import Hunk, Line

_MARK = re.compile(r"(?P<comment>#|//|--|/\*|<!--)?\s*(?:\.\.\.|\[\.\.\.\])(?P<words>.*)$")
_SAID = r"existing|rest|unchanged|omitted|other|remaining|more|same|code|lines?"
_DOTS = ("...", "\u2026")
_WORDS = re.compile(rf"\W*$|.*\b({_SAID})\b", re.I)
_NOTHING_ELSE = re.compile(rf"(.*\b({_SAID})\b)?\W*", re.I)
_SURE_WORDS = re.compile(r".*\b(existing|rest|unchanged|omitted|remaining|same)\b", re.I)
MOST_REPLACED = 1  # lines that a lone `...` may replace


def elides(text: str) -> bool:
    """True for a line, bare of its indentation, that stands for lines left out."""
    mark = _MARK.match(text)
    return mark is not None and bool(_WORDS.match(mark["words"]))


def refuse_placeholder(path: str, number: int, hunk: Hunk) -> None:
    """Refuse an added line that stands for code the patch takes away; real code may have `...` after a colon."""
    if not any(dots in line for line in hunk.target for dots in _DOTS):
        return
    moved = Counter(bare(line.value) for line in hunk.lines if line.line_type == "-")
    removed = sum(line.line_type == "-" and bool(line.value.strip()) for line in hunk.lines)
    target = [Line("+", ""), *(line for line in hunk.lines if line.line_type != "-")]
    for above, added in pairwise(target):
        line = bare(added.value)
        mark = _MARK.match(line)
        if mark is None or added.line_type == " " or not hunk.source:
            continue
        if moved[line]:
            moved[line] -= 1
            continue
        lone = (
            _NOTHING_ELSE.fullmatch(mark["words"]) is not None
            and removed > MOST_REPLACED
            and not bare(above.value).endswith(":")
        )
        if _SURE_WORDS.match(mark["words"]) or lone:
            message = f"{path}: hunk {number} adds the line `{line[:80]}`, which stands for code that would be lost"
            raise PatchError("placeholder", message, "write the lines out, or leave them out of the hunk", path)
