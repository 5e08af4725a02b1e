"""Which of several places is meant: told by the headers and by where the other hunks are, never by nearness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tools.patch.place import scope
from tools.patch.place.fit import FileLines, Fit
from tools.patch.place.near import ambiguous, contradicted
from tools.patch.types import Hunk

LOOSEST = "trailing-space"
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
    sure: dict[int, Fit] = {at: one.fits[0] for at, one in enumerate(wanted) if len(one.fits) == 1}
    for at, fit in list(sure.items()):
        _refuse_contradiction(wanted, at, fit, sure, file)
    for at in range(len(wanted)):
        if at not in sure:
            sure[at] = _chosen(wanted, at, sure, file)
    return [sure[at] for at in range(len(wanted))]


def _refuse_contradiction(wanted: Sequence[Wanted], at: int, fit: Fit, sure: dict[int, Fit], file: FileLines) -> None:
    """Two witnesses who disagree: the headers name another place, or the stated line fits too, only less exactly."""
    one = wanted[at]
    if not one.hunk.source:
        return
    expected = _expected(wanted, at, {index: found for index, found in sure.items() if index < at})
    confirmed = fit.start in expected or (one.stated is not None and not _is_thin(one.hunk))
    header = "" if confirmed else scope.outside(fit, one.hunk, file)
    if header:
        raise contradicted(one.number, file.path, fit.start, header)
    for place in expected:
        if place != fit.start and file.fits(LOOSEST, one.hunk.source, place):
            raise ambiguous(one.hunk, one.number, file.path, (fit.start, place))


def _is_thin(hunk: Hunk) -> bool:
    """True for a hunk that quotes hardly anything: beside numbers, its header counts for as much."""
    return sum(any(letter.isalnum() for letter in line) for line in hunk.source) < ENOUGH_LINES


def _chosen(wanted: Sequence[Wanted], at: int, sure: dict[int, Fit], file: FileLines) -> Fit:
    one = wanted[at]
    named = scope.inside(one.fits, one.hunk, file)
    stated = _where_stated(wanted, at, sure)
    if one.stated is not None and (not named or not scope.is_definite(one.hunk)):
        named = stated  # beside numbers a heading only came along, as git writes it
    both = [fit for fit in named if not stated or fit in stated]
    if len(both) == 1:
        return both[0]
    twin = _twin(wanted, at, sure)
    if twin is not None:
        return twin
    raise ambiguous(one.hunk, one.number, file.path, [fit.start for fit in one.fits])


def _where_stated(wanted: Sequence[Wanted], at: int, sure: dict[int, Fit]) -> list[Fit]:
    """The places at the stated line, moved as the hunks around it are; two when the moved and the plain line fit."""
    one = wanted[at]
    if one.stated is None:
        return []
    expected = _expected(wanted, at, sure)
    offsets = _offsets(wanted, sure)
    agreed = len(offsets) > 1 and len(set(offsets.values())) == 1
    lines = expected if agreed else expected | {one.stated}
    return [fit for fit in one.fits if fit.start in lines]


def _expected(wanted: Sequence[Wanted], at: int, sure: dict[int, Fit]) -> set[int]:
    """The stated line, moved as far as the nearest sure hunks before and after it are; unmoved when there is none."""
    stated = wanted[at].stated
    if stated is None:
        return set()
    offsets = _offsets(wanted, sure)
    before = [offset for index, offset in offsets.items() if index < at]
    after = [offset for index, offset in offsets.items() if index > at]
    near = {*before[-1:], *after[:1]} or {0}
    return {stated + offset for offset in near}


def _offsets(wanted: Sequence[Wanted], sure: dict[int, Fit]) -> dict[int, int]:
    """How far each sure hunk is from its stated line."""
    return {at: sure[at].start - (wanted[at].stated or 0) for at in sorted(sure) if wanted[at].stated is not None}


def _twin(wanted: Sequence[Wanted], at: int, sure: dict[int, Fit]) -> Fit | None:
    """As many equal hunks as places: each takes one, and it does not matter which."""
    one = wanted[at]
    twins = [index for index, other in enumerate(wanted) if other.hunk.lines == one.hunk.lines]
    if len(twins) != len(one.fits) or len(twins) == 1 or one.fits[0].rule != "exact":
        return None
    taken = {sure[index].rows for index in twins if index in sure}
    return next((fit for fit in one.fits if fit.rows not in taken), None)
