"""Which tests a change can affect: those that ran a changed function, and those whose imports reach other changes.

Regression test selection by coverage (Rothermel and Harrold, 1997) at the level of functions, which holds where lines
do not: a statement may begin above the line that changed, a new line has no history.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tools.testing.imports import ImportGraph
from tools.testing.layout import is_test_configuration, is_test_path
from tools.testing.results import TestRun

Span = tuple[int, int]
# Methods that run when the class is called or made.
MAKERS = frozenset({"__init__", "__new__", "__post_init__", "__call__", "__set_name__", "__init_subclass__"})
MOST_LINES = 100_000  # of a file


@dataclass(frozen=True, slots=True)
class FileChange:
    """A changed file as the known spectra saw it: its old text ("" when it is new) and the old lines that changed.

    A line that is only inserted changes the lines before and after it. `path` is where it is or was.
    """

    path: str
    text: str
    lines: frozenset[int]


@dataclass(frozen=True, slots=True)
class Selection:
    """Node ids, and test files that are meant whole; `everything` when the change may affect any test.

    `unknown` are changed files, like data, of which nobody can say what they affect.
    """

    tests: tuple[str, ...]
    everything: bool = False
    unknown: tuple[str, ...] = ()

    def among(self, known: TestRun) -> tuple[str, ...]:
        """What to run of a known suite."""
        return tuple(known.statuses) if self.everything else self.tests


def impacted(changes: Sequence[FileChange], known: TestRun, graph: ImportGraph, *, whole: bool = True) -> Selection:
    """The tests that `changes` can affect, in the order they are known; `known` is a run with lines.

    Tests without lines, and test files that `known` has never seen, count when their imports reach a change; where
    `known` is not a run of the `whole` suite, so does every test file.
    """
    if any(is_test_configuration(change.path) for change in changes):
        return Selection((), everything=True)
    code = [change for change in changes if change.path.endswith(".py")]
    unknown = tuple(change.path for change in changes if not change.path.endswith(".py"))
    reach = graph.reach(change.path for change in code)
    functions = {change.path: _functions(change.text) for change in code}
    changed = {change.path: _changed(functions[change.path], change.lines) for change in code}
    outside = graph.reach(change.path for change in code if _changes_outside(functions[change.path], change.lines))
    called = (
        graph.calling(path, {name for found in changes for name in found.names}) for path, changes in changed.items()
    )
    outside = outside.union(*called)
    spans = {path: [found.span for found in changes] for path, changes in changed.items()}
    seen = {name.split("::")[0] for name in known.statuses}
    tests = [name for name in known.statuses if _is_affected(name, known, spans, (reach, outside))]
    new = sorted(path for path in reach if _is_test_file(path) and not (whole and path in seen))
    return Selection((*tests, *new), unknown=unknown)


def _is_affected(
    name: str, known: TestRun, spans: Mapping[str, Sequence[Span]], reached: tuple[frozenset[str], frozenset[str]]
) -> bool:
    reach, outside = reached
    file = name.split("::")[0]
    lines = known.lines.get(name)
    if lines is None:
        return file in reach
    if file in outside or file in spans:
        return True
    return any(_ran(lines.get(path, frozenset()), changed) for path, changed in spans.items())


def _ran(lines: frozenset[int], spans: Iterable[Span]) -> bool:
    return any(line in lines for start, end in spans for line in range(start, end + 1))


def _is_test_file(path: str) -> bool:
    """A file that holds tests; others among the tests only help them."""
    name = path.rsplit("/", 1)[-1]
    return is_test_path(path) and (name.startswith("test_") or name.endswith("_test.py") or name == "tests.py")


def blurred(known: TestRun, changes: Iterable[FileChange]) -> TestRun:
    """What is known, seen from after the changes: of a changed file only whether a test ran anything in it."""
    anything = frozenset(range(1, MOST_LINES + 1))
    changed = {change.path for change in changes}
    lines = {
        name: {path: anything if path in changed else found for path, found in files.items()}
        for name, files in known.lines.items()
    }
    return replace(known, lines=lines)


@dataclass(frozen=True, slots=True)
class _Function:
    """First and last line of an outermost function or method, and the names it is called by."""

    span: Span
    names: frozenset[str]

    def holds(self, line: int) -> bool:
        return self.span[0] <= line <= self.span[1]


def _changed(functions: Sequence[_Function], lines: Iterable[int]) -> list[_Function]:
    return [function for function in functions if any(map(function.holds, lines))]


def _changes_outside(functions: Sequence[_Function], lines: Iterable[int]) -> bool:
    """True where something changes that runs at import, or that cannot be told."""
    return not functions or any(not any(function.holds(line) for function in functions) for line in lines)


def _functions(text: str) -> list[_Function]:
    """The outermost functions and methods; decorators, which run at import, stay outside."""
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return []
    found: list[_Function] = []
    waiting: list[ast.AST] = [module]
    while waiting:
        holder = waiting.pop()
        for child in ast.iter_child_nodes(holder):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                makes = isinstance(holder, ast.ClassDef) and child.name in MAKERS
                names = {child.name, *([holder.name] if makes and isinstance(holder, ast.ClassDef) else [])}
                found.append(_Function((child.lineno, child.end_lineno or child.lineno), frozenset(names)))
            else:
                waiting.append(child)
    return found
