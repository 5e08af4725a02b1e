"""Which of several places is meant: told by the headers and by where the other hunks are, never by nearness."""

from __future__ import annotations

from bisect import bisect, bisect_left, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from tools.patch.place import scope
from tools.patch.place.fit import FileLines, Fit
from tools.patch.place.near import ambiguous, contradicted
from tools.patch.types import Hunk, Line

LOOSEST = "trailing-space"
LOOSELY = "indent"  # as any line of the file is quoted when it is quoted less exactly
ENOUGH_LINES = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """A hunk on its way to a place: all the places it fits, by its strictest rule."""

    hunk: Hunk
    number: int
    fits: Sequence[Fit]

    @property
    def stated(self) -> int | None:
        """The line its header states, 0-based."""
        return None if self.hunk.source_start is None else self.hunk.source_start - 1


def settled(wanted: Sequence[Wanted], file: FileLines) -> list[Fit]:
    """One place for each hunk; PatchError `ambiguous` for the first that has several and nothing to tell them apart."""
    evidence = _Evidence(wanted, file)
    for at, one in enumerate(wanted):
        if len(one.fits) == 1:
            evidence.refuse_contradiction(at)
            evidence.place(at, one.fits[0])
    for at, one in enumerate(wanted):
        if len(one.fits) > 1:
            evidence.place(at, evidence.chosen(at))
    return [evidence.sure[at] for at in range(len(wanted))]


class _Evidence:
    """What is known so far: the hunks that are placed, and how far those with numbers are from their stated lines."""

    def __init__(self, wanted: Sequence[Wanted], file: FileLines) -> None:
        self._wanted = wanted
        self._file = file
        self.sure: dict[int, Fit] = {}
        self._numbered: list[int] = []  # the placed ones, rising
        self._offsets: dict[int, int] = {}
        self._distinct: set[int] = set()
        self._starts: dict[tuple[Line, ...], dict[int, list[Fit]]] = {}

    def place(self, at: int, fit: Fit) -> None:
        """Settle a hunk."""
        self.sure[at] = fit
        stated = self._wanted[at].stated
        if stated is not None:
            insort(self._numbered, at)
            self._offsets[at] = fit.start - stated
            self._distinct.add(fit.start - stated)

    def refuse_contradiction(self, at: int) -> None:
        """Two witnesses who disagree: the headers name another place, or the stated line fits, only less exactly."""
        one, file = self._wanted[at], self._file
        fit = one.fits[0]
        if not one.hunk.source:
            return
        expected = self._expected(at)
        confirmed = fit.start in expected or (one.stated is not None and not _is_thin(one.hunk))
        header = "" if confirmed else scope.outside(fit, one.hunk, file)
        if header:
            raise contradicted(one.number, file.path, fit.start, header)
        for place in expected:
            if place != fit.start and file.fits(LOOSELY, one.hunk.source, place):
                raise ambiguous(one.hunk, one.number, file.path, (fit.start, place))

    def chosen(self, at: int) -> Fit:
        """The one of several places that the headers and the other hunks speak for."""
        one = self._wanted[at]
        named = scope.inside(one.fits, one.hunk, self._file)
        stated = self._where_stated(at)
        if one.stated is not None and (not named or not scope.is_definite(one.hunk)):
            named = stated  # beside numbers a heading only came along, as git writes it
        both = [fit for fit in named if not stated or fit in stated]
        if len(both) == 1 and both[0].is_clear:
            return both[0]
        twin = self._twin(at)
        if twin is not None:
            return twin
        raise ambiguous(one.hunk, one.number, self._file.path, [fit.start for fit in one.fits])

    def _where_stated(self, at: int) -> list[Fit]:
        """The places at the stated line, moved as other hunks are; two when the moved and the plain line fit."""
        one = self._wanted[at]
        if one.stated is None:
            return []
        agreed = len(self._offsets) > 1 and len(self._distinct) == 1
        lines = self._expected(at) | (set() if agreed else {one.stated})
        if one.hunk.lines not in self._starts:
            self._starts[one.hunk.lines] = {}
            for fit in one.fits:
                self._starts[one.hunk.lines].setdefault(fit.start, []).append(fit)
        starts = self._starts[one.hunk.lines]
        return [fit for line in sorted(lines) for fit in starts.get(line, ())]

    def _expected(self, at: int) -> set[int]:
        """The stated line, moved as the nearest placed hunks before and after it are; unmoved when there is none."""
        stated = self._wanted[at].stated
        if stated is None:
            return set()
        following = bisect(self._numbered, at)
        near = [*self._numbered[max(following - 1, 0) : following], *self._numbered[following : following + 1]]
        return {stated + self._offsets[index] for index in near} or {stated}

    @cached_property
    def _equal(self) -> Mapping[tuple[Line, ...], list[int]]:
        """The hunks that say the same, by their lines."""
        groups: dict[tuple[Line, ...], list[int]] = {}
        for at, one in enumerate(self._wanted):
            groups.setdefault(one.hunk.lines, []).append(at)
        return groups

    def _twin(self, at: int) -> Fit | None:
        """As many equal hunks as places: each takes one, and it does not matter which."""
        one = self._wanted[at]
        twins = self._equal[one.hunk.lines]
        if len(twins) != len(one.fits) or len(twins) == 1 or one.fits[0].rule != "exact":
            return None
        return one.fits[bisect_left(twins, at)]


def _is_thin(hunk: Hunk) -> bool:
    """True for a hunk that quotes hardly anything: beside numbers, its header counts for as much."""
    return sum(any(letter.isalnum() for letter in line) for line in hunk.source) < ENOUGH_LINES
