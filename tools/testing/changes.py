"""What changed between two states of a tree, as test selection wants it: old texts and the old lines touched."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tools.difference import changed_lines
from tools.testing.select import FileChange
from tools.text import decode
from tools.workspace.blobs import PLAIN, read_blobs
from tools.workspace.git import Repository

if TYPE_CHECKING:
    from tools.patch import Change


def file_change(path: str, old: str, new: str) -> FileChange:
    """The change of one file; what is inserted touches the line before (0 at the top) and the line after."""
    before, after = old.split("\n"), new.split("\n")
    touched: set[int] = set()
    for _, start, end, _, _ in changed_lines(before, after):
        touched |= set(range(start + 1, end + 1)) or {start, min(start + 1, len(before))}
    return FileChange(path, old, frozenset(touched))


def of_patch(changes: Iterable[Change]) -> list[FileChange]:
    """The changes of a decided patch."""
    return [file_change(change.path, decode(change.before or b""), decode(change.after or b"")) for change in changes]


def between(repository: Repository, old: str, new: str) -> list[FileChange]:
    """The changes from one commit or tree to another; GitError when one of them is gone. Only Python has lines."""
    listed = repository.git(["diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", old, new])
    fields = listed.split(b"\0")[:-1]
    paths = [os.fsdecode(path) for path in fields[1::2]]
    blobs = [
        _blobs(about.decode()) if path.endswith(".py") else ("", "")
        for about, path in zip(fields[::2], paths, strict=True)
    ]
    texts = read_blobs(repository, (blob for pair in blobs for blob in pair if blob))
    return [
        file_change(path, *(decode(texts.get(blob, b"")) for blob in pair))
        for path, pair in zip(paths, blobs, strict=True)
    ]


def _blobs(about: str) -> tuple[str, str]:
    """Blob ids before and after, from git's raw row `:MODE MODE BLOB BLOB STATUS`; "" where there is no file."""
    old_mode, new_mode, old, new, _ = about.removeprefix(":").split()
    return old if old_mode.startswith(PLAIN) else "", new if new_mode.startswith(PLAIN) else ""
