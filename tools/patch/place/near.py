"""Words for a hunk that found no place, or several: what the patch says next to what the file holds."""

from collections.abc import Sequence

from tools.errors import PatchError
from tools.patch.types import Hunk, numbered

SHOWN_PLACES = 8
# Enough to find the near miss; a file of a million equal lines must not take long to refuse.
TRIED_PLACES = 200
COMPARED_LINES = 200


def ambiguous(hunk: Hunk, number: int, path: str, places: Sequence[int]) -> PatchError:
    """The refusal of a hunk that fits in several places (0-based)."""
    listed = ", ".join(str(at + 1) for at in places[:SHOWN_PLACES])
    more = f" and {len(places) - SHOWN_PLACES} more" if len(places) > SHOWN_PLACES else ""
    message = f"{path}: hunk {number} fits at lines {listed}{more}"
    hint = "add unchanged lines before and after until only one place fits, or give the right line in the @@ header"
    return PatchError("ambiguous", message, hint, path, places[0] + 1)


def contradicted(number: int, path: str, place: int, header: str) -> PatchError:
    """The refusal of a hunk that fits in one place (0-based), which is not where its header says."""
    message = f"{path}: hunk {number} fits at line {place + 1}, which does not lie in what its header names: {header}"
    hint = "name the function around the change, or leave the header bare"
    return PatchError("ambiguous", message, hint, path, place + 1)


def no_context(number: int, path: str) -> PatchError:
    """The refusal of a hunk that quotes nothing of the file that says where it belongs."""
    message = f"{path}: hunk {number} quotes no line of the file, so its place is not certain"
    return PatchError("no-context", message, "add unchanged lines around the new ones", path)


def no_match(hunk: Hunk, number: int, path: str, lines: Sequence[str]) -> PatchError:
    """The refusal of a hunk that fits nowhere, with its first diverging line where it comes closest."""
    hint = f"look at {path} again and quote its lines exactly"
    source = hunk.source
    start = _nearest_start(source, lines)
    if start is None:
        first = next((line for line in source if line.strip()), "")
        message = f"{path}: no line of hunk {number} is in the file, which has {len(lines)} lines; it begins with"
        return PatchError("no-match", f"{message}\n        {first.strip()[:160]}", hint, path)
    at = next((at for at in range(len(source)) if not _same(source, lines, start, at)), len(source) - 1)
    line = start + at
    held = numbered(lines[max(line - 2, 0) : line + 3], max(line - 2, 0) + 1) if line < len(lines) else _end(lines)
    says = f"{path}: hunk {number} does not fit; its line {at + 1} of {len(source)} says"
    message = f"{says}\n        {source[at].rstrip()[:160]}\nwhere the file has\n{held}"
    return PatchError("no-match", message, hint, path, line + 1)


def _end(lines: Sequence[str]) -> str:
    return f"{numbered(lines[-2:], max(len(lines) - 1, 1))}\n        (end of file)"


def _same(source: Sequence[str], lines: Sequence[str], start: int, at: int) -> bool:
    return 0 <= start + at < len(lines) and source[at].strip() == lines[start + at].strip()


def _nearest_start(source: Sequence[str], lines: Sequence[str]) -> int | None:
    """The place where most lines agree, indentation aside; None when none does."""
    known: dict[str, list[int]] = {}
    for at, line in enumerate(lines):
        known.setdefault(line.strip(), []).append(at)
    quoted = source[:COMPARED_LINES]
    starts = {
        position - at
        for at, line in enumerate(quoted)
        if line.strip()
        for position in known.get(line.strip(), ())[:TRIED_PLACES]
        if position >= at
    }
    tried = sorted(starts)[: TRIED_PLACES * 5]
    return max(tried, key=lambda start: sum(_same(quoted, lines, start, at) for at in range(len(quoted))), default=None)
