"""Everything of a repository that regreen must leave as it was."""

import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import GIT_IDENTITY

Fingerprint = dict[str, object]
# Where runs are kept, and their objects: git reaches them by the run's own refs alone.
OWN = ("objects", "regreen", "refs/regreen")
LISTINGS = (
    ("for-each-ref",),
    ("stash", "list"),
    ("worktree", "list", "--porcelain"),
    ("ls-files", "--stage"),
)


def fingerprint(repo: Path) -> Fingerprint:
    """Files with their bytes, modes and times, git's own files, and what git lists; the key names what it is."""
    git_dir = Path(_git(repo, "rev-parse", "--absolute-git-dir")[0])
    files: Fingerprint = {
        f"file {path}": (*_content(repo / path), *_status(repo / path)) for path in _below(repo, skip=(".git",))
    }
    internals: Fingerprint = {f"git {path}": _content(git_dir / path) for path in _below(git_dir, skip=OWN)}
    lists: Fingerprint = {
        " ".join(listing): [line for line in _git(repo, *listing) if "refs/regreen/runs/" not in line]
        for listing in LISTINGS
    }
    return files | internals | lists


def changed(before: Fingerprint, after: Fingerprint) -> list[str]:
    """The keys that differ."""
    return sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))


def refs_of_ours(repo: Path) -> list[str]:
    """The refs below refs/regreen, by name."""
    return _git(repo, "for-each-ref", "--format=%(refname)", "refs/regreen")


def _below(root: Path, skip: tuple[str, ...], inside: str = "") -> Iterator[str]:
    for path in sorted((root / inside).iterdir()):
        name = path.relative_to(root).as_posix()
        if name in skip:
            continue
        yield name
        if path.is_dir() and not path.is_symlink():
            yield from _below(root, skip, name)


def _content(path: Path) -> tuple[object, ...]:
    if path.is_symlink():
        return ("link", str(path.readlink()))
    return ("file", path.read_bytes()) if path.is_file() else ("folder",)


def _status(path: Path) -> tuple[int, int]:
    status = path.lstat()
    return stat.S_IMODE(status.st_mode), status.st_mtime_ns


def _git(repo: Path, *arguments: str) -> list[str]:
    """What git prints, without the index being refreshed on the way."""
    env = os.environ | GIT_IDENTITY | {"GIT_OPTIONAL_LOCKS": "0"}
    done = subprocess.run(["git", *arguments], cwd=repo, env=env, check=True, capture_output=True)
    return os.fsdecode(done.stdout).splitlines()
