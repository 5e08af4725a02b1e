"""Damages that lie in the file: another version of it, other line ends or indents, repeated text."""

import re
from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from random import Random

from benchmarks._patch.choosing import with_texts
from benchmarks._patch.damage_lines import INDENT, tells_indent
from benchmarks._patch.drafting import applied, indentation, lines_of
from benchmarks._patch.values import FileDraft, Hunk, Quoted

_DEF = re.compile(r"(\s*(?:async )?def )(\w+)")


def crlf(file: FileDraft, chance: Random) -> FileDraft | None:
    """The file's lines end in CR LF."""
    return replace(file, crlf=True)


def bom(file: FileDraft, chance: Random) -> FileDraft | None:
    """The file begins with a byte order mark."""
    return replace(file, bom=True)


def trailing_space_lost(file: FileDraft, chance: Random) -> FileDraft | None:
    """Lines of the file end in spaces that the patch does not show."""
    quoted = [line.origin for hunk in file.hunks for line in hunk.source if line.text.strip()]
    spaced = set(chance.sample(quoted, (len(quoted) + 1) // 2))
    old = tuple(text + " " * chance.randint(1, 4) * (at in spaced) for at, text in enumerate(file.old))
    return replace(file, old=old, new=applied(old, file.hunks)) if spaced else None


def tabs_in_file(file: FileDraft, chance: Random) -> FileDraft | None:
    """The file indents with tabs, the patch with four spaces."""
    indented = any(indentation(line.text) for hunk in file.hunks for line in hunk.source)
    if not indented or not all(map(tells_indent, file.hunks)):
        return None
    old = tuple(_tabbed(text) for text in file.old)
    tabbed = [with_texts(hunk, [_tabbed(line.text) for line in hunk.lines]) for hunk in file.hunks]
    return replace(file, old=old, new=applied(old, tabbed))


def _tabbed(text: str) -> str:
    return "\t" * (indentation(text) // INDENT) + " " * (indentation(text) % INDENT) + text.lstrip()


def curly_in_file(file: FileDraft, chance: Random) -> FileDraft | None:
    """The file's prose has typographic quotes, dashes and hard spaces, the patch plain ones."""
    quoted = {line.origin for hunk in file.hunks for line in hunk.source}
    old = tuple(_typeset(file, text) if at in quoted else text for at, text in enumerate(file.old))
    return replace(file, old=old, new=applied(old, file.hunks)) if old != file.old else None


def _typeset(file: FileDraft, text: str) -> str:
    code, mark, prose = text.partition("# ") if file.path.endswith(".py") else ("", "", text)
    if not prose.strip() or '"' in code or "'" in code:
        return text
    prose = prose.replace("'", "\u2019").replace(" - ", " \u2013 ").replace(". ", ".\u00a0")
    return code + mark + prose


def no_final_newline(file: FileDraft, chance: Random) -> FileDraft | None:
    """The file has no final newline and the patch, which shows its last line, does not say so."""
    last = file.hunks[-1].source[-1:]
    # Where the last line goes for good, nobody can say how the new last one ends.
    if not last or last[0].origin is None or file.hunks[-1].lines[-1].mark == "-":
        return None
    if not file.old[last[0].origin] or not file.hunks[-1].target[-1].text:
        return None
    if file.path.endswith(".py") and last[0].origin != len(file.old) - 1:
        return None
    old = file.old[: last[0].origin + 1]
    return replace(file, old=old, new=applied(old, file.hunks), ends=False)


def stale(file: FileDraft, chance: Random) -> FileDraft | None:
    """The file is a version from before or after the one the patch was made for."""
    for other in chance.sample(file.others, len(file.others)):
        moved = rebased(file, lines_of(other))
        if moved is not None:
            return moved
    return None


def rebased(file: FileDraft, other: tuple[str, ...]) -> FileDraft | None:
    """The same change on another version, where every hunk's lines are still there side by side."""
    matcher = SequenceMatcher(None, file.old, other, autojunk=False)
    moves = {a + step: b + step for a, b, size in matcher.get_matching_blocks() for step in range(size)}
    hunks = tuple(found for hunk in file.hunks if (found := _moved(hunk, moves)) is not None)
    if len(hunks) < len(file.hunks) or any(_is_there(hunk, other) for hunk in hunks):
        return None
    return replace(file, old=other, new=applied(other, hunks), hunks=hunks)


def _is_there(hunk: Hunk, lines: tuple[str, ...]) -> bool:
    texts = tuple(line.text for line in hunk.target)
    return any(lines[at : at + len(texts)] == texts for at in range(len(lines) - len(texts) + 1))


def _moved(hunk: Hunk, moves: dict[int, int]) -> Hunk | None:
    origins = [line.origin for line in hunk.source if line.origin is not None]
    if not origins or any(origin not in moves for origin in origins):
        return None
    by = moves[origins[0]] - origins[0]
    if any(moves[origin] - origin != by for origin in origins):
        return None
    return shifted_hunk(hunk, by, stated=False)


def shifted_hunk(hunk: Hunk, by: int, *, stated: bool) -> Hunk:
    """The hunk so many lines lower; `stated` says whether its numbers know."""
    told = by if stated else 0
    lines = tuple(line if line.origin is None else line._replace(origin=line.origin + by) for line in hunk.lines)
    return replace(hunk, start=hunk.start + told, new_start=hunk.new_start + told, at=hunk.at + by, lines=lines)


def inserted(file: FileDraft, at: int, lines: Sequence[str], *, stated: bool) -> FileDraft | None:
    """The file with more lines before line `at`, which no hunk may straddle."""
    if any(hunk.at < at <= last_line(hunk) for hunk in file.hunks):
        return None
    old = (*file.old[:at], *lines, *file.old[at:])
    hunks = tuple(shifted_hunk(hunk, len(lines) * (hunk.at >= at), stated=stated) for hunk in file.hunks)
    return replace(file, old=old, new=applied(old, hunks), hunks=hunks)


def last_line(hunk: Hunk) -> int:
    """The last old line it quotes."""
    return max((line.origin for line in hunk.source if line.origin is not None), default=hunk.at)


def lines_above(file: FileDraft, chance: Random) -> FileDraft | None:
    """Lines came in at the top since the patch was made."""
    mark = "#" if file.path.endswith((".py", ".toml", ".cfg", ".yml", ".yaml")) else ".."
    count = chance.randint(2, 12)
    return inserted(file, 0, [f"{mark} note {number}" for number in range(count)], stated=False)


def repeated(file: FileDraft, chance: Random) -> FileDraft | None:
    """What a hunk quotes stands in the file once more, in a function of another name."""
    for at in chance.sample(range(len(file.hunks)), len(file.hunks)):
        span = _function_around(file, file.hunks[at]) if file.path.endswith(".py") else _window(file.hunks[at])
        if span is None:
            continue
        copy = _renamed(file.old[span.start : span.stop])
        place = chance.choice([span.start, span.stop])
        grown = inserted(file, place, [*copy, ""] if place == span.start else ["", *copy], stated=True)
        if grown is not None:
            return grown
    return None


def repeated_below_new_lines(file: FileDraft, chance: Random) -> FileDraft | None:
    """Repeated text, and numbers that are all off by the lines which came in above."""
    grown = repeated(file, chance)
    return lines_above(grown, chance) if grown else None


def _function_around(file: FileDraft, hunk: Hunk) -> range | None:
    solid: list[Quoted] = [line for line in hunk.source if line.text.strip()]
    if not solid or solid[0].origin is None:
        return None
    first = solid[0].origin
    for head in range(first - 1, -1, -1):
        if _DEF.match(file.old[head]) and indentation(file.old[head]) < min(indentation(line.text) for line in solid):
            end = _end_of(file.old, head)
            # Blank lines below belong to no function.
            return range(head, end) if end > last_line(hunk) - _blank_tail(hunk) else None
    return None


def _end_of(lines: Sequence[str], head: int) -> int:
    limit = indentation(lines[head])
    below = range(head + 1, len(lines))
    end = next((at for at in below if lines[at].strip() and indentation(lines[at]) <= limit), len(lines))
    while not lines[end - 1].strip():
        end -= 1
    return end


def _blank_tail(hunk: Hunk) -> int:
    texts = [line.text for line in hunk.source]
    return len(texts) - max((at + 1 for at, text in enumerate(texts) if text.strip()), default=0)


def _window(hunk: Hunk) -> range | None:
    return range(hunk.at, last_line(hunk) + 1) if hunk.source else None


def _renamed(lines: Sequence[str]) -> list[str]:
    return [_DEF.sub(r"\1\2_again", lines[0]), *lines[1:]]
