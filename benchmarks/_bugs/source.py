"""A Python file as operators see it: its tree, its lines as bytes, and edits that stay on one line."""

import ast
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|$)")
Functions = ast.FunctionDef | ast.AsyncFunctionDef


class Edit(NamedTuple):
    """Bytes `start` to `end` of a line, counted from 1, become `text`."""

    line: int
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Source:
    """A file that parses. Columns are bytes, as `ast` counts them."""

    data: bytes
    seed: int = 0
    tree: ast.Module = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tree", ast.parse(self.data))

    @cached_property
    def lines(self) -> list[bytes]:
        """The lines with their ends."""
        return [found for found in LINE.findall(self.data) if found]

    @cached_property
    def dump(self) -> str:
        """The program without its places."""
        return ast.dump(self.tree)

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """The node around each node."""
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, innermost first."""
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent

    def function_of(self, node: ast.AST) -> Functions | None:
        """The innermost function around a node."""
        return next((above for above in self.above(node) if isinstance(above, Functions)), None)

    def class_of(self, node: ast.AST) -> ast.ClassDef | None:
        """The innermost class around a node."""
        return next((above for above in self.above(node) if isinstance(above, ast.ClassDef)), None)

    def nodes(self) -> Iterator[ast.AST]:
        """Every node that runs: no annotation, no docstring, nothing only type checkers see."""
        waiting: list[ast.AST] = [self.tree]
        while waiting:
            node = waiting.pop(0)
            yield node
            waiting += [child for child in ast.iter_child_nodes(node) if not _is_idle(node, child)]

    def text(self, node: ast.AST) -> str:
        """The text of a node; "" when it is on more than one line."""
        span = _span(node)
        return self.lines[span.line - 1][span.start : span.end].decode() if span is not None else ""

    def replace(self, node: ast.AST, text: str) -> Iterator[Edit]:
        """The edit that writes `text` for a node, if it is on one line."""
        span = _span(node)
        if span is not None:
            yield span._replace(text=text)

    def swap(self, one: ast.AST, other: ast.AST) -> Iterator[Edit]:
        """The edit that exchanges two nodes of one line."""
        first, second = _span(one), _span(other)
        if first is None or second is None or first.line != second.line or first.end > second.start:
            return
        between = self.lines[first.line - 1][first.end : second.start].decode()
        yield Edit(first.line, first.start, second.end, f"{self.text(other)}{between}{self.text(one)}")

    def between(self, left: ast.AST, right: ast.AST, token: str, text: str) -> Iterator[Edit]:
        """The edit that writes `text` for the first `token` (a pattern) between two nodes, a trailing comment aside."""
        last, first = _end(left), (_lineno(right), _column(right))
        for number in range(last[0], first[0] + 1):
            start = last[1] if number == last[0] else 0
            end = first[1] if number == first[0] else None
            gap = self.lines[number - 1][start:end].split(b"#")[0]
            found = re.search(token.encode(), gap)
            if found:
                yield Edit(number, start + found.start(), start + found.end(), text)
                return

    def head(self, node: ast.stmt, token: str, text: str) -> Iterator[Edit]:
        """The edit that writes `text` for a pattern that a statement begins with."""
        line = self.lines[node.lineno - 1]
        found = re.compile(token.encode()).match(line, node.col_offset)
        if found:
            yield Edit(node.lineno, found.start(), found.end(), text)

    def some(self, options: Sequence[str], node: ast.AST, most: int = 2) -> list[str]:
        """A few of many options, the same ones every time."""
        place = f"{self.seed}:{getattr(node, 'lineno', 0)}:{getattr(node, 'col_offset', 0)}"
        return random.Random(place).sample(sorted(set(options)), min(most, len(set(options))))

    def apply(self, edit: Edit) -> bytes:
        """The file with one edit."""
        lines = list(self.lines)
        line = lines[edit.line - 1]
        lines[edit.line - 1] = line[: edit.start] + edit.text.encode() + line[edit.end :]
        return b"".join(lines)

    def line_after(self, edit: Edit) -> str:
        """The edited line, without its end."""
        line = self.lines[edit.line - 1]
        return (line[: edit.start] + edit.text.encode() + line[edit.end :]).decode().rstrip("\r\n")

    def named(self, line: int) -> str:
        """The dotted name of the innermost function around a line, from its `def` on; `<module>` outside of one."""
        spans = [(name, node) for name, node in _functions(self.tree, "") if _covers(node, line)]
        return max(spans, key=lambda found: found[1].lineno)[0] if spans else "<module>"


def _functions(node: ast.AST, prefix: str) -> Iterator[tuple[str, Functions]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Functions | ast.ClassDef):
            if isinstance(child, Functions):
                yield f"{prefix}{child.name}", child
            yield from _functions(child, f"{prefix}{child.name}.")
        else:
            yield from _functions(child, prefix)


def _covers(node: Functions, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def _span(node: ast.AST) -> Edit | None:
    line = _lineno(node)
    end, column = _end(node)
    return Edit(line, _column(node), column, "") if line and line == end else None


def _lineno(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 0))


def _column(node: ast.AST) -> int:
    return int(getattr(node, "col_offset", 0))


def _end(node: ast.AST) -> tuple[int, int]:
    return int(getattr(node, "end_lineno", 0)), int(getattr(node, "end_col_offset", 0))


def _is_idle(node: ast.AST, child: ast.AST) -> bool:
    if isinstance(child, ast.JoinedStr):  # before 3.12 the places of what is in it are wrong
        return True
    if isinstance(node, ast.arg | ast.AnnAssign) and child is node.annotation:
        return True
    if isinstance(node, Functions) and child is node.returns:
        return True
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
        return True
    return isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
