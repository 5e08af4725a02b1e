"""What changed between two states of a tree, as test selection wants it: old texts and the old lines touched."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable

from tools.patch import Change, decode
from tools.testing.select import FileChange
from tools.workspace.git import Repository

FILE_MODES = ("100", "120")  # plain files and links; not submodules


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
    listed = repository.git(["diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", old, new])
    fields = listed.split(b"\0")[:-1]
    return [
        file_change(os.fsdecode(path), *_texts(repository, about.decode()))
        for about, path in zip(fields[::2], fields[1::2], strict=True)
    ]


def _texts(repository: Repository, about: str) -> tuple[str, str]:
    """A file before and after, from git's raw row `:MODE MODE BLOB BLOB STATUS`; "" where there is no file."""
    old_mode, new_mode, old, new, _ = about.removeprefix(":").split()
    return _text(repository, old_mode, old), _text(repository, new_mode, new)


def _text(repository: Repository, mode: str, blob: str) -> str:
    return decode(repository.git(["cat-file", "blob", blob])) if mode.startswith(FILE_MODES) else ""
