"""Patches that only a refusal answers: out of the tree, onto what is there, against themselves, for nothing."""

from dataclasses import replace
from pathlib import PurePosixPath
from random import Random

from benchmarks._patch.choosing import with_texts
from benchmarks._patch.damage_files import inserted
from benchmarks._patch.values import Draft, FileDraft, Hunk, Quoted

OUTER = "/dev/shm/outer"
"""Inside the sandbox: the folder around the tree, which no applier may touch."""


def parent_path(draft: Draft, chance: Random) -> Draft | None:
    """The name climbs out of the tree, where just such a file lies."""
    return _elsewhere(draft, chance, "../victim/{name}")


def absolute_path(draft: Draft, chance: Random) -> Draft | None:
    """The name is absolute."""
    return _elsewhere(draft, chance, f"{OUTER}/victim/{{name}}")


def linked_folder(draft: Draft, chance: Random) -> Draft | None:
    """A folder of the name is a symbolic link that leads out."""
    changed = _elsewhere(draft, chance, "linked/{name}")
    return replace(changed, links={"linked": "../victim"}) if changed else None


def _elsewhere(draft: Draft, chance: Random, name: str) -> Draft | None:
    file = _edit(draft, chance)
    if file is None:
        return None
    base = PurePosixPath(file.path).name
    style = replace(draft.style, prefixes=chance.random() < 0.7)
    renamed, outside = {file.path: name.format(name=base)}, {f"victim/{base}": file.encoded(file.old)}
    return replace(draft, files=(file,), style=style, renamed=renamed, outside=outside)


def git_folder(draft: Draft, chance: Random) -> Draft | None:
    """The file is git's own."""
    file = _edit(draft, chance)
    if file is None:
        return None
    place = chance.choice([".git/hooks/pre-commit", ".git/config", ".GIT/config"])
    return replace(draft, files=(replace(file, old_path=place, new_path=place),))


def null_device(draft: Draft, chance: Random) -> Draft | None:
    """The device is edited, removed, or the target of a move."""
    file = _edit(draft, chance)
    if file is None:
        return None
    gone = tuple(_whole(file.old, "-"))
    removed = replace(file, old_path="/dev/null", new_path=None, hunks=(Hunk(0, -1, 0, gone, "", ()),))
    moved = replace(file, new_path="/dev/null")
    edited = replace(file, old_path="/dev/null", new_path="/dev/null")
    style = replace(draft.style, prefixes=chance.random() < 0.5)
    return replace(draft, files=(chance.choice([removed, moved, edited]),), style=style)


def over_a_file(draft: Draft, chance: Random) -> Draft | None:
    """A file is created where one lies."""
    file = _edit(draft, chance)
    if file is None or not file.new or len(file.new) > 150:
        return None
    created = replace(file, old_path=None, hunks=(Hunk(-1, 0, 0, tuple(_whole(file.new, "+")), "", ()),))
    tree = {**draft.siblings, file.path: file.encoded(file.old)}
    return replace(draft, files=(created,), siblings=tree)


def binary(draft: Draft, chance: Random) -> Draft | None:
    """The file holds NUL bytes."""
    file = _edit(draft, chance)
    grown = inserted(file, len(file.old), ["\0\1\2 binary"], stated=True) if file else None
    return replace(draft, files=(grown,)) if grown else None


def already_applied(draft: Draft, chance: Random) -> Draft | None:
    """The tree holds the outcome, and what the patch expects is nowhere in it."""
    file = _edit(draft, chance)
    if file is None or any(_stands_in(hunk, file.new) for hunk in file.hunks):
        return None
    return replace(draft, files=(replace(file, old=file.new),))


def _stands_in(hunk: Hunk, lines: tuple[str, ...]) -> bool:
    texts = tuple(line.text for line in hunk.source)
    return any(lines[at : at + len(texts)] == texts for at in range(len(lines) - len(texts) + 1))


def no_change(draft: Draft, chance: Random) -> Draft | None:
    """Lines are removed and added again unchanged, or only context is shown."""
    file = _edit(draft, chance)
    if file is None or not file.hunks[0].source:
        return None
    pairs = chance.random() < 0.5
    hunks = tuple(replace(hunk, lines=tuple(_idle(hunk, pairs=pairs))) for hunk in file.hunks if hunk.source)
    return replace(draft, files=(replace(file, hunks=hunks, new=file.old),))


def _idle(hunk: Hunk, *, pairs: bool) -> list[Quoted]:
    source = [line._replace(mark=" ") for line in hunk.source]
    if not pairs:
        return source
    at = len(source) // 2
    line = source[at]
    return [*source[:at], line._replace(mark="-"), Quoted("+", line.text, None), *source[at + 1 :]]


def contradictory(draft: Draft, chance: Random) -> Draft | None:
    """Two hunks make different lines of the same one, or a file is both edited and removed."""
    file = _edit(draft, chance)
    if file is None:
        return None
    hunk = next((hunk for hunk in file.hunks if {"+", "-"} <= {line.mark for line in hunk.lines}), None)
    if hunk is None:
        return None
    other = with_texts(hunk, [line.text + " or not" * (line.mark == "+") for line in hunk.lines])
    if chance.random() < 0.6 or len(file.old) > 150:
        return replace(draft, files=(replace(file, hunks=(hunk, other)),))
    gone = replace(file, new_path=None, hunks=(Hunk(0, -1, 0, tuple(_whole(file.old, "-")), "", ()),))
    return replace(draft, files=(file, gone))


def _whole(lines: tuple[str, ...], mark: str) -> list[Quoted]:
    if mark == "+":
        return [Quoted("+", text, None) for text in lines]
    return [Quoted("-", text, at) for at, text in enumerate(lines)]


def _edit(draft: Draft, chance: Random) -> FileDraft | None:
    edits = [file for file in draft.files if file.is_edit and file.hunks]
    return chance.choice(edits) if edits else None
