"""One-line bugs of the kinds developers make, planted at places that a seed decides.

Written from the literature on bugs and mutation, and apart from the embedded engine: what is measured here must not
have been invented by what is measured.
"""

import ast
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from benchmarks._bugs import expressions as ex
from benchmarks._bugs import statements as st
from benchmarks._bugs.source import LINE, Edit, Source

Operator = Callable[[Source, ast.AST], Iterator[Edit]]
OPERATORS: dict[str, Operator] = {
    operator.__name__: operator
    for operator in (
        ex.boundary, ex.comparison, ex.identity, ex.membership, ex.arithmetic, ex.division, ex.connective,
        ex.dropped_condition, ex.dropped_not, ex.negated, ex.number, ex.truth, ex.text_constant, ex.swapped_arguments,
        ex.swapped_operands, ex.dropped_argument, ex.keyword_value, ex.builtin_twin, ex.method_twin, ex.missing_call,
        ex.bound, ex.dropped_element, ex.swapped_branches, st.dropped_guard, st.ignored_condition,
        st.dropped_statement, st.plain_assignment, st.returned_value, st.early_return, st.loop_exit, st.exception_type,
        st.swallowed_exception, st.variable, st.attribute, st.dropped_self, st.dropped_attribute, st.default,
        st.dropped_await, st.dropped_decorator, st.super_call,
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bug:
    """One changed line, counted from 1, in a file; the lines are without their ends. `function` is dotted."""

    path: str
    line: int
    function: str
    before_line: str
    after_line: str
    operator: str

    def planted(self, data: bytes) -> bytes:
        """The file with the bug; ValueError when the line is not what it was."""
        lines = [line for line in LINE.findall(data) if line]
        old = lines[self.line - 1]
        text = old.rstrip(b"\r\n")
        if text.decode() != self.before_line:
            raise ValueError(f"{self.path}:{self.line} is not {self.before_line!r}")
        lines[self.line - 1] = self.after_line.encode() + old[len(text) :]
        return b"".join(lines)


class Deck:
    """The bugs that can be planted in some files, dealt by operator in an order that the seed decides."""

    def __init__(self, files: Mapping[str, bytes], seed: int) -> None:
        sources = {path: source for path in sorted(files) if (source := _read(files[path], seed)) is not None}
        self._places = [(path, source, node) for path, source in sources.items() for node in source.nodes()]
        self._seed = seed

    def deal(self, operator: str, share: int = 0, shares: int = 1) -> Iterator[Bug]:
        """The operator's bugs, one a place; each gives a different program that parses.

        Of several `shares` no two have a place in common.
        """
        chance = random.Random(f"{self._seed}:{operator}")
        for path, source, node in chance.sample(self._places, len(self._places))[share::shares]:
            edits = list(OPERATORS[operator](source, node))
            edit = chance.choice(edits) if edits else None
            if edit is not None and _is_bug(source, edit):
                before = source.lines[edit.line - 1].decode().rstrip("\r\n")
                yield Bug(path, edit.line, source.named(edit.line), before, source.line_after(edit), operator)


def _read(data: bytes, seed: int) -> Source | None:
    """None for what does not parse, or is not plain UTF-8."""
    if data.startswith(b"\xef\xbb\xbf") or b"\f" in data:  # columns would not count from the line's first byte
        return None
    try:
        data.decode()
        return Source(data, seed)
    except (SyntaxError, ValueError):
        return None


def _is_bug(source: Source, edit: Edit) -> bool:
    try:
        changed = ast.parse(source.apply(edit))
    except (SyntaxError, ValueError):
        return False
    return ast.dump(changed) != source.dump
