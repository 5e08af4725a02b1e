"""Finds where each hunk fits: strictest rule first, one place only, and refuses when the evidence leaves two."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tools.errors import PatchError
from tools.patch.near import ambiguous, no_match
from tools.patch.types import Hunk, Line, Placement

Rule = Callable[[str], str]


def _exact(line: str) -> str:
    return line


def _without_line_end(line: str) -> str:
    return line.rstrip("\r\n")


# Two lines are the same when the rule makes them equal; strictest first.
RULES: Mapping[str, Rule] = {"exact": _exact, "line-end": _without_line_end, "trailing-space": str.rstrip}
LOOSEST = list(RULES)[-1]


@dataclass(frozen=True, slots=True)
class Located:
    """A hunk that fits: its placement, and the hunk with the file's own lines where the patch quoted them."""

    placement: Placement
    hunk: Hunk


@dataclass(frozen=True, slots=True)
class FileLines:
    """A file's lines, indexed by each rule when it is first asked for."""

    path: str
    lines: Sequence[str]
    keys: dict[str, list[str]] = field(default_factory=dict)
    positions: dict[str, dict[str, list[int]]] = field(default_factory=dict)

    def fits(self, rule: str, wanted: Sequence[str], at: int) -> bool:
        """True when the wanted lines stand at a 0-based place."""
        if at < 0 or at + len(wanted) > len(self.lines):
            return False
        if wanted and not wanted[-1].endswith("\n") and at + len(wanted) != len(self.lines):
            return False
        return self._keys(rule)[at : at + len(wanted)] == [RULES[rule](line) for line in wanted]

    def places(self, rule: str, wanted: Sequence[str]) -> list[int]:
        """All 0-based places where the wanted lines stand."""
        if not wanted[-1].endswith("\n"):
            last = len(self.lines) - len(wanted)
            return [last] if self.fits(rule, wanted, last) else []
        keys, index = self._keys(rule), self._positions(rule)
        sought = [RULES[rule](line) for line in wanted]
        rarest = min(range(len(sought)), key=lambda at: len(index.get(sought[at], ())))
        starts = (position - rarest for position in index.get(sought[rarest], ()) if position >= rarest)
        return [start for start in starts if keys[start : start + len(sought)] == sought]

    def _keys(self, rule: str) -> list[str]:
        if rule not in self.keys:
            self.keys[rule] = [RULES[rule](line) for line in self.lines]
        return self.keys[rule]

    def _positions(self, rule: str) -> dict[str, list[int]]:
        if rule not in self.positions:
            index: dict[str, list[int]] = {}
            for at, key in enumerate(self._keys(rule)):
                index.setdefault(key, []).append(at)
            self.positions[rule] = index
        return self.positions[rule]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A hunk on its way to a place; `stated` and `expected` are 0-based, `expected` with the drift so far."""

    hunk: Hunk
    number: int
    stated: int | None
    expected: int | None


def locate(hunks: Iterable[Hunk], file: FileLines) -> tuple[Located, ...]:
    """Place every hunk in the old file; the first that fits nowhere, or in two places, is a PatchError."""
    found: list[Located] = []
    drift = 0
    for number, hunk in enumerate(hunks, 1):
        stated = None if hunk.source_start is None else hunk.source_start - 1
        start, rule = _place(_Wanted(hunk, number, stated, None if stated is None else stated + drift), file)
        # Headers count in the old file: what one hunk was off, the next is likely off too.
        drift = drift if stated is None else start - stated
        placement = Placement(file.path, number, start + 1, rule, 0 if stated is None else drift)
        found.append(Located(placement, own_hunk(hunk, start, rule, file.lines)))
    return tuple(found)


def _place(wanted: _Wanted, file: FileLines) -> tuple[int, str]:
    hunk = wanted.hunk
    if not file.lines and not hunk.source:
        return 0, "exact"
    if not any(line.strip() for line in hunk.source) and not _blank_at_stated(wanted, file):
        message = f"{file.path}: hunk {wanted.number} quotes no line of the file, so its place is not certain"
        raise PatchError("no-context", message, "add unchanged lines around the new ones", file.path)
    for rule in RULES:
        places = _possible(file.places(rule, hunk.source), hunk, file)
        if places:
            return _chosen(places, wanted, file), rule
    raise no_match(hunk, wanted.number, file.path, file.lines)


def _blank_at_stated(wanted: _Wanted, file: FileLines) -> bool:
    source, expected = wanted.hunk.source, wanted.expected
    return bool(source) and expected is not None and file.fits("exact", source, expected)


def _possible(places: Sequence[int], hunk: Hunk, file: FileLines) -> list[int]:
    """A new last line without a line end can only stand at the end of the file."""
    if not hunk.target or hunk.target[-1].endswith("\n"):
        return list(places)
    return [at for at in places if at + hunk.source_length == len(file.lines)]


def _chosen(places: Sequence[int], wanted: _Wanted, file: FileLines) -> int:
    """The only place, or the one the header states; never the nearest, never the first."""
    stated, expected = wanted.stated, wanted.expected
    if len(places) == 1:
        # The stated line fits as well, only less exactly: two witnesses who disagree.
        rivals = expected is not None and expected != places[0] and file.fits(LOOSEST, wanted.hunk.source, expected)
        if not rivals:
            return places[0]
        raise ambiguous(wanted.hunk, wanted.number, file.path, (places[0], expected or 0))
    if expected is not None and expected in places and (stated == expected or stated not in places):
        return expected
    raise ambiguous(wanted.hunk, wanted.number, file.path, places)


def own_hunk(hunk: Hunk, start: int, rule: str, lines: Sequence[str]) -> Hunk:
    """The hunk as the file at hand would have it: its own lines where quoted, its line ends on added ones."""
    own: list[Line] = []
    at = start
    for line in hunk.lines:
        if line.line_type != "+":
            own.append(Line(line.line_type, lines[at]))
            at += 1
        elif rule == "exact":
            own.append(line)
        else:
            own.append(Line("+", _bare(line.value) + _line_end(lines, at)))
    if rule != "exact" and at == len(lines):
        own = _with_final_newline(own, hunk, lines)
    source_start = start + 1 if hunk.source_length else start
    return replace(hunk, source_start=source_start, lines=tuple(own))


def _bare(value: str) -> str:
    return value.removesuffix("\n").removesuffix("\r")


def _line_end(lines: Sequence[str], at: int) -> str:
    """The line end used just before a place, else just after it."""
    ended = [line for line in (*lines[max(at - 2, 0) : at][::-1], *lines[at : at + 1]) if line.endswith("\n")]
    return "\r\n" if ended and ended[0].endswith("\r\n") else "\n"


def _with_final_newline(own: Sequence[Line], hunk: Hunk, lines: Sequence[str]) -> list[Line]:
    """At the end of the file: a final newline stays or stays missing, unless the patch says that it changes."""
    stated_before, stated_after = (side[-1:] == [] or side[-1].endswith("\n") for side in (hunk.source, hunk.target))
    after = stated_after if stated_before != stated_after else lines[-1].endswith("\n")
    last = max((at for at, line in enumerate(own) if line.line_type != "-"), default=-1)
    fixed: list[Line] = []
    for at, line in enumerate(own):
        if line.line_type == "+" and at == last and not after:
            fixed.append(Line("+", _bare(line.value)))
        elif line.line_type == " " and at != last and not line.value.endswith("\n"):
            fixed += [Line("-", line.value), Line("+", line.value + _line_end(lines, len(lines)))]
        else:
            fixed.append(line)
    return fixed
