"""Does a patch hold enough to say the one place of each hunk? Found by brute force, with no applier's code."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from benchmarks._patch.drafting import applied, indentation
from benchmarks._patch.values import Category, Draft, FileDraft, Form, Hunk, Quoted

ORDER: tuple[Category, ...] = ("enough", "may_refuse", "must_refuse")
FEWEST_LINES = 3  # that must stay right beside a misquoted one
LOOKS_ALIKE = {
    **dict.fromkeys("\u2018\u2019\u201b", "'"),
    **dict.fromkeys("\u201c\u201d", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
    "\u2026": "...",
}
_FOLDED = str.maketrans(LOOKS_ALIKE)


class Undecidable(Exception):
    """The patch points, with all it says, to another place than the true one: nobody could know."""


def worst(categories: Iterable[Category]) -> Category:
    """The one that asks for most caution."""
    return max(categories, key=ORDER.index, default="enough")


def folded(line: str) -> str:
    """A line as a lenient reader sees it: no white space, plain punctuation."""
    return re.sub(r"\s+", "", line.translate(_FOLDED))


def weigh(draft: Draft, form: Form) -> Category:
    """What may be asked of a careful reader who sees the patch and the file; raises Undecidable."""
    found: list[Category] = []
    for file in draft.files:
        if file.old_path is not None and file.new_path is not None:
            found += _weigh_file(draft, form, file)
    return worst(found)


def _weigh_file(draft: Draft, form: Form, file: FileDraft) -> list[Category]:
    numbered = form == "unified" and draft.style.header == "numbers"
    found: list[Category] = []
    drift = _drift_of_a_sure_one(file)
    for hunk in file.hunks:
        rivals, near = rival_shifts(file.old, hunk)
        if rivals == _twins(file, hunk) or (form == "v4a" and _ends_file(file, hunk)):
            rivals = set()
        sure: Category = _weak_quotes(file, hunk, numbered=numbered)
        if rivals:
            scopes = _scopes(draft, form, hunk)
            sure = worst([sure, _among(file, hunk, rivals, scopes, drift if numbered else None, numbered=numbered)])
        elif near:
            sure = worst([sure, "may_refuse"])
        found += [sure, _loose_insertions(hunk), *(_weigh_part(file, part) for part in _parts(hunk))]
        drift = hunk.at - hunk.start
    return found


def _drift_of_a_sure_one(file: FileDraft) -> int | None:
    """How far the first hunk that reads in one place only is from its stated line, when it is not the first of all."""
    sure = [hunk for hunk in file.hunks[1:] if not rival_shifts(file.old, hunk)[0]]
    return sure[0].at - sure[0].start if sure else None


def _twins(file: FileDraft, hunk: Hunk) -> set[int]:
    """How many lines off the equal hunks of the patch are: where each place is taken, no matter which goes where."""
    same = [(line.mark, line.text) for line in hunk.lines]
    return {
        other.at - hunk.at
        for other in file.hunks
        if other is not hunk and [(line.mark, line.text) for line in other.lines] == same
    }


def _ends_file(file: FileDraft, hunk: Hunk) -> bool:
    """The format says so, and only one place is the end."""
    return bool(hunk.source) and hunk.source[-1].origin == len(file.old) - 1


def _parts(hunk: Hunk) -> list[Hunk]:
    """The stretches between elisions that change something, where there are elisions."""
    pieces = [list(run) for dots, run in groupby(hunk.lines, key=_is_elision) if not dots]
    changing = [piece for piece in pieces if any(line.mark != " " for line in piece)]
    if len(changing) < 2:
        return []
    return [replace(hunk, lines=tuple(piece), at=_first_origin(piece, hunk.at)) for piece in changing]


def _is_elision(line: Quoted) -> bool:
    return line.mark != "+" and line.origin is None


def _first_origin(lines: Sequence[Quoted], default: int) -> int:
    return next((line.origin for line in lines if line.origin is not None), default)


def _weigh_part(file: FileDraft, part: Hunk) -> Category:
    return "may_refuse" if rival_shifts(file.old, part)[0] else "enough"


def rival_shifts(old: Sequence[str], hunk: Hunk) -> tuple[set[int], set[int]]:
    """How many lines off the hunk reads as well (all its right lines fit), or nearly (one does not)."""
    source = [line for line in hunk.source if line.origin is not None]
    exact = len(source) == len(hunk.source) and all(line.text == old[line.origin or 0] for line in source)
    exact = exact and all(right.origin == (left.origin or 0) + 1 for left, right in pairwise(source))
    keys = list(old) if exact else [folded(line) for line in old]
    known = [(line.origin or 0, key) for line in source if (key := _key(line, exact)) == keys[line.origin or 0]]
    known = [(origin, key) for origin, key in known if key or exact]
    places: dict[str, list[int]] = {}
    for at, key in enumerate(keys):
        places.setdefault(key, []).append(at)
    hits = Counter(at - origin for origin, key in known for at in places[key] if at != origin)
    truth = applied(old, [hunk])
    rivals = {shift for shift, count in hits.items() if count == len(known)}
    rivals = {shift for shift in rivals if _moved(old, hunk, shift) != truth}
    close = len(known) - 1 if not exact and len(known) > 1 else len(known)
    return rivals, {shift for shift, count in hits.items() if close <= count < len(known)}


def _key(line: Quoted, exact: bool) -> str:
    return line.text if exact else folded(line.text)


def _moved(old: Sequence[str], hunk: Hunk, shift: int) -> tuple[str, ...]:
    lines = tuple(line if line.origin is None else line._replace(origin=line.origin + shift) for line in hunk.lines)
    return applied(old, [replace(hunk, at=hunk.at + shift, lines=lines)])


def _weak_quotes(file: FileDraft, hunk: Hunk, *, numbered: bool) -> Category:
    """Quoting nothing is weak; so are misquotes among too few right lines, and a removed line misquoted."""
    right = [line for line in hunk.source if _is_right(file, line) and line.text.strip()]
    wrong = [line for line in hunk.source if line.origin is not None and not _is_right(file, line)]
    if not right and file.old:
        return "may_refuse" if numbered and hunk.start == hunk.at else "must_refuse"
    if len(wrong) > 1 or any(line.mark == "-" for line in wrong) or _only_spaces(file, hunk):
        return "may_refuse"
    gaps = wrong or any(line.origin is None for line in hunk.source)
    return "may_refuse" if gaps and len(right) < FEWEST_LINES else "enough"


def _only_spaces(file: FileDraft, hunk: Hunk) -> bool:
    """A change of nothing but white space, in a quote that is not exact there."""
    sides = ([folded(line.text) for line in side if line.text.strip()] for side in (hunk.source, hunk.target))
    inexact = any(line.origin is None or line.text != file.old[line.origin] for line in hunk.source)
    return inexact and next(sides) == next(sides)


def _is_right(file: FileDraft, line: Quoted) -> bool:
    return line.origin is not None and folded(line.text) == folded(file.old[line.origin])


def _loose_insertions(hunk: Hunk) -> Category:
    """Lines added where the quote leaves a line out: before or after it?"""
    previous: Quoted | None = None
    pending = False
    for line in hunk.lines:
        if line.mark == "+":
            pending = True
            continue
        if pending and previous is not None and previous.mark == line.mark == " " and not _adjacent(previous, line):
            return "may_refuse"
        previous, pending = line, False
    return "may_refuse" if pending and previous is not None and previous.origin is None else "enough"


def _adjacent(previous: Quoted, line: Quoted) -> bool:
    return previous.origin is not None and line.origin == previous.origin + 1


def _scopes(draft: Draft, form: Form, hunk: Hunk) -> tuple[str, ...]:
    """The classes and functions the patch names above the hunk, outermost first."""
    if form == "v4a" and draft.style.anchors in ("one", "short"):
        return hunk.scope[-1:]
    if form == "v4a" and draft.style.anchors == "stacked":
        return hunk.scope
    if form == "unified" and draft.style.header == "function":
        return hunk.scope[-1:]
    if form == "unified" and draft.style.header == "numbers" and hunk.section == "".join(hunk.scope[-1:]):
        return hunk.scope[-1:]
    return ()


def _among(
    file: FileDraft, hunk: Hunk, rivals: set[int], scopes: tuple[str, ...], drift: int | None, *, numbered: bool
) -> Category:
    """The hunk reads as well elsewhere: does anything else in the patch decide?"""
    off = hunk.at - hunk.start
    if numbered and off == 0:
        return "enough" if drift in (None, 0) or -(drift or 0) not in rivals else "may_refuse"
    if numbered and -off in rivals:
        if drift == off:
            return "may_refuse"
        raise Undecidable
    named = _names_one(file, hunk, rivals, scopes) if scopes else numbered and _follows_heading(file, hunk, rivals)
    if numbered and drift != off:
        return "may_refuse" if named else _nearest(off, rivals)
    return "enough" if numbered or named else "must_refuse"


def _names_one(file: FileDraft, hunk: Hunk, rivals: set[int], scopes: tuple[str, ...]) -> bool:
    """Of all places that read as well, only the true one lies in what the headers name."""
    spans = _spans(file.old, scopes)
    places = {hunk.at, *(hunk.at + rival for rival in rivals)}
    return {place for place in places if any(place in span for span in spans)} == {hunk.at}


def _follows_heading(file: FileDraft, hunk: Hunk, rivals: set[int]) -> bool:
    """Of all places that read as well, only the true one comes next after the line that the header quotes."""
    places = {hunk.at, *(hunk.at + rival for rival in rivals)}
    return {place for place in places if _heading(file.old, place) == hunk.section.strip()} == {hunk.at}


def _heading(lines: Sequence[str], below: int) -> str:
    """The nearest line above that begins in the first column, as git looks for it."""
    return next((lines[at].strip() for at in range(below - 1, -1, -1) if re.match(r"[A-Za-z_$]", lines[at])), "")


def _nearest(off: int, rivals: set[int]) -> Category:
    """Near the stated line and nothing else near: likely, not sure."""
    return "may_refuse" if all(abs(off) * 2 < abs(off + shift) for shift in rivals) else "must_refuse"


def _spans(lines: Sequence[str], scopes: Sequence[str]) -> list[range]:
    """The bodies that a chain of class and def lines names."""
    spans = [range(len(lines))]
    for name in scopes:
        heads = [at for span in spans for at in span if lines[at].strip() == name]
        spans = [range(at + 1, _body_end(lines, at)) for at in heads]
    return spans


def _body_end(lines: Sequence[str], head: int) -> int:
    limit = indentation(lines[head])
    below = range(head + 1, len(lines))
    return next((at for at in below if lines[at].strip() and indentation(lines[at]) <= limit), len(lines))
