"""Which lines differ between two texts, quick where they are long and alike."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

# A tag ("equal", "replace", "delete", "insert"), a range of the old lines and one of the new.
Opcode = tuple[str, int, int, int, int]


def opcodes(old: Sequence[str], new: Sequence[str], *, autojunk: bool = False) -> list[Opcode]:
    """Edit steps of the lines between the common head and tail.

    With `autojunk` lines that are common in a long text are matched only beside others: quicker, not always least.
    """
    head, tail = common_ends(old, new)
    matcher = SequenceMatcher(None, old[head : len(old) - tail], new[head : len(new) - tail], autojunk=autojunk)
    middle = [(tag, a + head, b + head, c + head, d + head) for tag, a, b, c, d in matcher.get_opcodes()]
    before: Opcode = ("equal", 0, head, 0, head)
    after: Opcode = ("equal", len(old) - tail, len(old), len(new) - tail, len(new))
    return [before, *middle, after]


def changed_lines(old: Sequence[str], new: Sequence[str]) -> list[Opcode]:
    """The steps that change something."""
    return [step for step in opcodes(old, new) if step[0] != "equal"]


def common_ends(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How many lines both begin with, and how many both end with."""
    limit = min(len(old), len(new))
    head = next((at for at in range(limit) if old[at] != new[at]), limit)
    tail = next((at for at in range(limit - head) if old[-1 - at] != new[-1 - at]), limit - head)
    return head, tail
