"""Damages of a draft as a whole: how files are named, what the headers say, the order of the hunks."""

from dataclasses import replace
from random import Random
from typing import Literal

from benchmarks._patch.choosing import Step, on_a_file
from benchmarks._patch.values import Anchors, Draft, FileDraft, Hunk


def header(kind: Literal["bare", "dots", "function"]) -> Step:
    """Hunk headers of this kind, without numbers."""

    def damage(draft: Draft, chance: Random) -> Draft | None:
        hunks = [hunk for file in draft.files if file.is_edit for hunk in file.hunks]
        if not hunks or not all(file.is_edit for file in draft.files):
            return None
        if kind == "function" and not all(hunk.scope for hunk in hunks):
            return None
        return replace(draft, style=replace(draft.style, header=kind))

    return damage


def anchors(kind: Anchors, least: int = 1) -> Step:
    """Anchors of this kind above hunks that stand in so many classes and functions."""

    def damage(draft: Draft, chance: Random) -> Draft | None:
        hunks = [hunk for file in draft.files if file.is_edit for hunk in file.hunks]
        if max((len(hunk.scope) for hunk in hunks), default=-1) < least:
            return None
        return replace(draft, style=replace(draft.style, anchors=kind))

    return damage


def name_style(kind: Literal["base", "dot", "prose"]) -> Step:
    """File names written in this way."""

    def damage(draft: Draft, chance: Random) -> Draft | None:
        if kind != "dot" and not all(file.is_edit and file.hunks for file in draft.files):
            return None
        if kind == "base" and not any("/" in file.path for file in draft.files):
            return None
        # Headers without prefixes: `a/` and a bare name are two damages.
        style = replace(draft.style, name=kind, git=False, prefixes=draft.style.prefixes and kind == "base")
        return replace(draft, style=style)

    return damage


def no_prefixes(draft: Draft, chance: Random) -> Draft | None:
    """The headers lack a/ and b/."""
    return replace(draft, style=replace(draft.style, prefixes=False, git=draft.style.git and chance.random() < 0.3))


def namesake(draft: Draft, chance: Random) -> Draft | None:
    """A file of the same name lies in another folder, and holds the same text."""
    file = chance.choice(draft.files)
    base = file.path.rpartition("/")[2]
    if not file.is_edit or "/" not in file.path:
        return None
    return replace(draft, siblings={**draft.siblings, f"vendored/{base}": file.encoded(file.old)})


def reordered(draft: Draft, chance: Random) -> Draft | None:
    """The hunks of a file come in another order."""
    return on_a_file(_shuffled)(draft, chance)


def _shuffled(file: FileDraft, chance: Random) -> FileDraft | None:
    hunks = tuple(chance.sample(file.hunks, len(file.hunks)))
    return replace(file, hunks=hunks) if hunks != file.hunks else None


def duplicated(draft: Draft, chance: Random) -> Draft | None:
    """One hunk comes twice."""
    return on_a_file(_doubled)(draft, chance)


def _doubled(file: FileDraft, chance: Random) -> FileDraft:
    at = chance.randrange(len(file.hunks))
    return replace(file, hunks=(*file.hunks[: at + 1], *file.hunks[at:]))


def misnumbered(draft: Draft, chance: Random) -> Draft | None:
    """Hunk headers give other lines: all off by the same, or each by its own."""
    same = chance.choice([-1, 1]) * chance.randint(1, 40) if chance.random() < 0.5 else None
    files = tuple(_misnumbered(file, chance, same) if file.is_edit else file for file in draft.files)
    return replace(draft, files=files) if files != draft.files else None


def _misnumbered(file: FileDraft, chance: Random, same: int | None) -> FileDraft:
    hunks: list[Hunk] = []
    for hunk in file.hunks:
        off = chance.choice([-1, 1]) * chance.randint(1, 60) if same is None else same
        start, new_start = max(hunk.start + off, 0), max(hunk.new_start + off, 0)
        hunks.append(replace(hunk, start=start, new_start=new_start))
    return replace(file, hunks=tuple(hunks))
