"""Cutting a text for a reader: at a border, saying what is left out; what is hardly too long is left whole."""

from __future__ import annotations

import re
from collections.abc import Sequence

SLACK = 1.25
LEAST_SHARE = 0.6  # of what is allowed, when a border asks for less
_BORDER = re.compile(r"\s*(?:@|(?:async\s+)?def\s|class\s)")


def last_lines(text: str, limit: int) -> str:
    """The whole lines at the end of a text within `limit` characters, below a line that says how many are left out."""
    if len(text) <= SLACK * limit:
        return text
    kept = text[-limit:].partition("\n")[2] or text[-limit:]
    return f"[... {text.count(chr(10)) - kept.count(chr(10))} lines left out ...]\n{kept}"


def first_lines(text: str, limit: int) -> str:
    """The whole lines at the beginning of a text within `limit` characters, above one that says how many follow."""
    if len(text) <= SLACK * limit:
        return text
    kept = text[:limit].rpartition("\n")[0] or text[:limit]
    return f"{kept}\n[... {text.count(chr(10)) - kept.count(chr(10))} lines left out ...]"


def lines_to_show(lines: Sequence[str], limit: int) -> int:
    """How many of some lines to show when `limit` are too many: up to a function or class that begins near there."""
    if len(lines) <= SLACK * limit:
        return len(lines)
    least = int(LEAST_SHARE * limit)
    return next((at for at in range(limit, least, -1) if _begins(lines, at)), limit)


def _begins(lines: Sequence[str], at: int) -> bool:
    """Whether a definition begins at a line, its decorators counted to it."""
    return bool(_BORDER.match(lines[at])) and not lines[at - 1].lstrip().startswith("@")
