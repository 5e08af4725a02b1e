"""What changed between two states of a tree, as test selection wants it: old texts and the old lines touched."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable

from tools.patch import Change, decode
from tools.testing.select import FileChange
from tools.workspace.git import Repository, run_git


def file_change(path: str, old: str, new: str) -> FileChange:
    """The change of one file; what is inserted touches the line before and the line after."""
    before, after = old.split("\n"), new.split("\n")
    touched: set[int] = set()
    for kind, start, end, _, _ in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind != "equal":
            touched |= set(range(start + 1, end + 1)) or {max(start, 1), min(start + 1, len(before))}
    return FileChange(path, old, frozenset(touched))


def of_patch(changes: Iterable[Change]) -> list[FileChange]:
    """The changes of a decided patch."""
    return [file_change(change.path, decode(change.before or b""), decode(change.after or b"")) for change in changes]


def between(repository: Repository, old: str, new: str) -> list[FileChange]:
    """The changes from one commit or tree to another; GitError when one of them is gone."""
    listed = run_git(["diff-tree", "-r", "-z", "--name-only", "--no-renames", old, new], repository.root)
    paths = [os.fsdecode(path) for path in listed.split(b"\0") if path]
    texts = [_texts(repository, commit, paths) for commit in (old, new)]
    return [file_change(path, texts[0].get(path, ""), texts[1].get(path, "")) for path in paths]


def _texts(repository: Repository, commit: str, paths: Iterable[str]) -> dict[str, str]:
    """The contents of files of a commit, in one call; those that are not there are left out."""
    wanted = list(paths)
    if not wanted:
        return {}
    listed = run_git(
        ["ls-tree", "-r", "-z", commit, "--", *(f":(literal,top){path}" for path in wanted)], repository.root
    )
    blobs = {}
    for row in filter(None, listed.split(b"\0")):
        about, _, name = row.partition(b"\t")
        if about.split()[1] == b"blob":
            blobs[os.fsdecode(name)] = about.split()[2].decode()
    return {path: decode(run_git(["cat-file", "blob", blob], repository.root)) for path, blob in blobs.items()}
