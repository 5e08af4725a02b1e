"""A Python file that a patch changes, as the review sees it: both trees, and what in the new one is the patch's."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from agent.review.names import Names, folded
from tools.difference import changed_lines
from tools.patch import Change, decode

Function = ast.FunctionDef | ast.AsyncFunctionDef
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Source:
    """`added` are the lines that the patch puts there, in the file as it leaves it."""

    path: str
    before: ast.Module
    after: ast.Module
    added: frozenset[int]

    @cached_property
    def new(self) -> list[ast.AST]:
        """The nodes that begin on an added line, in the order of the file."""
        return [node for node in ast.walk(self.after) if getattr(node, "lineno", 0) in self.added]

    @cached_property
    def names(self) -> Names:
        """What the names of the new file stand for."""
        return Names.of(self.after)

    @cached_property
    def known(self) -> frozenset[str]:
        """Every dotted name that the old file used."""
        return Names.of(self.before).used(self.before)

    @cached_property
    def old_texts(self) -> str:
        """All texts of the old file as one."""
        return "\n".join(text for _, text in _texts(self.before, frozenset()))

    def new_texts(self) -> Iterator[tuple[int, str]]:
        """Texts that begin on an added line, joined where the code joins constants; documentation is left out."""
        yield from ((line, text) for line, text in _texts(self.after, _documentation(self.after)) if line in self.added)

    @cached_property
    def functions(self) -> dict[int, Function]:
        """The innermost function around each added line."""
        found: dict[int, Function] = {}
        for node in ast.walk(self.after):  # outer ones come first
            if isinstance(node, Function):
                found.update((line, node) for line in range(node.lineno, (node.end_lineno or node.lineno) + 1))
        return {line: node for line, node in found.items() if line in self.added}

    def former(self, function: Function) -> Function | None:
        """The function of the same name in the old file, where there is just one."""
        same = [node for node in ast.walk(self.before) if isinstance(node, Function) and node.name == function.name]
        return same[0] if len(same) == 1 else None


def source_of(change: Change) -> Source | None:
    """The file of a change; None for one that is no Python, is removed, or cannot be parsed."""
    if change.after is None or not change.path.endswith((".py", ".pyi")):
        return None
    old, new = decode(change.before or b""), decode(change.after)
    after = _parsed(new)
    if after is None:
        return None
    return Source(change.path, _parsed(old) or ast.Module([], []), after, added_lines(old, new))


def added_lines(old: str, new: str) -> frozenset[int]:
    """The lines of `new`, counted from 1, that are not in `old`."""
    steps = changed_lines(old.split("\n"), new.split("\n"))
    return frozenset(line for _, _, _, start, end in steps for line in range(start + 1, end + 1))


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _documentation(tree: ast.Module) -> frozenset[int]:
    """The ids of the nodes that are docstrings."""
    bodies = (node.body for node in ast.walk(tree) if isinstance(node, DOCUMENTED))
    return frozenset(id(body[0].value) for body in bodies if body and isinstance(body[0], ast.Expr))


def _texts(tree: ast.Module, skipped: frozenset[int]) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if id(node) in skipped or not isinstance(node, ast.expr):
            continue
        text = folded(node)
        if text:
            yield node.lineno, text
