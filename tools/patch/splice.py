"""One file's text with its hunks applied, all of them or none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tools.errors import PatchError
from tools.patch.place.elision import refuse_placeholder
from tools.patch.place.evidence import LOOSEST
from tools.patch.place.fit import RULES, FileLines, Fit, bare
from tools.patch.place.locate import STRICT, TIERS, Located, Tier, locate
from tools.patch.place.scope import inside
from tools.patch.types import BOM, Hunk, Line, Placement

ALREADY_APPLIED = "already_applied"
LAST_RULE = list(RULES)[-1]


@dataclass(frozen=True, slots=True)
class _Run:
    """Old lines `start` up to `end` (0-based) and what stands there afterwards."""

    start: int
    end: int
    text: str
    hunk: int


def apply_hunks(path: str, hunks: Sequence[Hunk], text: str) -> tuple[str, tuple[Placement, ...]]:
    """The new text, and where each hunk went; one that does not fit surely, or is there already, is a PatchError."""
    # A patch that says nothing of the byte order mark leaves it alone, even when it changes the first line.
    mark = BOM if text.startswith(BOM) and not any(BOM in line.value for hunk in hunks for line in hunk.lines) else ""
    file = FileLines.of(path, text.removeprefix(mark))
    for number, hunk in enumerate(hunks, 1):
        refuse_placeholder(path, number, hunk)
    try:
        located = locate(hunks, file)
    except PatchError as error:
        if _fits_reversed(hunks, file, by_headers=error.code == "ambiguous"):
            raise already_applied(path) from error
        raise
    there = [found.placement.hunk for found in located if _is_there(found, file)]
    if there and _fits_reversed(hunks, file, by_headers=False):
        raise already_applied(path)
    if there:
        message = f"{path}: hunk {there[0]} looks applied already: its new lines are in the file"
        raise PatchError("partly_applied", message, f"look at {path} again and send only what is missing", path)
    placements = tuple(_truly(found.placement, mark) for found in located)
    return mark + _spliced(path, file.lines, located), placements


def _truly(placement: Placement, mark: str) -> Placement:
    """A first line that only fits without its byte order mark does not fit exactly."""
    loose = mark and placement.start == 1 and placement.rule == "exact"
    return replace(placement, rule="line-end") if loose else placement


def already_applied(path: str) -> PatchError:
    """The refusal of a patch whose result is what the file holds."""
    return PatchError(ALREADY_APPLIED, f"{path}: the patch is applied already", "nothing is left to do here", path)


def is_applied(path: str, hunks: Sequence[Hunk], text: str) -> bool:
    """True when every hunk's new side stands in the text."""
    return _fits_reversed(hunks, FileLines.of(path, text), by_headers=False)


def _fits_reversed(hunks: Sequence[Hunk], file: FileLines, *, by_headers: bool) -> bool:
    """True when the new side of all hunks stands in the file, and where their headers say if that is asked."""
    turned = [_reversed(hunk) for hunk in hunks]
    try:
        located = locate(turned, file, _telling(hunks, TIERS))
    except PatchError:
        return False
    if not all(_adds_what_is_there(found) for found in located):
        return False
    return not by_headers or all(_as_stated(found, file) for found in located)


def _adds_what_is_there(turned: Located) -> bool:
    """True when every line a reversed hunk takes away, that is every added one, is in the file as it is written."""
    written, held = (
        [bare(line.value) for line in side.lines if line.line_type == "-"] for side in (turned.written, turned.hunk)
    )
    return written == held


def _telling(hunks: Sequence[Hunk], tiers: Mapping[str, Tier] = STRICT) -> Mapping[str, Tier]:
    """The rules under which no hunk's new side looks like its old one."""

    def tells(rule: str) -> bool:
        key = RULES.get(rule, RULES[LAST_RULE])
        return all(key(hunk.source) != key(hunk.target) for hunk in hunks)

    return {rule: tier for rule, tier in tiers.items() if tells(rule)}


def _as_stated(found: Located, file: FileLines) -> bool:
    hunk = found.written
    if hunk.source_start is not None:
        return found.placement.drift == 0
    start = found.placement.start - 1
    return bool(inside([Fit("exact", tuple(range(start, start + hunk.source_length)))], hunk, file))


def _reversed(hunk: Hunk) -> Hunk:
    turned = {"+": Line("-", ""), "-": Line("+", ""), " ": Line(" ", "")}
    lines = tuple(replace(turned[line.line_type], value=line.value) for line in hunk.lines)
    return replace(
        hunk,
        source_start=hunk.target_start,
        source_length=hunk.target_length,
        target_start=hunk.source_start,
        target_length=hunk.source_length,
        lines=lines,
    )


def _is_there(found: Located, file: FileLines) -> bool:
    """A hunk that fits although its new side stands in the file: open at an end, or moved to a look-alike."""
    # A hunk misquoted or indented otherwise as the file would have it, too.
    hunks = (found.written,) if found.placement.rule in STRICT else (found.written, found.hunk)
    stands = any(hunk.target and _stands_at_place(found, hunk, file) for hunk in hunks)
    return stands and LOOSEST in _telling([found.written])


def _stands_at_place(found: Located, hunk: Hunk, file: FileLines) -> bool:
    start, target, stated = found.placement.start - 1, hunk.target, found.written.target_start
    is_strict = found.placement.rule in STRICT
    says_something = any(line.line_type == "+" and line.value.strip() for line in hunk.lines)
    if is_strict and not says_something and stated is not None and found.placement.drift == 0:
        # Blank lines are like those around them, but it is the very line that the header states. Only the end of the
        # file has nothing after it that they could be like.
        is_longer = len(target) > hunk.source_length
        return is_longer and start + len(target) == len(file.lines) and file.fits(LOOSEST, target, start)
    # What is added begins or ends like the lines it stands between: the old side fits again within the new one.
    if _stands_around(target, start, hunk, file):
        return True
    left = len(file.lines) - start - hunk.source_length
    while target and not target[-1].strip() and left <= (0 if is_strict else len(target)):
        target = target[:-1]  # a blank line at the end of a file is hardly one
    if is_strict and left == 0 and _stands_around(target, start, hunk, file):
        return True
    if not target:
        return False
    if not is_strict:
        if not says_something:
            return False  # nothing but what is to be removed tells the two sides apart, and that is there
        near = range(start - len(target), start + len(target) + 1)
        return any(place in near for place in file.places(LOOSEST, target))
    return found.placement.drift != 0 and stated is not None and file.fits(LOOSEST, hunk.target, stated - 1)


def _stands_around(target: Sequence[str], start: int, hunk: Hunk, file: FileLines) -> bool:
    """True when a new side that is longer than the old one stands where that does."""
    grown = len(target) - hunk.source_length
    return grown > 0 and any(file.fits(LOOSEST, target, at) for at in range(start - grown, start + 1))


def _spliced(path: str, lines: Sequence[str], located: Sequence[Located]) -> str:
    runs = sorted((run for found in located for run in _runs(found)), key=lambda run: (run.start, run.end))
    for earlier, later in pairwise(runs):
        _refuse_overlap(path, earlier, later)
    pieces: list[str] = []
    at = 0
    for run in runs:
        pieces += lines[at : run.start]
        pieces.append(run.text)
        at = run.end
    return "".join([*pieces, *lines[at:]])


def _runs(found: Located) -> list[_Run]:
    """The hunk's stretches of changed lines."""
    runs: list[_Run] = []
    at = start = found.placement.start - 1
    added: list[str] = []
    for line in (*found.hunk.lines, Line(" ", "")):
        if line.line_type == " ":
            if added or at > start:
                runs.append(_Run(start, at, "".join(added), found.placement.hunk))
            at, start, added = at + 1, at + 1, []
        elif line.line_type == "-":
            at += 1
        else:
            added.append(line.value)
    return runs


def _refuse_overlap(path: str, earlier: _Run, later: _Run) -> None:
    touching = later.start == earlier.end and (later.start == later.end or earlier.start == earlier.end)
    if earlier.hunk != later.hunk and (later.start < earlier.end or touching):
        message = f"{path}: hunks {earlier.hunk} and {later.hunk} change the same lines, near line {later.start + 1}"
        raise PatchError("overlap", message, "join them into one hunk", path, later.start + 1)
