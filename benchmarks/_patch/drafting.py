"""From a true change to hunks that quote it, and from hunks back to the changed lines."""

import re
from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from functools import lru_cache

from benchmarks._patch.history import FileChange
from benchmarks._patch.values import FileDraft, Hunk, Quoted

Opcode = tuple[int, int, int, int]
DEFINITION = re.compile(r"\s*(class|def|async def)\b")
_SECTION = {True: re.compile(r"\s*(class|def|async def)\b"), False: re.compile(r"[A-Za-z_$]")}


def lines_of(text: str | None) -> tuple[str, ...]:
    """Lines without their ends."""
    return tuple((text or "").removesuffix("\n").split("\n")) if text else ()


def drafted(change: FileChange, context: int) -> FileDraft:
    """The change with its hunks, each with so many unchanged lines around it."""
    old, new = lines_of(change.old), lines_of(change.new)
    file = FileDraft(change.old_path, change.new_path, old, new, others=change.others)
    return replace(file, hunks=hunks_of(file, context))


def hunks_of(file: FileDraft, context: int) -> tuple[Hunk, ...]:
    """All hunks between the two sides of a file."""
    groups: list[list[Opcode]] = []
    for step in _steps(file.old, file.new):
        if groups and step[0] - groups[-1][-1][1] <= 2 * context:
            groups[-1].append(step)
        else:
            groups.append([step])
    return tuple(_hunk(file, group, context) for group in groups)


def applied(old: Sequence[str], hunks: Sequence[Hunk]) -> tuple[str, ...]:
    """The lines after the hunks, each at the place where it belongs."""
    removed: set[int] = set()
    inserted: dict[int, list[str]] = {}
    for hunk in hunks:
        at = hunk.at
        for line in hunk.lines:
            if line.mark == "+":
                inserted.setdefault(at, []).append(line.text)
            elif line.origin is not None:
                at = line.origin + 1
                removed |= {line.origin} if line.mark == "-" else set()
    result: list[str] = []
    for at in range(len(old) + 1):
        result += inserted.get(at, [])
        result += old[at : at + 1] if at not in removed else []
    return tuple(result)


def scope_of(lines: Sequence[str], at: int) -> tuple[str, ...]:
    """The class and def lines around a place of Python source, outermost first."""
    found: list[str] = []
    first = next((line for line in lines[at:] if line.strip()), "")
    limit = indentation(first)
    for line in reversed(lines[:at]):
        if line.strip() and indentation(line) < limit:
            limit = indentation(line)
            found += [line.strip()] if DEFINITION.match(line) else []
    return tuple(reversed(found))


def indentation(line: str) -> int:
    """Width of the leading white space."""
    return len(line) - len(line.lstrip())


@lru_cache(maxsize=4096)
def _steps(old: tuple[str, ...], new: tuple[str, ...]) -> list[Opcode]:
    """Changed stretches; the common head and tail are cut off first, which keeps it quick."""
    limit = min(len(old), len(new))
    head = next((at for at in range(limit) if old[at] != new[at]), limit)
    tail = next((at for at in range(limit - head) if old[-1 - at] != new[-1 - at]), limit - head)
    matcher = SequenceMatcher(None, old[head : len(old) - tail], new[head : len(new) - tail], autojunk=False)
    return [(a + head, b + head, c + head, d + head) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"]


def _hunk(file: FileDraft, group: Sequence[Opcode], context: int) -> Hunk:
    first = max(group[0][0] - context, 0)
    last = min(group[-1][1] + context, len(file.old))
    lines: list[Quoted] = []
    at = first
    for start, end, new_start, new_end in group:
        lines += [Quoted(" ", file.old[line], line) for line in range(at, start)]
        lines += [Quoted("-", file.old[line], line) for line in range(start, end)]
        lines += [Quoted("+", text, None) for text in file.new[new_start:new_end]]
        at = end
    lines += [Quoted(" ", file.old[line], line) for line in range(at, last)]
    new_first = group[0][2] - (group[0][0] - first)
    is_python = file.path.endswith(".py")
    above = (line.strip()[:80] for line in reversed(file.old[:first]) if _SECTION[is_python].match(line))
    scope = scope_of(file.old, first) if is_python else ()
    return Hunk(first, new_first, first, tuple(lines), next(above, ""), scope)
