"""Finds where each hunk fits: strictest rule first, one place only, and refuses when the evidence leaves two."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tools.patch.place.align import aligned
from tools.patch.place.evidence import LOOSEST, Wanted, settled
from tools.patch.place.fit import FileLines, Fit, plain
from tools.patch.place.indent import learned
from tools.patch.place.near import no_context, no_match
from tools.patch.place.own import own_hunk
from tools.patch.types import Hunk, Line, Placement

Tier = Callable[[Hunk, FileLines], list[Fit]]


@dataclass(frozen=True, slots=True)
class Located:
    """A hunk that fits: its placement, the hunk with the file's own lines where the patch quotes, and as written."""

    placement: Placement
    hunk: Hunk
    written: Hunk


def _alike(rule: str) -> Tier:
    def fits(hunk: Hunk, file: FileLines) -> list[Fit]:
        size = hunk.source_length
        return [Fit(rule, tuple(range(start, start + size))) for start in file.places(rule, hunk.source)]

    return fits


def _indented_otherwise(hunk: Hunk, file: FileLines) -> list[Fit]:
    """All lines alike but for their indentation, shifted in one way that also tells that of the added lines."""
    source, found = hunk.source, []
    for start in file.places("indent", source):
        held = file.lines[start : start + len(source)]
        indentation = learned(hunk, zip(source, held, strict=True))
        if indentation is not None:
            found.append(Fit("indent", tuple(range(start, start + len(source))), indentation))
    return found


def _without_prefix(hunk: Hunk, file: FileLines) -> list[Fit]:
    """Context lines that begin with their own first space, the one that marks them as context being lost."""
    context = [line.line_type == " " for line in hunk.lines if line.line_type != "+"]
    return [
        Fit("lost-prefix", tuple(range(start, start + len(context))))
        for start in file.places("indent", hunk.source)
        if all(
            plain(held) == plain(quoted) or (loose and plain(held) == plain(f" {quoted}"))
            for loose, quoted, held in zip(context, hunk.source, file.lines[start:], strict=False)
        )
    ]


STRICT: Mapping[str, Tier] = {rule: _alike(rule) for rule in ("exact", "line-end", "trailing-space")}
TIERS: Mapping[str, Tier] = {
    **STRICT,
    "punctuation": _alike("punctuation"),
    "lost-prefix": _without_prefix,
    "indent": _indented_otherwise,
    "aligned": aligned,
}


UNSEEN = ("exact", "line-end")


def locate(hunks: Sequence[Hunk], file: FileLines, tiers: Mapping[str, Tier] = TIERS) -> tuple[Located, ...]:
    """Place every hunk in the old file; the first that fits nowhere, or in two places, is a PatchError.

    A hunk that says again what one says of the same place is left out.
    """
    wanted = _once(list(_wanted(hunks, file, tiers)))
    return tuple(_located(one, fit, file) for one, fit in zip(wanted, settled(wanted, file), strict=True))


def _wanted(hunks: Sequence[Hunk], file: FileLines, tiers: Mapping[str, Tier]) -> Iterator[Wanted]:
    """The hunks with all the places that fit; equal ones are looked for once."""
    known: dict[tuple[tuple[Line, ...], bool, bool], list[Fit]] = {}
    for number, hunk in enumerate(hunks, 1):
        if not any(map(str.strip, hunk.source)):
            yield Wanted(hunk, number, _without_words(hunk, number, file))
            continue
        key = (hunk.lines, hunk.ends_file, hunk.source_start is None)
        if key not in known:
            known[key] = _fits(hunk, number, file, tiers)
        yield Wanted(hunk, number, known[key])


def _once(wanted: Sequence[Wanted]) -> list[Wanted]:
    """Without hunks that say the same of the same single place again."""
    if len(wanted) == 1:
        return [*wanted]
    kept = {(one.hunk, one.fits[0].rows if len(one.fits) == 1 else one.number): one for one in reversed(wanted)}
    return sorted(kept.values(), key=lambda one: one.number)


def _located(wanted: Wanted, fit: Fit, file: FileLines) -> Located:
    stated = wanted.hunk.source_start
    drift = 0 if stated is None or not fit.rows else fit.start + 1 - stated
    own = own_hunk(wanted.hunk, fit, file.lines)
    start = own.source_start if own.source_start and own.source_length else fit.start + 1
    return Located(Placement(file.path, wanted.number, start, fit.rule, drift), own, wanted.hunk)


def _fits(hunk: Hunk, number: int, file: FileLines, tiers: Mapping[str, Tier]) -> list[Fit]:
    """Every place the strictest rule finds that finds any; what quotes no word must stand in the file as it is."""
    has_words = any(letter.isalnum() for line in hunk.source for letter in line)
    for rule, tier in tiers.items():
        if not has_words and rule not in UNSEEN:
            break
        found = [fit for fit in tier(hunk, file) if _can_end_here(fit, hunk, file)]
        if len(found) == 1 and hunk.source_start is None and rule in UNSEEN and LOOSEST in tiers:
            # Nobody sees trailing space: without numbers, a place that lacks it is no better than one that has it.
            alike = [fit for fit in tiers[LOOSEST](hunk, file) if _can_end_here(fit, hunk, file)]
            found = alike if len(alike) > 1 else found
        if found:
            return found
    raise no_match(hunk, number, file.path, file.lines)


def _without_words(hunk: Hunk, number: int, file: FileLines) -> list[Fit]:
    """Nothing quoted is sure only in an empty file; of blank lines only the header says where they are."""
    if not hunk.source and not file.lines:
        return [Fit("exact", ())]
    start = (hunk.source_start or 0) - 1
    if not hunk.source or not file.fits("exact", hunk.source, start):
        raise no_context(number, file.path)
    return [Fit("exact", tuple(range(start, start + hunk.source_length)))]


def _can_end_here(fit: Fit, hunk: Hunk, file: FileLines) -> bool:
    """A new last line without a line end, and what is said to end the file, can only stand at its end."""
    ends = hunk.ends_file or (bool(hunk.target) and not hunk.target[-1].endswith("\n"))
    return not ends or fit.rows[-1] == len(file.lines) - 1
