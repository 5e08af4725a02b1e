"""Ochiai over line spectra (Abreu et al., 2006), times a factor for lines the failing tests crashed through.

A third signal are names: functions that the issue names, or the failing tests in their own names, count for more.
Without a failing test the issue is all there is.
"""

from __future__ import annotations

import ast
import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.core.task import Suspect
from tools.testing.layout import is_test_path
from tools.testing.results import TestRun

TRACE_FACTOR = 1.25
NAMED_FACTOR = 1.3
TESTED_FACTOR = 1.2
LEAST_NAME = 4  # letters
HEADER_FACTOR = 0.5
SAYS_WEIGHT = 0.001  # settles ties, and hardly more
MAX_SUSPECTS = 2000

Line = tuple[str, int]


def locate(
    traced: TestRun, targets: Sequence[str], tree: Path, named: Collection[Line] = (), tests: Collection[str] = ()
) -> tuple[Suspect, ...]:
    """Product lines that failing tests ran, most suspicious first; equal scores are equal and ordered by place.

    `traced` is a run with lines; `targets` the red node ids; paths are relative to `tree`. `named` are the places of
    definitions that the issue names; `tests` are test files, whatever they are called.
    """
    scores, crashed = _spectrum(traced, targets, tests)
    functions, said = _read(tree, {path for path, _ in (*scores, *named)})
    headers = _headers(scores, functions)
    scores = headers | scores
    meant = {functions[place] for place in named if place in functions}
    if not targets:
        scores = dict.fromkeys(named, 1.0)
    tested = _tested({functions[line] for line in scores if line in functions}, targets)
    signals = {
        line: _Signals(bool(targets), line in crashed, found in meant, line in headers, found in tested)
        for line, found in ((line, functions.get(line)) for line in scores)
    }
    boosted = {line: score * signals[line].factor * _weight(said[line]) for line, score in scores.items()}
    ranked = sorted(boosted.items(), key=lambda item: (-item[1], item[0]))[:MAX_SUSPECTS]
    return tuple(
        Suspect(*line, functions[line].name if line in functions else "<module>", round(score, 6), signals[line].reason)
        for line, score in ranked
        if score > 0
    )


def line_scores(traced: TestRun, targets: Sequence[str], tests: Collection[str] = ()) -> dict[Line, float]:
    """Ochiai of each product line, times the factor of the stack trace."""
    scores, crashed = _spectrum(traced, targets, tests)
    return {line: score * (TRACE_FACTOR if line in crashed else 1.0) for line, score in scores.items()}


def _spectrum(traced: TestRun, targets: Sequence[str], tests: Collection[str]) -> tuple[dict[Line, float], set[Line]]:
    """Ochiai of each line outside `tests`, and the lines that the targets crashed through."""
    failing = [lines for name, lines in traced.lines.items() if _stands_for(targets, name)]
    passing = [traced.lines[name] for name in traced.green if name in traced.lines]
    scores, crashed = _ochiai(failing, passing), _crash_lines(traced, targets)
    for line in crashed:
        scores.setdefault(line, 1.0 if not failing else 0.0)  # a module that broke at import has no spectrum
    return {line: score for line, score in scores.items() if line[0] not in tests}, crashed


@dataclass(frozen=True, slots=True)
class Function:
    """A function's place: the line of its `def`; its header goes from its first decorator to its body."""

    path: str
    line: int
    name: str
    header: range = range(0)


@dataclass(frozen=True, slots=True)
class _Signals:
    """What speaks for a line beside the spectrum."""

    ran: bool
    crashed: bool
    named: bool
    header: bool
    tested: bool

    @property
    def factor(self) -> float:
        factors = ((self.crashed, TRACE_FACTOR), (self.named, NAMED_FACTOR), (self.tested, TESTED_FACTOR))
        return math.prod(factor for speaks, factor in factors if speaks)

    @property
    def reason(self) -> str:
        ran = "in the stack trace of a failing test" if self.crashed else "run by the failing tests" if self.ran else ""
        ran = "defines what the failing tests ran" if self.header and not self.crashed else ran
        tested = "named by a failing test" if self.tested else ""
        return ", ".join(filter(None, [ran, tested, "named by the issue" if self.named or not self.ran else ""]))


def _headers(scores: Mapping[Line, float], functions: Mapping[Line, Function]) -> dict[Line, float]:
    """Decorators and default values run when a module is imported: what they define speaks for them, by half."""
    best: dict[Function, float] = {}
    for line, score in scores.items():
        if line in functions:
            best[functions[line]] = max(score, best.get(functions[line], 0.0))
    lines = {(found.path, line): HEADER_FACTOR * score for found, score in best.items() for line in found.header}
    return {line: score for line, score in lines.items() if line not in scores}


def _tested(functions: Collection[Function], targets: Sequence[str]) -> set[Function]:
    """Those whose name a failing test has in its own, as `test_wrap_long` has `wrap`."""
    tests = {target.partition("::")[2].partition("[")[0].lower() for target in targets}
    names = {found: found.name.rpartition(".")[2].strip("_").lower() for found in functions}
    return {found for found, name in names.items() if len(name) >= LEAST_NAME and any(name in test for test in tests)}


def _stands_for(targets: Sequence[str], name: str) -> bool:
    return name in targets or name.split("::")[0] in targets


def _ochiai(
    failing: Sequence[Mapping[str, frozenset[int]]], passing: Sequence[Mapping[str, frozenset[int]]]
) -> dict[Line, float]:
    by_failing, by_passing = _counts(failing), _counts(passing)
    return {
        line: hits / math.sqrt(len(failing) * (hits + by_passing[line]))
        for line, hits in by_failing.items()
        if not is_test_path(line[0])
    }


def _counts(spectra: Iterable[Mapping[str, frozenset[int]]]) -> Counter[Line]:
    return Counter((path, line) for spectrum in spectra for path, lines in spectrum.items() for line in lines)


def _crash_lines(traced: TestRun, targets: Sequence[str]) -> set[Line]:
    frames = [
        frame for name, failure in traced.failures.items() if _stands_for(targets, name) for frame in failure.frames
    ]
    return {(f.path, f.line) for f in frames if not f.path.startswith(("/", "<")) and not is_test_path(f.path)}


def _read(tree: Path, paths: Iterable[str]) -> tuple[dict[Line, Function], Counter[Line]]:
    """The innermost function around every line in one; and how many names, values and operations begin there."""
    found: dict[Line, Function] = {}
    said: Counter[Line] = Counter()
    for path in paths:
        try:
            module = ast.parse((tree / path).read_bytes())
        except (OSError, SyntaxError, ValueError):
            continue
        _note_lines(module, path, "", found)
        said.update((path, node.lineno) for node in ast.walk(module) if isinstance(node, ast.expr))
    return found, said


def _weight(said: int) -> float:
    """Of equally suspicious lines, one that says more has more to be wrong in."""
    return 1 + SAYS_WEIGHT * math.log1p(said)


def _note_lines(node: ast.AST, path: str, prefix: str, found: dict[Line, Function]) -> None:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            _note_lines(child, path, prefix, found)
            continue
        name = f"{prefix}{child.name}"
        if not isinstance(child, ast.ClassDef):
            first = min([child.lineno, *(decorator.lineno for decorator in child.decorator_list)])
            function = Function(path, child.lineno, name, range(first, child.body[0].lineno))
            found.update({(path, line): function for line in range(first, (child.end_lineno or child.lineno) + 1)})
        _note_lines(child, path, f"{name}.", found)
