"""An edit cut down to what it changes: the smaller the span, the fewer functions it lies in."""

from __future__ import annotations

from tools.patch import Edit


def trimmed(text: str, edit: Edit) -> Edit:
    """The same edit without what it leaves as it is at its ends."""
    old, new = text[edit.start : edit.end], edit.text
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    return Edit(edit.path, edit.start + head, edit.end - tail, new[head : len(new) - tail])


def _common(one: str, other: str) -> int:
    """The length of the longest common beginning."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low
