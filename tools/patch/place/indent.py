"""Indentation that differs between a hunk and its file: learned from the lines both have, applied to those added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tools.patch.types import Hunk


def indent_of(line: str) -> str:
    """The white space a line begins with."""
    return line[: len(line) - len(line.lstrip(" \t"))]


@dataclass(frozen=True, slots=True)
class Indentation:
    """The file's indentation for each of the hunk's; `columns` is the shift all of them share, where they share one.

    `to_tabs`: spaces of the hunk that stand for one tab of the file; `to_spaces`: the other way round.
    """

    known: Mapping[str, str]
    columns: int | None = None
    to_tabs: int | None = None
    to_spaces: int | None = None

    def applied(self, line: str) -> str | None:
        """An added line indented as the file would; None when that cannot be told."""
        own = indent_of(line)
        if not own and not line.strip():
            return line
        indent = self.known.get(own)
        if indent is None:
            indent = self._derived(own)
        if indent is None and not line.strip():
            return line
        return None if indent is None else indent + line[len(own) :]

    def _derived(self, own: str) -> str | None:
        if self.columns is not None and "\t" not in own:
            width = len(own) + self.columns
            return " " * width if width >= 0 else None
        if self.to_tabs and "\t" not in own and len(own) % self.to_tabs == 0:
            return "\t" * (len(own) // self.to_tabs)
        if self.to_spaces and not own.strip("\t"):
            return " " * (len(own) * self.to_spaces)
        return None


def learned(hunk: Hunk, pairs: Iterable[tuple[str, str]]) -> Indentation | None:
    """From lines of the hunk and the file lines they stand for; None where that does not tell how added lines go.

    So it is when the same indentation stands for two, and when context lacks one space and nothing is removed: that
    space may be the mark of context, and the added lines whole.
    """
    known: dict[str, str] = {}
    for quoted, held in pairs:
        if quoted.strip() and known.setdefault(indent_of(quoted), indent_of(held)) != indent_of(held):
            return None
    turned = {held: quoted for quoted, held in known.items()}
    found = Indentation(known, _shared_shift(known), _tab_unit(known), _tab_unit(turned))
    kinds = {line.line_type for line in hunk.lines}
    if found.columns == 1 and "-" not in kinds:
        return None
    added = (line.value for line in hunk.lines if line.line_type == "+")
    return None if any(found.applied(line) is None for line in added) else found


def _shared_shift(known: Mapping[str, str]) -> int | None:
    if any("\t" in indent for pair in known.items() for indent in pair):
        return None
    shifts = {len(held) - len(quoted) for quoted, held in known.items()}
    return shifts.pop() if len(shifts) == 1 else None


def _tab_unit(known: Mapping[str, str]) -> int | None:
    """Spaces a tab, where spaces alone stand for tabs alone."""
    units: set[int] = set()
    for spaces, tabs in known.items():
        if tabs.strip("\t") or spaces.strip(" ") or bool(tabs) != bool(spaces):
            return None
        if tabs:
            units |= {len(spaces) // len(tabs), -(-len(spaces) // len(tabs))}
    return units.pop() if len(units) == 1 else None
