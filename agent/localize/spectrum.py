"""Ochiai over line spectra (Abreu et al., 2006), times a factor for lines the failing tests crashed through."""

from __future__ import annotations

import ast
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from agent.core.task import Suspect
from tools.testing.layout import is_test_path
from tools.testing.results import TestRun

TRACE_FACTOR = 1.5
MAX_SUSPECTS = 2000

Line = tuple[str, int]


def locate(traced: TestRun, targets: Sequence[str], tree: Path) -> tuple[Suspect, ...]:
    """Product lines that failing tests ran, most suspicious first; equal scores are equal and ordered by place.

    `traced` is a run with lines; `targets` the red node ids; paths are relative to `tree`.
    """
    failing = [lines for name, lines in traced.lines.items() if _stands_for(targets, name)]
    passing = [traced.lines[name] for name in traced.green if name in traced.lines]
    scores = _ochiai(failing, passing)
    crashed = _crash_lines(traced, targets)
    for line in crashed:
        scores.setdefault(line, 1.0 if not failing else 0.0)  # a module that broke at import has no spectrum
    boosted = {line: score * (TRACE_FACTOR if line in crashed else 1.0) for line, score in scores.items()}
    ranked = sorted(boosted.items(), key=lambda item: (-item[1], item[0]))[:MAX_SUSPECTS]
    functions = _function_names(tree, {path for (path, _), _ in ranked})
    return tuple(
        Suspect(path, line, functions.get((path, line), "<module>"), round(score, 6), _reason((path, line), crashed))
        for (path, line), score in ranked
        if score > 0
    )


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


def _reason(line: Line, crashed: set[Line]) -> str:
    return "in the stack trace of a failing test" if line in crashed else "run by the failing tests"


def _function_names(tree: Path, paths: Iterable[str]) -> dict[Line, str]:
    names: dict[Line, str] = {}
    for path in paths:
        try:
            module = ast.parse((tree / path).read_bytes())
        except (OSError, SyntaxError, ValueError):
            continue
        _name_lines(module, path, "", names)
    return names


def _name_lines(node: ast.AST, path: str, prefix: str, names: dict[Line, str]) -> None:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            _name_lines(child, path, prefix, names)
            continue
        name = f"{prefix}{child.name}"
        if not isinstance(child, ast.ClassDef):
            names.update({(path, line): name for line in range(child.lineno, (child.end_lineno or child.lineno) + 1)})
        _name_lines(child, path, f"{name}.", names)
