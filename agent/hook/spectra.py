"""What tests ran, carried from the tree before a change to the tree after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from agent.hook.impact import Impact
from tools.difference import opcodes
from tools.testing.layout import files_of
from tools.testing.results import TestRun
from tools.testing.select import MOST_LINES, FileChange

Lines = Mapping[str, frozenset[int]]


def carried_over(impact: Impact, run: TestRun) -> TestRun:
    """All that is known after a complete run of what a change can affect; node ids are relative to the tree.

    Tests that were not run ran nothing that changed: their lines move with the text around them.
    """
    texts = impact.texts
    again = set(files_of(name for name in impact.tests if "::" not in name))
    kept = [
        name
        for name in impact.known.statuses
        if name not in run.statuses and name.split("::")[0] in texts and name.split("::")[0] not in again
    ]
    moves = {change.path: _moves(change, texts[change.path]) for change in impact.changes if change.path in texts}
    lines = {name: _moved(impact.known.lines[name], moves) for name in kept if _is_sharp(impact.known, name)}
    return replace(
        run,
        statuses={**{name: impact.known.statuses[name] for name in kept}, **run.statuses},
        lines={**lines, **run.lines},
        failures={},
        durations={**{name: impact.known.durations.get(name, 0.0) for name in kept}, **run.durations},
    )


def _is_sharp(known: TestRun, name: str) -> bool:
    """Whether a test's lines are known; blurred ones are as good as none."""
    return name in known.lines and not any(MOST_LINES in found for found in known.lines[name].values())


def _moved(lines: Lines, moves: Mapping[str, Mapping[int, int]]) -> Lines:
    return {
        path: frozenset(moves[path][line] for line in found if line in moves[path]) if path in moves else found
        for path, found in lines.items()
    }


def _moves(change: FileChange, text: str) -> dict[int, int]:
    """Where the lines of the old text that are still there went."""
    before, after = change.text.split("\n"), text.split("\n")
    kept = (step for step in opcodes(before, after) if step[0] == "equal")
    return {first + n + 1: start + n + 1 for _, first, last, start, _ in kept for n in range(last - first)}
