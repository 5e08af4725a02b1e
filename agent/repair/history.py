"""What stood at a suspicious line before: where a commit broke something, the repair is in the history.

Changes between a version of the past and the present are candidates as they are, undone one by one; no other change of
that commit is.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence

from agent.repair.candidate import Candidate, quoted
from agent.repair.source import Module
from agent.repair.splice import normal_form
from tools.difference import changed_lines
from tools.patch import Edit, apply_edit, decode, split_lines
from tools.workspace.history import Past

TEMPLATE, PRIOR = "history", 0.30
MOST_LINES = 8  # of the present, and of the past


def undone(module: Module, past: Sequence[Past], lines: Collection[int]) -> Iterator[Candidate]:
    """Each change at one of these lines (1-based) since a version of the past, taken back; the latest commit first."""
    now = split_lines(module.text)
    seen = {(0, 0, "")}
    for age, version in enumerate(past):
        was = split_lines(decode(version.data))
        for _, first, last, start, end in changed_lines(now, was):
            near = [line for line in range(first + 1, max(last, first + 1) + 1) if line in lines]
            if not near or max(last - first, end - start) > MOST_LINES:
                continue
            offset = len("".join(now[:first]))
            edit = Edit(module.path, offset, offset + len("".join(now[first:last])), "".join(was[start:end]))
            form = normal_form(module.text, edit)
            if form not in seen and _parses(apply_edit(module.text, edit)):
                seen.add(form)
                yield Candidate(edit, TEMPLATE, near[0], _sentence(now[first:last], was[start:end], version),
                                PRIOR / (1 + age))  # fmt: skip


def _sentence(now: Sequence[str], was: Sequence[str], version: Past) -> str:
    before = f"as before commit {version.commit} ({version.subject})"
    if not was:
        return f"{quoted(''.join(now))} goes, {before}"
    if not now:
        return f"{quoted(''.join(was))} comes back, {before}"
    return f"{quoted(''.join(now))} becomes {quoted(''.join(was))}, {before}"


def _parses(text: str) -> bool:
    try:
        ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError):
        return False
    return True
