"""Damages of what a hunk quotes: spaces, marks, punctuation, lines left out or misquoted."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from random import Random

from benchmarks._patch.choosing import with_texts
from benchmarks._patch.drafting import indentation
from benchmarks._patch.evidence import folded
from benchmarks._patch.values import FileDraft, Hunk, Quoted

INDENT = 4
_CURLY = str.maketrans({"'": "\u2019", '"': "\u201d", "-": "\u2011"})


def trailing_space_added(file: FileDraft, hunk: Hunk, chance: Random) -> Hunk | None:
    """Quoted lines end in spaces that the file does not have."""
    texts = [line.text + " " * chance.randint(0, 2) * (line.mark != "+") for line in hunk.lines]
    changed = any(line.text.strip() and line.text != text for line, text in zip(hunk.lines, texts, strict=True))
    return with_texts(hunk, texts) if changed else None


def tabs_for_spaces(file: FileDraft, hunk: Hunk, chance: Random) -> Hunk | None:
    """The patch indents with tabs where the file has four spaces."""
    if not tells_indent(hunk):
        return None
    texts = [line.text for line in hunk.lines]
    return with_texts(hunk, ["\t" * (indentation(text) // INDENT) + text.lstrip(" ") for text in texts])


def tells_indent(hunk: Hunk) -> bool:
    """True when all its indents are multiples of four spaces and, if it adds such lines, it quotes one as well."""
    if any(indentation(line.text) % INDENT or "\t" in line.text for line in hunk.lines):
        return False
    adds = any(indentation(line.text) for line in hunk.lines if line.mark == "+")
    return not adds or any(indentation(line.text) and line.text.strip() for line in hunk.source)


def shifted(file: FileDraft, hunk: Hunk, chance: Random) -> Hunk | None:
    """The whole hunk stands further left or right than in the file."""
    solid = [indentation(line.text) for line in hunk.lines if line.text.strip()]
    least = min(solid, default=0)
    by = chance.choice([-least, INDENT, 1]) if least else chance.choice([INDENT, 2, 1])
    if not hunk.source or not any(line.text.strip() for line in hunk.source):
        return None
    return with_texts(hunk, [_moved(line.text, by) for line in hunk.lines])


def _moved(text: str, by: int) -> str:
    if not text.strip():
        return text
    return " " * by + text if by >= 0 else text[-by:]


def curly_punctuation(file: FileDraft, hunk: Hunk, chance: Random) -> Hunk | None:
    """Quoted lines carry typographic quotes and hyphens where the file has plain ones."""
    texts = [line.text if line.mark == "+" else line.text.translate(_CURLY) for line in hunk.lines]
    return with_texts(hunk, texts) if texts != [line.text for line in hunk.lines] else None


def elided(file: FileDraft, hunk: Hunk, chance: Random) -> Hunk | None:
    """The middle of a stretch of context is written as three dots."""
    runs = [list(run) for _, run in groupby(range(len(hunk.lines)), key=lambda at: hunk.lines[at].mark)]
    long = [run for run in runs if hunk.lines[run[0]].mark == " " and len(run) >= 5]
    if not long:
        return None
    run = chance.choice(long)
    dots = chance.choice(["...", "# ..."]) if file.path.endswith(".py") else "..."
    margin = " " * indentation(hunk.lines[run[2]].text)
    return _with_lines(hunk, [*hunk.lines[: run[1]], Quoted(" ", margin + dots, None), *hunk.lines[run[-2] :]])


def omitted(file: FileDraft, hunk: Hunk, chance: Random) -> Hunk | None:
    """One context line inside the hunk is left out."""
    inner = [at for at in range(1, len(hunk.lines) - 1) if hunk.lines[at].mark == " "]
    inner = [at for at in inner if hunk.lines[at - 1].mark == hunk.lines[at + 1].mark == " "] or inner
    if not inner:
        return None
    at = chance.choice(inner)
    return _with_lines(hunk, [*hunk.lines[:at], *hunk.lines[at + 1 :]])


def misquoted_context(file: FileDraft, hunk: Hunk, chance: Random) -> Hunk | None:
    """One context line has a typo, other quotes or a lost comment."""
    return _misquoted(hunk, chance, " ", 1)


def misquoted_removed(file: FileDraft, hunk: Hunk, chance: Random) -> Hunk | None:
    """One removed line is not quoted to the letter."""
    return _misquoted(hunk, chance, "-", 1)


def misquoted_twice(file: FileDraft, hunk: Hunk, chance: Random) -> Hunk | None:
    """Two context lines are not quoted to the letter."""
    return _misquoted(hunk, chance, " ", 2)


def _misquoted(hunk: Hunk, chance: Random, mark: str, count: int) -> Hunk | None:
    solid = [at for at, line in enumerate(hunk.lines) if line.mark == mark and len(line.text.strip()) >= 8]
    if len(solid) < count:
        return None
    texts = [line.text for line in hunk.lines]
    for at in chance.sample(solid, count):
        texts[at] = _typo(texts[at], chance)
        if folded(texts[at]) == folded(hunk.lines[at].text):
            return None
    return with_texts(hunk, texts)


def _typo(text: str, chance: Random) -> str:
    """What models do to a line they recall: other quotes, no comment, a word in other words, a letter gone."""
    variants = [
        text.replace("'", '"') if "'" in text else text.replace('"', "'"),
        re.sub(r"\s+#.*$", "", text),
        re.sub(r"\bself\.", "self._", text, count=1),
        re.sub(r"[,:.]$", "", text),
        re.sub(r"(\w{5,})(\w)\b", r"\1", text, count=1),
        re.sub(r"\b(\w+) = ", r"\1: str = ", text, count=1),
    ]
    fitting = [variant for variant in variants if variant != text and variant.strip()]
    return chance.choice(fitting) if fitting else text


def restated(file: FileDraft, hunk: Hunk, chance: Random) -> Hunk | None:
    """A line that stays is written as removed and added again."""
    context = [at for at, line in enumerate(hunk.lines) if line.mark == " " and line.text.strip()]
    if not context:
        return None
    at = chance.choice(context)
    line = hunk.lines[at]
    twice = [line._replace(mark="-"), Quoted("+", line.text, None)]
    return _with_lines(hunk, [*hunk.lines[:at], *twice, *hunk.lines[at + 1 :]])


def added_before_removed(file: FileDraft, hunk: Hunk, chance: Random) -> Hunk | None:
    """Where lines are replaced, the new ones stand above the old ones."""
    lines: list[Quoted] = []
    for _, run in groupby(hunk.lines, key=lambda line: line.mark == " "):
        lines += sorted(run, key=lambda line: line.mark == "-")
    return _with_lines(hunk, lines) if tuple(lines) != hunk.lines else None


def one_sided(file: FileDraft, hunk: Hunk, chance: Random) -> Hunk | None:
    """No context below the change; now and then none above it instead."""
    lead, trail = context_around(hunk)
    if not lead or not trail:
        return None
    return trimmed(hunk, 0, trail) if chance.random() < 0.7 else trimmed(hunk, lead, 0)


def bare(file: FileDraft, hunk: Hunk, chance: Random) -> Hunk | None:
    """Only the removed lines, and what comes in their place."""
    lead, trail = context_around(hunk)
    inner = hunk.lines[lead : len(hunk.lines) - trail]
    if not lead + trail or any(line.mark == " " for line in inner):
        return None
    return trimmed(hunk, lead, trail) if any(line.mark == "-" and line.text.strip() for line in inner) else None


def without_context(file: FileDraft, hunk: Hunk, chance: Random) -> Hunk | None:
    """As diff -U0 writes it."""
    return trimmed(hunk, *context_around(hunk)) if not _inner_context(hunk) else None


def _inner_context(hunk: Hunk) -> bool:
    lead, trail = context_around(hunk)
    return any(line.mark == " " for line in hunk.lines[lead : len(hunk.lines) - trail])


def context_around(hunk: Hunk) -> tuple[int, int]:
    """How many context lines stand above the first and below the last change."""
    marks = "".join(line.mark for line in hunk.lines)
    return len(marks) - len(marks.lstrip(" ")), len(marks) - len(marks.rstrip(" "))


def trimmed(hunk: Hunk, lead: int, trail: int) -> Hunk:
    """The hunk without so many lines at its ends; its numbers stay true."""
    lines = hunk.lines[lead : len(hunk.lines) - trail]
    return replace(
        hunk, start=hunk.start + lead, new_start=hunk.new_start + lead, at=hunk.at + lead, lines=tuple(lines)
    )


def _with_lines(hunk: Hunk, lines: Sequence[Quoted]) -> Hunk:
    return replace(hunk, lines=tuple(lines))
