"""One small edit that may be the repair, and the place a template makes it at."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from agent.repair.precedence import ATOM, level, required
from agent.repair.source import Module
from tools.patch import Edit

_SNIPPET_CHARS = 70


@dataclass(frozen=True, slots=True)
class Candidate:
    """An edit, the template and line it came from, a sentence for the user, and how often such a fix is right."""

    edit: Edit
    template: str
    line: int
    sentence: str
    prior: float


@dataclass(frozen=True, slots=True)
class Site:
    """A node a template may change; the candidates made here carry the template's name and prior.

    `reach` is how many times as many ingredients as usual are thought of.
    """

    module: Module
    node: ast.AST
    template: str
    prior: float
    reach: int = 1

    def most(self, usual: int) -> int:
        """How many of something are thought of, where so many usually are."""
        return usual * self.reach

    def splice(self, span: tuple[int, int], text: str, sentence: str = "", weight: float = 1.0) -> Candidate:
        """Put text in place of a span; weight in (0, 1] scales the prior."""
        start, end = span
        said = sentence or f"{quoted(self.module.text[start:end])} becomes {quoted(text)}"
        edit = Edit(self.module.path, start, end, text)
        return Candidate(edit, self.template, self.node.lineno, said, self.prior * weight)  # type: ignore[attr-defined]

    def replace(self, node: ast.expr, text: str, binding: int = ATOM, weight: float = 1.0) -> Candidate:
        """Put an expression that binds at this level in place of a node, parenthesised when the place needs it."""
        said = f"{quoted(self.module.segment(node))} becomes {quoted(text)}"
        needed = required(self.module.parent(node), self.module.field(node))
        if binding >= needed > level(node) and self.module.is_parenthesised(node):
            span = self.module.outer_span(node)
        else:
            span, text = self.module.span(node), self.fitted(node, text, binding)
        return self.splice(span, self._apart(span, text), said, weight)

    def _apart(self, span: tuple[int, int], text: str) -> str:
        """A text with a space where a word beside the span would join it: `if(a)is None` has none around `(a)`."""
        before, after = self.module.text[: span[0]][-1:], self.module.text[span[1] :][:1]
        head = " " if _joins(before, text[:1]) else ""
        return f"{head}{text}{' ' if _joins(text[-1:], after) else ''}"

    def fitted(self, node: ast.expr, text: str, binding: int) -> str:
        """Return text as it can stand in the node's place."""
        needed = required(self.module.parent(node), self.module.field(node))
        return text if binding >= needed or self.module.is_parenthesised(node) else f"({text})"

    def operand(self, node: ast.expr, needed: int) -> str:
        """Return the source of a node as it can stand where this level is needed."""
        text = self.module.segment(node)
        closed = isinstance(node, ast.Tuple) and text.startswith("(")
        return text if closed or level(node) >= needed else f"({text})"


def _joins(one: str, other: str) -> bool:
    """Whether two characters would be of one word."""
    return f"a{one}{other}".isidentifier() and bool(one and other)


def quoted(text: str) -> str:
    """Return code for a sentence: on one line, in backticks, shortened."""
    line = " ".join(text.split())
    return f"`{line}`" if len(line) <= _SNIPPET_CHARS else f"`{line[: _SNIPPET_CHARS - 1]}…`"
