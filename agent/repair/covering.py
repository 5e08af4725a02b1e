"""Passing tests that may tell whether an edit breaks something, the quickest first."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate

from agent.repair.functions import function_lines
from agent.repair.source import Module
from tools.testing.results import TestRun

MAX_COVERING = 200
MAX_COVERING_SECONDS = 4.0


def covering_tests(
    spectrum: TestRun, module: Module, line: int, seconds: float = MAX_COVERING_SECONDS
) -> tuple[str, ...]:
    """Green tests that run the function around `line` (or the file, when it is in none), quickest first.

    Those that run the line itself come before the others. Together they take at most so many seconds: the judge's run
    of the whole suite has the last word anyway.
    """
    lines = function_lines(module, line)
    green = set(spectrum.green)
    found = {
        name: line not in ran
        for name, files in spectrum.lines.items()
        if name in green and (ran := files.get(module.path)) and (lines is None or not ran.isdisjoint(lines))
    }
    return _affordable(spectrum, found, seconds)[:MAX_COVERING]


def green_tests(spectrum: TestRun, seconds: float) -> tuple[str, ...]:
    """All green tests that together take so many seconds: for what ran while modules were imported, in no test."""
    return _affordable(spectrum, dict.fromkeys(spectrum.green, True), seconds)


def _affordable(spectrum: TestRun, later: Mapping[str, bool], seconds: float) -> tuple[str, ...]:
    """The quickest of these tests, those first that are not to come `later`; one at least."""
    found = sorted(later, key=lambda name: (later[name], spectrum.durations.get(name, 0.0), name))
    spent = accumulate(spectrum.durations.get(name, 0.0) for name in found)
    affordable = [name for name, spent_until in zip(found, spent, strict=True) if spent_until <= seconds]
    return tuple(affordable or found[:1])
