"""Pieces of source for a model's eyes: a function around a line, the outline of a file."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.core.fence import fenced
from tools.patch import decode
from tools.text import numbered

LINES_AROUND = 5
LONGEST_CLASS = 60  # lines; of a longer one only the outline is shown

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Source:
    """A Python file: its lines without their ends, and its syntax tree."""

    lines: Sequence[str]
    module: ast.Module


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Lines of a file as they are, or a class's outline."""

    path: str
    first_line: int
    text: str
    is_outline: bool = False

    def holds(self, path: str, line: int) -> bool:
        """Whether a line of a file is among those shown."""
        lines = range(self.first_line, self.first_line + self.text.count("\n") + 1)
        return path == self.path and line in lines and not self.is_outline

    def __str__(self) -> str:
        if self.is_outline:
            return fenced("outline", self.text, path=self.path)
        return fenced("file", self.text, path=self.path, first_line=self.first_line)


def excerpts(tree: Path, places: Iterable[Place], room: int) -> list[Excerpt]:
    """The definitions around places (path and 1-based line), whole, each once, until `room` characters are used up."""
    shown: dict[Place, Excerpt] = {}
    sources: dict[str, Source | None] = {}
    for path, line in places:
        source = sources[path] if path in sources else sources.setdefault(path, _parsed(tree, path))
        found = around(source, path, line) if source else None
        if found is None or (path, found.first_line) in shown:
            continue
        room -= len(str(found))
        if room < 0:
            break
        shown[path, found.first_line] = found
    return list(shown.values())


def around(source: Source, path: str, line: int) -> Excerpt:
    """The innermost function around a line, the class that begins there, or else the lines next to it."""
    holding = [node for node in _definitions(source.module) if node.lineno <= line <= (node.end_lineno or 0)]
    functions = [node for node in holding if not isinstance(node, ast.ClassDef)]
    begun = next((node for node in holding if isinstance(node, ast.ClassDef) and node.lineno == line), None)
    inner = begun or max(functions, key=lambda node: node.lineno, default=None)
    lines = source.lines
    if inner is None:
        first, last = max(1, line - LINES_AROUND), min(line + LINES_AROUND, len(lines))
    else:
        first, last = inner.lineno, inner.end_lineno or inner.lineno
    if begun is not None and last - first >= LONGEST_CLASS:
        return Excerpt(path, first, "\n".join(_outline_lines(begun, lines)), is_outline=True)
    return Excerpt(path, first, "\n".join(lines[first - 1 : last]))


def outline(tree: Path, path: str) -> str | None:
    """The headers of all classes and functions of a Python file, numbered; None for a file that is none."""
    source = _parsed(tree, path)
    if source is None:
        return None
    return "\n".join(_outline_lines(source.module, source.lines)) or "(no function or class)"


def _outline_lines(node: ast.AST, lines: Sequence[str]) -> Iterator[str]:
    own = [node] if isinstance(node, ast.ClassDef) else []
    for definition in [*own, *(found for found in _definitions(node) if found is not node)]:
        yield numbered([lines[definition.lineno - 1].rstrip()], definition.lineno)


def _definitions(node: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    found = [n for n in ast.walk(node) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    return sorted(found, key=lambda definition: definition.lineno)


def _parsed(tree: Path, path: str) -> Source | None:
    try:
        text = decode((tree / path).read_bytes())
        return Source(text.split("\n"), ast.parse(text.removeprefix("\ufeff")))
    except (OSError, SyntaxError, ValueError, RecursionError):
        return None
