"""Many files of a repository's history, read by one call of git."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable

from tools.workspace.git import GitError, Repository

PLAIN = ("100", "120")  # modes of files and links begin so; the rest are submodules


def list_blobs(repository: Repository, tree: str) -> dict[str, str]:
    """Blob ids by path, of all files below a tree or commit; submodules are left out."""
    listed = repository.git(["ls-tree", "-r", "-z", "--full-tree", tree])
    rows = (row.partition(b"\t") for row in listed.split(b"\0") if row)
    return {os.fsdecode(path): about.split()[2].decode() for about, _, path in rows if about.decode().startswith(PLAIN)}


def read_blobs(repository: Repository, ids: Iterable[str]) -> dict[str, bytes]:
    """Contents by blob id; GitError when one is not there."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    with tempfile.TemporaryFile(prefix="regreen-ids-") as asked:
        asked.write("".join(f"{name}\n" for name in wanted).encode())
        asked.seek(0)
        out = repository.git(["cat-file", "--batch"], stdin=asked)
    found: dict[str, bytes] = {}
    at = 0
    while at < len(out):  # a row `ID blob SIZE`, the content, a line feed
        end = out.index(b"\n", at)
        name, kind, *size = out[at:end].decode().split()
        if kind != "blob":
            raise GitError("git", f"object {name} is {kind}")
        start, at = end + 1, end + 2 + int(size[0])
        found[name] = out[start : at - 1]
    return found
