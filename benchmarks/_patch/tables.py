"""Counts outcomes; a rate is the mean over damage classes, so that each class weighs alike."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from benchmarks._patch.values import FORMS, Case, Category

ACCEPTABLE: Mapping[Category, tuple[str, ...]] = {
    "enough": ("exact",),
    "may_refuse": ("exact", "refused"),
    "must_refuse": ("refused",),
}
ACCIDENTS = ("wrong", "noop", "half", "escape")


@dataclass(frozen=True, slots=True)
class Tried:
    """A case and what one applier did with it."""

    case: Case
    outcome: str
    message: str

    @property
    def acceptable(self) -> bool:
        """True when the outcome is among those the case's category allows."""
        return self.outcome in ACCEPTABLE[self.case.category]


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares from 0 to 1, each a mean over the classes that have such cases; None where none has."""

    enough_exact: float | None
    wrong: float | None
    noop: float | None
    half: float | None
    escape: float | None
    may_right: float | None
    must_refused: float | None


def rates(tried: Sequence[Tried]) -> Rates:
    """The rates of one applier over some cases."""
    enough, may, must = ([row for row in tried if row.case.category == name] for name in ACCEPTABLE)
    return Rates(
        rate(enough, "exact"),
        rate(tried, "wrong"),
        rate(tried, "noop"),
        rate(tried, "half"),
        rate(tried, "escape"),
        rate(may, "exact"),
        rate(must, "refused"),
    )


def rate(tried: Iterable[Tried], outcome: str) -> float | None:
    """The share of this outcome, as a mean over classes."""
    classes: dict[str, list[bool]] = {}
    for row in tried:
        classes.setdefault(row.case.damage, []).append(row.outcome == outcome)
    return fmean(fmean(hits) for hits in classes.values()) if classes else None


def interval(hits: int, total: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    z = 1.96
    middle = (hits + z * z / 2) / (total + z * z)
    reach = z * (hits * (total - hits) / total + z * z / 4) ** 0.5 / (total + z * z)
    return middle - reach, middle + reach


def appliers_table(form: str, results: Mapping[str, Sequence[Tried]], absent: Iterable[str]) -> str:
    """One line an applier."""
    head = f"{form:24}  exact  wrong   noop   half  escape | right if weak | refused if it must | cases"
    lines = [head]
    for name, tried in results.items():
        found = rates(tried)
        shares = (found.enough_exact, found.wrong, found.noop, found.half, found.escape)
        line = "  ".join(f"{_percent(share):>5}" for share in shares)
        line += f"  | {_percent(found.may_right):>13} | {_percent(found.must_refused):>18} | {len(tried):5}"
        lines.append(f"  {name:22}  {line}")
    return "\n".join([*lines, *(f"  {name:22}  not installed" for name in absent)])


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"


def counts_line(tried: Sequence[Tried]) -> str:
    """Plain counts by category, with the interval of the first."""
    parts = []
    for category in ACCEPTABLE:
        found = Counter(row.outcome for row in tried if row.case.category == category)
        parts.append(f"{category}: " + ", ".join(f"{name} {count}" for name, count in found.most_common()))
    enough = [row.acceptable for row in tried if row.case.category == "enough"]
    if enough:
        low, high = interval(sum(enough), len(enough))
        parts[0] += f" ({100 * low:.1f}-{100 * high:.1f} % exact)"
    return "; ".join(parts)


def classes_table(tried: Sequence[Tried]) -> str:
    """One line a class: acceptable outcomes of all, exact ones in brackets, accidents marked."""
    lines = [f"{'class':26}" + "".join(f"{form:>22}" for form in FORMS)]
    for damage in dict.fromkeys(row.case.damage for row in tried):
        cells = [_cell([row for row in tried if (row.case.damage, row.case.form) == (damage, form)]) for form in FORMS]
        lines.append(f"{damage:26}" + "".join(f"{cell:>22}" for cell in cells))
    return "\n".join(lines)


def _cell(tried: Sequence[Tried]) -> str:
    if not tried:
        return ""
    exact = sum(row.outcome == "exact" for row in tried)
    bad = Counter(row.outcome for row in tried if row.outcome in ACCIDENTS)
    marks = "".join(f" {count} {name}!" for name, count in bad.items())
    return f"{sum(row.acceptable for row in tried)}/{len(tried)} ({exact}){marks}"
