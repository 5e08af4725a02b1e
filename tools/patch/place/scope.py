"""Which places an anchor (`@@ class A`, `@@ def f`, a heading) speaks for: those inside what it names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tools.patch.place.fit import FileLines, Fit
from tools.patch.place.indent import indent_of
from tools.patch.types import Hunk

_FIRST_COLUMN = re.compile(r"[A-Za-z_$#=\[]")
_KEYWORDS = "def|class|function|func|fn|struct|type"
_DEFINES = re.compile(rf"[ \t]*(?:export\s+|public\s+|private\s+|static\s+)*(?:async\s+)?(?:{_KEYWORDS})\s+(\w+)")
_NAME = re.compile(rf"(?:{_DEFINES.pattern}|([A-Za-z_][\w.]*))\s*(?:\(.*|:|\{{)?$")


def anchors_of(hunk: Hunk) -> list[str]:
    """What a hunk's headers name, outermost first."""
    stacked = [*hunk.outer_headers, hunk.section_header]
    return [part for header in stacked if header.strip() for part in _dotted(header.strip())]


def is_definite(hunk: Hunk) -> bool:
    """True when the headers name a definition, not just any line above."""
    header = hunk.section_header.strip()
    return bool(_DEFINES.match(header)) or len(_dotted(header)) > 1


def inside(fits: Sequence[Fit], hunk: Hunk, file: FileLines) -> list[Fit]:
    """The places that lie in what the hunk's headers name, else those that come next after it, if any."""
    anchors = anchors_of(hunk)
    if not anchors:
        return []
    held = [fit for fit in fits if _holds(anchors, _around(fit, hunk, file), fit, hunk, file)]
    return held or [fit for fit in fits if _holds(anchors, _before(fit, file), fit, hunk, file)]


def outside(fit: Fit, hunk: Hunk, file: FileLines) -> str:
    """The definition the hunk's headers name elsewhere in the file, when the place does not lie in it; else ""."""
    anchors = anchors_of(hunk)
    if not is_definite(hunk) or inside([fit], hunk, file):
        return ""
    known = all(any(_names(anchor, line) for line in file.lines) for anchor in anchors)
    return " / ".join(anchors) if known else ""


def _dotted(header: str) -> list[str]:
    """`A.f` names f in A; any other header is one anchor."""
    match = re.fullmatch(r"(?:def\s+|class\s+)?([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)(?:\(.*)?:?", header)
    return match[1].split(".") if match else [header]


def _holds(anchors: Sequence[str], chain: Sequence[str], fit: Fit, hunk: Hunk, file: FileLines) -> bool:
    """True when the lines around a place are those the anchors name; the innermost may be quoted by the hunk itself."""
    *outer, inner = anchors
    at = _changed_line(fit, hunk)
    own = [file.lines[row] for row in fit.rows if row is not None and row <= at]
    if not all(any(_names(anchor, line) for line in chain) for anchor in outer):
        return False
    return any(_names(inner, line) for line in (*chain, *own))


def _around(fit: Fit, hunk: Hunk, file: FileLines) -> list[str]:
    return [file.lines[row] for row in _enclosing(file, _changed_line(fit, hunk))]


def _before(fit: Fit, file: FileLines) -> list[str]:
    """As git writes headers: the last headings before the hunk, which need not hold it, and what is around them."""
    first = next((row for row in fit.rows if row is not None), 0)
    return [file.lines[row] for heading in _headings_above(file, first) for row in _enclosing(file, heading)]


def _changed_line(fit: Fit, hunk: Hunk) -> int:
    """The 0-based file line of the first change: the first removed line, or the last one before what is added."""
    row = -1
    at = next((row for row in fit.rows if row is not None), 0)
    for line in hunk.lines:
        if line.line_type == "+":
            return at
        row += 1
        at = at if fit.rows[row] is None else fit.rows[row] or 0
        if line.line_type == "-":
            return at
    return at


def _enclosing(file: FileLines, at: int) -> Iterator[int]:
    """The line itself, and lines above that enclose it by their indentation, innermost first.

    Text in a string may lie further left than the code around it: definitions are looked for apart.
    """
    start = next((row for row in range(at, -1, -1) if file.lines[row].strip()), 0)
    yield start
    any_width = defined_width = _width(file.lines[start])
    deeper = " " * any_width
    for row in range(start - 1, -1, -1):
        line = file.lines[row]
        if deeper and line.startswith(deeper):  # most lines, and quick
            continue
        width = _width(line)
        if width >= max(any_width, defined_width) or not line.strip():
            continue
        is_definition = _DEFINES.match(line) is not None
        if (is_definition and width < defined_width) or (width < any_width and line.strip()[0] not in "#)]}\"'"):
            yield row
            any_width = min(any_width, width)
            defined_width = min(defined_width, width) if is_definition else defined_width
            deeper = " " * max(any_width, defined_width)
        if defined_width == 0:
            return


def _width(line: str) -> int:
    return len(indent_of(line).expandtabs(8))


def _headings_above(file: FileLines, at: int) -> Iterator[int]:
    """The nearest definition above a line, and the nearest line that begins in the first column."""
    for heading in (_DEFINES, _FIRST_COLUMN):
        found = next((row for row in range(at - 1, -1, -1) if heading.match(file.lines[row])), None)
        if found is not None:
            yield found


def _names(anchor: str, line: str) -> bool:
    """True when a line is what the anchor quotes, wholly or in its beginning, or defines the name it gives."""
    wanted, text = " ".join(anchor.split()), " ".join(line.split())
    if len(wanted) > 3 and text.startswith(wanted.rstrip(":{ ")):
        rest = text[len(wanted.rstrip(":{ ")) :]
        return not rest[:1].isalnum() and rest[:1] != "_"
    name, defined = _NAME.match(wanted), _DEFINES.match(text)
    return bool(name and defined and (name[1] or name[2]) == defined[1])
