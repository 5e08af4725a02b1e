"""A parsed module whose nodes know their place in the text."""

from __future__ import annotations

import ast
import re
import sys
from bisect import bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache

from agent.repair.bindings import Binding, Links, collect_links, visible

COMPOUND = (
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.With,
    ast.AsyncWith,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Match,
    ast.Try,
    ast.TryStar,
    ast.ExceptHandler,
    ast.match_case,
)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
LOOPS = (ast.For, ast.AsyncFor, ast.While)
BODY_FIELDS = frozenset({"body", "orelse", "finalbody", "handlers", "cases", "decorator_list"})
# Only these end a line for Python; str.splitlines knows more.
_LINE_END = re.compile(r"\r\n|\n|\r")
_COMMENT_OR_COLON = re.compile(r"#[^\r\n]*|:")
# Positions inside f-strings are wrong before this version.
_F_STRING_POSITIONS = sys.version_info >= (3, 12)


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """One source file: its decoded text, its syntax tree and where each node lies (offsets in characters)."""

    path: str
    text: str
    tree: ast.Module
    nodes: tuple[ast.AST, ...]  # those a template may change, in source order
    links: Links
    line_starts: tuple[int, ...]

    @classmethod
    def parse(cls, path: str, text: str) -> Module:
        """Parse the decoded text of a module; raises SyntaxError or ValueError as `ast.parse` does."""
        marked = text.startswith("\ufeff")
        tree = ast.parse(text[1:] if marked else text)
        starts = [1 if marked else 0, *(found.end() for found in _LINE_END.finditer(text)), len(text)]
        links = collect_links(tree)
        nodes = tuple(sorted((node for node in links.parents if _editable(node, links)), key=_position))
        return cls(path, text, tree, nodes, links, tuple(starts))

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return the half-open character range of a node that has a position, without parentheses around it."""
        return (
            self._offset(node.lineno, node.col_offset),  # type: ignore[attr-defined]
            self._offset(node.end_lineno, node.end_col_offset),  # type: ignore[attr-defined]
        )

    def segment(self, node: ast.AST) -> str:
        """Return the source of a node as written."""
        start, end = self.span(node)
        return self.text[start:end]

    def parent(self, node: ast.AST) -> ast.AST | None:
        """Return the node that holds this one."""
        return self.links.parents.get(node)

    def field(self, node: ast.AST) -> str:
        """Return the name of the parent's field this node sits in."""
        return self.links.fields.get(node, "")

    def last_line(self, start: int, end: int) -> int:
        """Return the line (1-based) of the last character of a range, or of the place where an empty one is."""
        return min(max(bisect_right(self.line_starts, max(start, end - 1)), 1), len(self.line_starts) - 1)

    def statement_of(self, node: ast.AST) -> ast.stmt:
        """Return the innermost statement that holds the node (itself when it is one)."""
        holder: ast.AST | None = node
        while holder is not None and not isinstance(holder, ast.stmt):
            holder = self.parent(holder)
        if holder is None:
            raise ValueError("the module itself lies in no statement")
        return holder

    def function_of(self, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """Return the innermost function whose body holds the node; its own header belongs to the function outside."""
        child, holder = node, self.parent(node)
        while holder is not None:
            if isinstance(holder, FUNCTIONS) and self.field(child) == "body":
                return holder
            child, holder = holder, self.parent(holder)
        return None

    def class_of(self, node: ast.AST) -> ast.ClassDef | None:
        """Return the innermost class whose body holds the node."""
        holder = self.parent(node)
        while holder is not None and not isinstance(holder, ast.ClassDef):
            holder = self.parent(holder)
        return holder

    def loop_of(self, node: ast.AST) -> ast.For | ast.AsyncFor | ast.While | None:
        """Return the loop that `break` at this node would leave."""
        child, holder = node, self.parent(node)
        while holder is not None and not isinstance(holder, (*FUNCTIONS, ast.ClassDef)):
            if isinstance(holder, LOOPS) and self.field(child) == "body":
                return holder
            child, holder = holder, self.parent(holder)
        return None

    def siblings(self, statement: ast.AST) -> list[ast.stmt]:
        """Return the block the statement stands in, itself included."""
        block = getattr(self.parent(statement), self.field(statement), [])
        return block if isinstance(block, list) else []

    def names(self, node: ast.AST) -> list[Binding]:
        """Return what is bound where the node is evaluated, nearest scope first; built-in names are not."""
        return visible(self.links, node)

    def is_parenthesised(self, node: ast.AST) -> bool:
        """Tell whether parentheses stand directly around the node (a call's own parentheses count too)."""
        return self.outer_span(node) != self.span(node)

    def outer_span(self, node: ast.AST) -> tuple[int, int]:
        """Return the range of a node with the parentheses directly around it, if there are any."""
        start, end = self.span(node)
        opening, closing = start - 1, end
        while opening > 0 and self.text[opening].isspace():
            opening -= 1
        while closing < len(self.text) - 1 and self.text[closing].isspace():
            closing += 1
        enclosed = opening >= 0 and self.text[opening] == "(" and self.text[closing : closing + 1] == ")"
        return (opening, closing + 1) if enclosed else (start, end)

    def indentation(self, statement: ast.AST) -> str | None:
        """Return the white space before a statement that begins its line, else None."""
        start = self.span(statement)[0]
        line_start = self._offset(statement.lineno, 0)  # type: ignore[attr-defined]
        indent = self.text[line_start:start]
        continued = self.text[:line_start].rstrip("\r\n").endswith("\\") if line_start else False
        return indent if not indent.strip() and not continued else None

    def line_range(self, statement: ast.AST) -> tuple[int, int] | None:
        """Return the offsets of the whole lines of a statement that shares them with no other, else None."""
        if self.indentation(statement) is None:
            return None
        end = self.span(statement)[1]
        line_end = self.line_starts[min(statement.end_lineno, len(self.line_starts) - 1)]  # type: ignore[attr-defined]
        rest = self.text[end:line_end].strip()
        if rest and not rest.startswith("#"):
            return None
        return self._offset(statement.lineno, 0), line_end  # type: ignore[attr-defined]

    def nodes_on(self, lines: Collection[int]) -> Iterator[ast.AST]:
        """Yield the nodes whose own code lies on one of these lines (1-based), in source order."""
        wanted = frozenset(lines)
        first, last = min(wanted, default=0), max(wanted, default=-1)
        for node in self.nodes:
            begins_too_late = node.lineno > last  # type: ignore[attr-defined]
            ends_too_early = node.end_lineno < first  # type: ignore[attr-defined]
            if not (begins_too_late or ends_too_early or wanted.isdisjoint(self.own_lines(node))):
                yield node

    @property
    def newline(self) -> str:
        """The first line ending used in the text."""
        found = _LINE_END.search(self.text)
        return found.group() if found else "\n"

    def header_end(self, compound: ast.AST) -> int:
        """Return the offset just after the colon that opens the body of a compound statement."""
        ends = [self.span(part)[1] for part in _header_parts(compound)]
        begin = max(ends) if ends else self.span(compound)[0]
        for found in _COMMENT_OR_COLON.finditer(self.text, begin):
            if found.group() == ":":
                return found.end()
        raise ValueError("a compound statement without a colon")

    def own_lines(self, node: ast.AST) -> range:
        """Return the lines of a node's own code: all of an expression or simple statement, else the header's."""
        first: int = node.lineno  # type: ignore[attr-defined]
        if not isinstance(node, COMPOUND):
            return range(first, node.end_lineno + 1)  # type: ignore[attr-defined]
        last = first + len(_LINE_END.findall(self.text, self.span(node)[0], self.header_end(node)))
        return range(first, last + 1)

    def _offset(self, line: int, column_bytes: int) -> int:
        start = self.line_starts[line - 1]
        end = start + column_bytes
        if self.text[start:end].isascii():
            return end
        text = self.text[start : self.line_starts[line]]
        return start + len(text.encode()[:column_bytes].decode())


def own_code(function: ast.AST) -> Iterator[ast.AST]:
    """Yield what a function holds, without what the functions in it hold."""
    for child in ast.iter_child_nodes(function):
        yield child
        if not isinstance(child, (*FUNCTIONS, ast.Lambda)):
            yield from own_code(child)


@lru_cache(maxsize=256)
def is_generator(function: ast.AST) -> bool:
    """Tell whether a function yields."""
    return any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in own_code(function))


def _position(node: ast.AST) -> tuple[int, int, int, int]:
    """Return a key that sorts nodes as they stand in the source, holders before what they hold."""
    return node.lineno, node.col_offset, -node.end_lineno, -node.end_col_offset  # type: ignore[attr-defined]


def _header_parts(compound: ast.AST) -> list[ast.AST]:
    """Return the positioned nodes directly in a header, in no order."""
    parts: list[ast.AST] = []
    for name, value in ast.iter_fields(compound):
        if name in BODY_FIELDS:
            continue
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, ast.AST):
                parts += [part] if hasattr(part, "end_lineno") else _header_parts(part)
    return parts


def _editable(node: ast.AST, links: Links) -> bool:
    """Tell whether templates may look at a node: it has a sound position and changes what the program does."""
    if not hasattr(node, "lineno"):
        return False
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return False
    if isinstance(node, ast.Constant) and isinstance(links.parents[node], ast.Expr):
        return False
    inside = node
    parent: ast.AST | None = links.parents[node]
    while parent is not None and not isinstance(inside, ast.stmt):
        field = links.fields[inside]
        if field in {"annotation", "returns", "type_params", "format_spec"}:
            return False
        if isinstance(parent, ast.JoinedStr) and (not _F_STRING_POSITIONS or isinstance(inside, ast.Constant)):
            return False
        inside, parent = parent, links.parents.get(parent)
    return True
