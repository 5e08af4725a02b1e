"""Picks a file or a hunk of a draft and puts a changed one back."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from benchmarks._patch.values import Draft, FileDraft, Hunk, Quoted

Step = Callable[[Draft, Random], Draft | None]
"""Damages a draft; None where this draft gives no ground for it."""
HunkStep = Callable[[FileDraft, Hunk, Random], Hunk | None]
FileStep = Callable[[FileDraft, Random], FileDraft | None]


def on_a_file(step: FileStep) -> Step:
    """Damage one file that is edited in place."""

    def damage(draft: Draft, chance: Random) -> Draft | None:
        return _first(draft, chance, lambda file: step(file, chance))

    return damage


def on_a_hunk(step: HunkStep) -> Step:
    """Damage one hunk of a file that is edited in place."""

    def damage(draft: Draft, chance: Random) -> Draft | None:
        return _first(draft, chance, lambda file: _hunk_damaged(file, step, chance))

    return damage


def on_every_hunk(step: HunkStep) -> Step:
    """Damage all hunks of every file that is edited in place, or none."""

    def damage(draft: Draft, chance: Random) -> Draft | None:
        files = [_all_damaged(file, step, chance) if file.is_edit else file for file in draft.files]
        found = tuple(file for file in files if file is not None)
        return replace(draft, files=found) if len(found) == len(files) and found != draft.files else None

    return damage


def _first(draft: Draft, chance: Random, step: Callable[[FileDraft], FileDraft | None]) -> Draft | None:
    order = [at for at, file in enumerate(draft.files) if file.is_edit and file.hunks]
    for at in chance.sample(order, len(order)):
        changed = step(draft.files[at])
        if changed is not None:
            return replace(draft, files=(*draft.files[:at], changed, *draft.files[at + 1 :]))
    return None


def _hunk_damaged(file: FileDraft, step: HunkStep, chance: Random) -> FileDraft | None:
    for at in chance.sample(range(len(file.hunks)), len(file.hunks)):
        changed = step(file, file.hunks[at], chance)
        if changed is not None:
            return replace(file, hunks=(*file.hunks[:at], changed, *file.hunks[at + 1 :]))
    return None


def _all_damaged(file: FileDraft, step: HunkStep, chance: Random) -> FileDraft | None:
    hunks = [step(file, hunk, chance) for hunk in file.hunks]
    found = tuple(hunk for hunk in hunks if hunk is not None)
    return replace(file, hunks=found) if len(found) == len(hunks) else None


def with_texts(hunk: Hunk, texts: Sequence[str]) -> Hunk:
    """The hunk with other texts on its lines."""
    lines = (Quoted(line.mark, text, line.origin) for line, text in zip(hunk.lines, texts, strict=True))
    return replace(hunk, lines=tuple(lines))
