"""Several red tests: which of them likely fail for one reason, so that one edit mends them.

As in debugging several faults in parallel (Jones et al., 2007), but one at a time: the tests that ran the line most
suspicious over all of them, and those that crashed where one of these did, come first; the others wait.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from agent.localize.spectrum import Line, line_scores
from tools.testing.layout import is_test_path
from tools.testing.results import TestRun


def next_group(
    traced: TestRun,
    targets: Sequence[str],
    tried: Collection[frozenset[str]],
    tests: Collection[str] = (),
    apart: Iterable[frozenset[str]] = (),
) -> tuple[str, ...]:
    """The red tests to solve next, in the order of `targets`; () when every way to group them was tried.

    A group that was tried in vain is tried in parts: perhaps it was not one fault. First those parts that were seen
    to turn green `apart`.
    """
    for seen in apart:
        if seen not in tried and seen <= set(targets):
            return tuple(name for name in targets if name in seen)
    group = first_group(traced, targets, tests)
    while frozenset(group) in tried:
        part = first_group(traced, group, tests, apart=True)
        if part == group:
            targets = [name for name in targets if name not in group]
            part = first_group(traced, targets, tests) if targets else ()
        group = part
    return group


def first_group(
    traced: TestRun, targets: Sequence[str], tests: Collection[str] = (), *, apart: bool = False
) -> tuple[str, ...]:
    """The red tests most likely to fail for one reason; all of them when nothing tells them apart.

    `apart`: what all of them ran, or crashed in, does not hold them together.
    """
    scores = line_scores(traced, targets, tests)
    sites = {name: crash_site(traced, name) for name in targets}

    def reached(line: Line) -> set[str]:
        return {name for name in targets if sites[name] == line or _ran(traced, name, line)}

    if apart:
        scores = {line: score for line, score in scores.items() if len(reached(line)) < len(targets)}
    if not scores or len(targets) == 1:
        return tuple(targets)
    best = max(scores.values())
    hits = [reached(line) for line, score in scores.items() if score == best]
    members = max(hits, key=lambda found: (len(found), sorted(found)))
    crashes = {sites[name] for name in members} - {None}
    if not apart:
        members |= {name for name in targets if sites[name] in crashes}
    return tuple(name for name in targets if name in members) or tuple(targets)


def crash_site(run: TestRun, name: str) -> Line | None:
    """The innermost line of product code in a failure's trace; None for one that no product code raised."""
    failure = run.failures.get(name)
    places = [] if failure is None else [(f.path, f.line) for f in failure.frames if not f.path.startswith(("/", "<"))]
    return places[-1] if places and not is_test_path(places[-1][0]) else None


def _ran(run: TestRun, name: str, line: Line) -> bool:
    path, number = line
    return number in run.lines.get(name, {}).get(path, ())
