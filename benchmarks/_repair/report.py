"""The tables of the repair benchmark, and the patches that are not right, for reading."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks._repair.values import EQUAL, RIGHT, SAME_TREE, Attempt, Planted
from benchmarks._result import Result, at_least, at_most

Z = 1.96


@dataclass(frozen=True, slots=True)
class Case:
    """A bug and what came of it."""

    planted: Planted
    attempt: Attempt


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share, in percent."""
    if not of:
        return 0.0, 100.0
    share, square = hits / of, Z * Z / of
    middle = (share + square / 2) / (1 + square)
    reach = Z * math.sqrt(share * (1 - share) / of + square / (4 * of)) / (1 + square)
    return round(100 * (middle - reach), 1), round(100 * (middle + reach), 1)


def percent(hits: float, of: int) -> float:
    return round(100 * hits / of, 1) if of else 0.0


def quantile(values: Sequence[float], share: float) -> float:
    """The value that this share does not exceed; 0 of none."""
    ordered = sorted(values)
    return round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 2) if ordered else 0.0


def _count(cases: Iterable[Case], holds: Callable[[Attempt], bool]) -> int:
    return sum(holds(case.attempt) for case in cases)


def figures(cases: Sequence[Case]) -> dict[str, float]:
    """Every figure of some cases, by names that carry the unit."""
    count, proved = len(cases), [case for case in cases if case.attempt.status == "proved"]
    right, right_proved = _count(cases, lambda one: one.right), _count(proved, lambda one: one.right)
    low, high = wilson(right_proved, len(proved))
    seconds = [one.attempt.search_seconds for one in cases if one.attempt.search_seconds is not None]
    judged = [one.attempt for one in cases if one.attempt.proof_seconds and one.attempt.suite_seconds]
    proofs = [one.proof_seconds / one.suite_seconds for one in judged]
    return {
        "bugs": count,
        "right_percent": percent(right, count),
        "same_tree_percent": percent(_count(cases, lambda o: o.accepted and o.opinion.word == SAME_TREE), count),
        "equal_behaviour_percent": percent(_count(cases, lambda o: o.accepted and o.opinion.word == EQUAL), count),
        "plausible_percent": percent(_count(cases, lambda one: one.accepted), count),
        "proved_percent": percent(len(proved), count),
        "proved_right_percent": percent(right_proved, len(proved)),
        "proved_right_low_percent": low,
        "proved_right_high_percent": high,
        "right_called_proved_percent": percent(right_proved, right),
        "right_among_rivals_percent": percent(_count(cases, lambda o: not o.right and o.right_rival > 0), count),
        "generated_percent": percent(_count(cases, lambda one: one.generated is True), count),
        "search_median_seconds": quantile(seconds, 0.5),
        "search_90_percent_seconds": quantile(seconds, 0.9),
        "proof_median_suites": quantile(proofs, 0.5),
        "proof_90_percent_suites": quantile(proofs, 0.9),
        "core_share_median": quantile([one.attempt.core_share or 0.0 for one in cases], 0.5),
        "rejected_cold": sum(case.attempt.rejected for case in cases),
    }  # fmt: skip


HEADINGS = {"bugs": "bugs", "right": "right_percent", "tree": "same_tree_percent", "equal": "equal_behaviour_percent",
            "plausib": "plausible_percent", "proved": "proved_percent", "precis": "proved_right_percent",
            "r.prvd": "right_called_proved_percent", "gen": "generated_percent", "s med": "search_median_seconds",
            "s 90%": "search_90_percent_seconds", "proof": "proof_median_suites"}  # fmt: skip


def show(kind: str, cases: Sequence[Case]) -> None:
    """Print the tables of one kind of bugs: the figures by operator, by library and of all, and how runs ended."""
    print(f"\n{kind} bugs")
    print("".join([f"{'':22}", *(f"{heading:>8}" for heading in HEADINGS)]))
    for names in ([case.planted.bug.operator for case in cases], [case.planted.library for case in cases]):
        for name in sorted(set(names)):
            _row(name, [case for case, own in zip(cases, names, strict=True) if own == name])
        print()
    _row("all", cases)
    words = Counter(f"{case.attempt.status}, {case.attempt.opinion.word}" for case in cases)
    print("\nends: " + "; ".join(f"{number} {word}" for word, number in sorted(words.items())))
    found = figures(cases)
    interval = f"{found['proved_right_low_percent']} to {found['proved_right_high_percent']}"
    _show_choosers(cases)
    print(f"of proved {found['proved_right_percent']} % are right (95 % interval {interval})")


CHOOSERS: dict[str, Callable[[Attempt], Sequence[int]]] = {
    "ours": lambda one: one.order[:1],
    "first found": lambda one: range(1),
    "smallest": lambda one: [min(range(len(one.sizes)), key=lambda at: one.sizes[at])],
    "any, by chance": lambda one: range(len(one.choices)),
}


def _show_choosers(cases: Sequence[Case]) -> None:
    """Print how often several ways to choose are right, on bugs with several plausible edits of which one is right."""
    open_ones = [case.attempt for case in cases if len(case.attempt.choices) > 1 and case.attempt.right_place]
    for name, choose in CHOOSERS.items() if open_ones else ():
        hits = sum(_right_share(one, choose(one)) for one in open_ones)
        print(f"chosen {name}: {percent(hits, len(open_ones))} % right of {len(open_ones)} with a right edit to choose")


def _right_share(one: Attempt, picked: Sequence[int]) -> float:
    return sum(one.choices[at] in RIGHT for at in picked) / len(picked)


def _row(name: str, cases: Sequence[Case]) -> None:
    found = figures(cases)
    print("".join([f"{name[:21]:22}", *(f"{found[key]:8g}" for key in HEADINGS.values())]))


LEAST = {"right_percent": 60, "plausible_percent": 85, "proved_right_percent": 92, "right_called_proved_percent": 60}
MOST = {"search_median_seconds": 3, "search_90_percent_seconds": 20, "rejected_cold": 0}
TRUE_LEAST = {"true_right_percent": 25}


def result(planted: Sequence[Case], true: Sequence[Case]) -> Result:
    """The figures against the goals, of those kinds that there were."""
    found = figures(planted) if planted else {}
    found |= {f"true_{name}": figure for name, figure in figures(true).items()} if true else {}
    least = {name: at_least(found[name], bound) for name, bound in (LEAST | TRUE_LEAST).items() if name in found}
    return Result(found, least | {name: at_most(found[name], bound) for name, bound in MOST.items() if name in found})


def write_wrong(cases: Sequence[Case], path: Path) -> None:
    """Write down every case without a right patch, with its bug, its patch and why."""
    path.write_text("\n".join(_story(case) for case in cases if not case.attempt.right), encoding="utf-8")


def _story(case: Case) -> str:
    bug, attempt = case.planted.bug, case.attempt
    opinion, red = attempt.opinion, len(case.planted.red)
    counted = f" ({opinion.inputs} inputs)" if opinion.inputs else ""
    return "\n".join([
        f"=== {attempt.name}: {attempt.status}, {opinion.word}{counted}",
        f"bug: {bug.operator} in {case.planted.library} {bug.path}:{bug.line} {bug.function}; {red} red",
        f"  was: {bug.before_line.strip()}",
        f"  now: {bug.after_line.strip()}",
        f"why: {opinion.why}" if opinion.why else f"said: {attempt.reason}",
        f"tried {attempt.tried} of {attempt.candidates}, plausible {attempt.plausible}",
        f"right edit: generated {attempt.generated}, place among the plausible ones {attempt.right_place or 'none'},"
        f" among the rivals {attempt.right_rival or 'none'}",
        attempt.patch or "(no patch)",
    ])  # fmt: skip


def compare(cases: Sequence[Case], others: dict[str, Attempt]) -> None:
    """Print the bugs on which an earlier run came out otherwise."""
    for case in cases:
        other = others.get(case.attempt.name)
        if other is None:
            continue
        was, now = _said(other), _said(case.attempt)
        if was != now:
            print(f"{case.attempt.name} {case.planted.bug.operator}: {was} -> {now}")


def _said(attempt: Attempt) -> str:
    return f"{attempt.status} {'right' if attempt.right else 'wrong'}"
