"""Mends the body of one hunk: blank lines, lost prefixes, prose after it, wrong counts, a cut end."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tools.errors import PatchError
from tools.patch.read.sections import RawHunk

NO_NEWLINE = "\\ No newline at end of file"

LONGEST_SENTENCE = 400
# A sentence, not code: a capital, at least three words, nothing a statement needs.
_SENTENCE = re.compile(r"[A-Z][\w']*,?( [\w'`.,:;/()-]+){2,}[^\[\]={}]*$")


@dataclass(frozen=True, slots=True)
class Body:
    """Lines that all carry a prefix, and how many of them stand in the old and in the new file."""

    lines: tuple[str, ...]
    source_length: int
    target_length: int


def mended(raw: RawHunk, blank: Literal[" ", "+", "-"]) -> Body:
    """The hunk's lines with their true counts; `blank` is what an empty line means, "+" in a new file."""
    wanted = (raw.numbers[1], raw.numbers[3]) if raw.numbers else None
    own = raw.body[: _prose_start(raw.body, blank, wanted)]
    lines = [_prefixed(line, blank) for line in _without_blank_end(own, blank, wanted)]
    if raw.cut and wanted and blank == " " and not _ends_in_change(lines):
        lines += [" "] * _stripped_blanks(_counts(lines, blank), wanted)
    body = Body(tuple(_markers_in_place(lines)), *_counts(lines, blank))
    last = raw.last and len(own) == len(raw.body)
    half_a_line = raw.cut and "".join(raw.body[-1:]).rstrip() in ("+", "-")
    if last and wanted and (half_a_line or _looks_cut(body, wanted, cut=raw.cut)):
        message = f"patch line {raw.line}: the text ends before this hunk does"
        raise PatchError("truncated", message, "send the whole patch again, or write @@ without numbers", line=raw.line)
    return body


def _ends_in_change(lines: Sequence[str]) -> bool:
    """Then a text without a line end may be cut in the middle of that line."""
    return "".join(lines[-1:]).startswith(("+", "-"))


def _stripped_blanks(counts: tuple[int, int], wanted: tuple[int, int]) -> int:
    """Blank context lines that went when the text was stripped; the file must hold them, or nothing fits."""
    missing = wanted[0] - counts[0]
    return missing if 0 < missing <= 3 and wanted[1] - counts[1] == missing else 0


def _prefixed(line: str, blank: str) -> str:
    if _is_blank(line):
        return blank + line
    return line if line[0] in " +-\\" else " " + line


def _is_blank(line: str) -> bool:
    return line in ("", "\r")


def _counts(lines: Sequence[str], blank: str) -> tuple[int, int]:
    kinds = [line[0] if not _is_blank(line) else blank for line in lines]
    return sum(kind not in "+\\" for kind in kinds), sum(kind not in "-\\" for kind in kinds)


def _without_blank_end(body: Sequence[str], blank: str, wanted: tuple[int, int] | None) -> Sequence[str]:
    """Drop the blank lines at the end that the header does not count."""
    solid = _stripped(body)
    return body[: len(solid) + _counted_blanks(_counts(solid, blank), blank, wanted, len(body) - len(solid))]


def _counted_blanks(counts: tuple[int, int], blank: str, wanted: tuple[int, int] | None, most: int) -> int:
    """How many blank lines at the end make the header's counts true; none when no number does."""
    missing = max(wanted[0] - counts[0], wanted[1] - counts[1]) if wanted else 0
    if not 0 < missing <= most:
        return 0
    with_blanks = (counts[0] + missing * (blank != "+"), counts[1] + missing * (blank != "-"))
    return missing if with_blanks == wanted else 0


def _prose_start(body: Sequence[str], blank: str, wanted: tuple[int, int] | None) -> int:
    """Where prose begins among the lines after the last change; the end of the body when there is none."""
    tail = next((at + 1 for at in range(len(body) - 1, -1, -1) if body[at][:1] in ("+", "-", "\\")), 0)
    for at in range(tail, len(body)):
        if _is_blank(body[at]) or body[at].startswith(" "):
            continue
        after_blank = at > 0 and _is_blank(body[at - 1])
        counted = wanted in (_counts(body[:at], blank), _counts(_stripped(body[:at]), blank))
        return at if counted or (after_blank and _SENTENCE.match(body[at][:LONGEST_SENTENCE])) else len(body)
    return len(body)


def _stripped(lines: Sequence[str]) -> Sequence[str]:
    end = len(lines)
    while end and _is_blank(lines[end - 1]):
        end -= 1
    return lines[:end]


def _markers_in_place(lines: Sequence[str]) -> list[str]:
    """Keep a no-newline marker only after the last line of its side, the one place where it can be true."""
    kept: list[str] = []
    for at, line in enumerate(lines):
        if not line.startswith("\\"):
            kept.append(line)
        elif kept and kept[-1][0] != "\\" and _is_last(lines[at + 1 :], kept[-1][0]):
            kept.append(NO_NEWLINE)
    return kept


def _is_last(following: Sequence[str], kind: str) -> bool:
    opposite = {"+": "-", "-": "+"}.get(kind, "")
    return all(line[0] in ("\\", opposite) for line in following)


MOST_CONTEXT = 3  # lines that end a hunk


def _looks_cut(body: Body, wanted: tuple[int, int], *, cut: bool) -> bool:
    """Counts are often wrong, so a short body alone is no proof: it must also end where a hunk does not."""
    missing = (wanted[0] - body.source_length, wanted[1] - body.target_length)
    leading = _context_length(body.lines)
    trailing = _context_length(body.lines[::-1])
    if (cut and max(missing) > 0) or (min(missing) > 0 and max(missing) > MOST_CONTEXT):
        return True
    # What replaces the lines removed last is missing, or much of a hunk that ends with a change.
    without_its_new_lines = missing[1] > 0 and "".join(body.lines[-1:]).startswith("-")
    if trailing == 0 and (without_its_new_lines or max(missing) > max(3, wanted[1] // 4)):
        return True
    # As many lines short on both sides, and no more than a hunk's last context: no change went with them. But an
    # addition at the very end needs what follows it to be sure of its place.
    only_context = missing[0] == missing[1] and not _ends_in_addition(body.lines)
    return min(missing) > 0 and trailing < min(leading, 3) and not only_context


def _ends_in_addition(lines: Sequence[str]) -> bool:
    kinds = "".join(line[0] for line in lines).rstrip("\\")
    return kinds.endswith("+") and not kinds.rstrip("+").endswith("-")


def _context_length(lines: Sequence[str]) -> int:
    return next((at for at, line in enumerate(lines) if not line.startswith(" ")), len(lines))
