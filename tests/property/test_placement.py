"""A damaged hunk on a file that repeats itself is placed right or refused, never wrong."""

import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tools.errors import PatchError
from tools.patch import Change, FilePatch, Hunk, Line, decide, git_diff, parse_patch, render

quick = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)

Damage = Callable[[list[Line], random.Random], list[Line]]

LOADER = """\
def {verb}_{noun}(path):
    with open(path) as file:
        data = json.load(file)
    if not data:
        raise ValueError(path)
    return data

"""
LOOPS = """\
def {verb}_{noun}({noun}):
    for part in {noun}.parts:
        part.{verb}()
        log(part)
    for part in {noun}.others:
        part.{verb}()
        log(part)
    return {noun}

"""
HOLDER = """\
class Holder:
    def {verb}(self):
        if self.done:
            return None
        self.done = True
        return self.{noun}

    def close(self):
        self.done = True
        return None

"""
WORDS = [{"verb": verb, "noun": noun} for verb in ("load", "save") for noun in ("user", "item", "order")]
BLOCKS = [block.format(**words).splitlines() for block in (LOADER, LOOPS, HOLDER) for words in WORDS]
BLOCKS += [[f"    {line}".rstrip() for line in block] for block in BLOCKS]
BLOCKS += [[line + "  " if at % 3 == 0 else line for at, line in enumerate(block)] for block in BLOCKS[::2]]
ADDED = ["    return None", "    log(path)", "        part.reset()", "        self.done = True", ""]

repetitive = st.lists(st.sampled_from(BLOCKS), min_size=3, max_size=5, unique_by=str).flatmap(
    lambda few: st.lists(st.sampled_from(few), min_size=2, max_size=10)
)
seeds = st.integers(0, 2**32)


def edited(lines: Sequence[str], chance: random.Random) -> list[str]:
    """The lines after one insertion, deletion or replacement."""
    at, cut = chance.randrange(len(lines)), chance.randint(0, 2)
    return [*lines[:at], *chance.choices(ADDED, k=chance.randint(0 if cut else 1, 2)), *lines[at + cut :]]


def misquoted(lines: list[Line], chance: random.Random) -> list[Line]:
    """A letter of one context line comes twice."""
    at = one_of(lines, chance, with_words=True)
    line = lines[at].value
    letter = chance.choice([column for column, sign in enumerate(line) if sign.isalpha()])
    return [*lines[:at], Line(" ", line[:letter] + line[letter] + line[letter:]), *lines[at + 1 :]]


def left_out(lines: list[Line], chance: random.Random) -> list[Line]:
    """One context line is not there."""
    at = one_of(lines, chance)
    return [*lines[:at], *lines[at + 1 :]]


def elided(lines: list[Line], chance: random.Random) -> list[Line]:
    """Three dots stand for one context line."""
    at = one_of(lines, chance)
    return [*lines[:at], Line(" ", "    ...\n"), *lines[at + 1 :]]


def shifted(lines: list[Line], chance: random.Random) -> list[Line]:
    """All lines are indented deeper."""
    shift = " " * chance.choice([2, 4, 8])
    return [replace(line, value=shift + line.value if line.value.strip() else line.value) for line in lines]


def trimmed(lines: list[Line], _: random.Random) -> list[Line]:
    """No line has trailing space."""
    return [replace(line, value=line.value.rstrip() + "\n") for line in lines]


def one_of(lines: Sequence[Line], chance: random.Random, *, with_words: bool = False) -> int:
    """The index of a context line."""
    found = [
        at
        for at, line in enumerate(lines)
        if line.line_type == " " and (not with_words or any(map(str.isalpha, line.value)))
    ]
    assume(found)
    return chance.choice(found)


def kept(start: int, _: random.Random) -> int:
    """The line that the header states is right."""
    return start


def wrong(start: int, chance: random.Random) -> int:
    """The line that the header states is another."""
    return max(1, start + chance.choice([-20, -7, -3, -1, 1, 2, 5, 11]))


def none(_: int, __: random.Random) -> None:
    """The header states no line."""


DAMAGES: list[Damage] = [misquoted, left_out, elided, shifted, trimmed]
NUMBERS: list[Callable[[int, random.Random], int | None]] = [kept, wrong, none]


def is_clear(damaged: Hunk, hunk: Hunk, lines: Sequence[str]) -> bool:
    """True when neither what is left of the quote nor the stated line speaks for another place."""
    right, held = hunk.source_start or 0, [line.strip() for line in lines]

    def stands(quoted: Hunk, start: int) -> bool:
        source = [line.strip() for line in quoted.source]
        return held[start - 1 : start - 1 + len(source)] == source

    if any(stands(damaged, start) for start in range(1, len(held) + 1) if start != right):
        return False
    stated = damaged.source_start or right
    return stated == right or not any(
        line.strip() and held[at : at + 1] == [line.strip()] for at, line in enumerate(hunk.source, stated - 1)
    )


def decided_or_none(patch: str, path: str, text: str) -> str | None:
    """What a folder's one file would hold after the patch; None when the patch is refused."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / path).write_text(text)
        try:
            (change,) = decide(parse_patch(patch), Path(folder))
        except PatchError:
            return None
    return (change.after or b"").decode()


def without_blank_lines(text: str) -> list[str]:
    """Blank lines mean nothing in Python, so that an addition may stand on either side of one."""
    return [line for line in text.splitlines() if line.strip()]


@quick
@given(repetitive, seeds, st.sampled_from(DAMAGES), st.sampled_from(NUMBERS), st.sampled_from(["f", "f.py"]))
def test_a_damaged_hunk_on_a_file_that_repeats_itself_is_placed_right_or_refused(
    blocks: list[list[str]],
    seed: int,
    damage: Damage,
    number: Callable[[int, random.Random], int | None],
    path: str,
) -> None:
    chance = random.Random(seed)
    lines = [line for block in blocks for line in block]
    before, after = ("".join(f"{line}\n" for line in side) for side in (lines, edited(lines, chance)))
    assume(before != after)
    (patch,) = parse_patch(git_diff([Change(path, before.encode(), after.encode(), 0o644)]))
    (hunk,) = patch.hunks
    start = number(hunk.source_start or 0, chance)
    damaged = replace(hunk, lines=tuple(damage([*hunk.lines], chance)), source_start=start, target_start=start)
    damaged = replace(damaged, source_length=len(damaged.source), target_length=len(damaged.target))
    assume(is_clear(damaged, hunk, lines))
    outcome = decided_or_none(render([FilePatch(path, path, (damaged,))]), path, before)
    if path == "f.py" and outcome is not None:
        assert without_blank_lines(outcome) == without_blank_lines(after)
    else:
        assert outcome in (after, None)
