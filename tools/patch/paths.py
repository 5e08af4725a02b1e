"""Says which paths a patch may touch; everything is refused by name first, then by what lies on the disk."""

import os
import re
import stat
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

from tools.errors import PatchError
from tools.patch.types import FilePatch

PLAIN_MODES = ("100644", "100755", "100664")
# A search that would pass more entries than this finds nothing.
MOST_ENTRIES = 50_000
SHOWN_FILES = 5
# Where agents and continuous integration put a checkout, or what stands for "before" and "after".
CHECKOUT_FOLDERS = {"a", "b", "old", "new", "orig", "repo", "repository", "project", "workspace", "testbed", "root"}
UNTRACKED_FOLDERS = {".git", ".hg", ".venv", "venv", ".tox", ".nox", "node_modules", "site-packages", "__pycache__"}
_OUTSIDE_HINT = "name the file relative to the current folder, with forward slashes"
# Characters some file systems ignore when they compare names.
_IGNORED = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


def check_patch_paths(patch: FilePatch) -> None:
    """Refuse, without looking at the disk, a patch of anything but plain files under the tree."""
    for name in (patch.source_file, patch.target_file):
        if name is not None:
            check_name(name)
    for mode in (patch.source_mode, patch.target_mode):
        if mode is not None and mode not in PLAIN_MODES:
            message = f"{patch.path}: mode {mode} is not that of a plain file"
            raise PatchError("special-mode", message, "only plain files can be patched", patch.path)
    if patch.is_binary_file:
        message = f"{patch.path}: binary patches are not accepted"
        raise PatchError("binary", message, "patch text files only", patch.path)


def check_name(name: str) -> None:
    """Refuse a name that is not a plain relative path, or that leads into git's own folder."""
    parts = name.split("/")
    drive = re.match(r"[A-Za-z]:", name)
    if drive or re.search(r"[\x00-\x1f\x7f\\]", name) or any(part in ("", ".", "..") for part in parts):
        raise PatchError("path-outside", f"{name!r} is not a plain path inside the tree", _OUTSIDE_HINT, name)
    if any(_is_git(part) for part in parts):
        raise PatchError("path-git", f"{name!r} belongs to git", "git's own files are never patched", name)


def _is_git(part: str) -> bool:
    plain = _IGNORED.sub("", part).split(":")[0].rstrip(". ").casefold()
    return plain in (".git", "git~1")


def inside(tree: Path, name: str) -> Path:
    """The file's place on the disk; a symlink, or a file where a folder should be, on the way is refused."""
    mode = None
    for way in accumulate(name.split("/"), "{}/{}".format):
        mode = file_mode(f"{tree}/{way}")
        if mode is None:
            return tree / name
        if stat.S_ISLNK(mode):
            message = f"{name}: {way} is a symbolic link"
            raise PatchError("path-symlink", message, "patch the file it points to by its own path", name)
        if not stat.S_ISDIR(mode) and way != name:
            raise PatchError("not-a-file", f"{name}: {way} is not a folder", "look up the path in the tree", name)
    if not stat.S_ISREG(mode or 0):
        raise PatchError("not-a-file", f"{name} is not a plain file", "look up the path in the tree", name)
    return tree / name


def file_mode(place: Path | str) -> int | None:
    """The mode of what lies at a place, links not followed; None when there is nothing."""
    try:
        return os.lstat(place).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        name = Path(place).name
        raise PatchError("unreadable", f"{name}: {error.strerror}", "", name) from error


def resolved(patch: FilePatch, tree: Path) -> FilePatch:
    """The patch with the name its file has in the tree, where a sloppy name can mean one file only."""
    name = patch.source_file
    if name is None or patch.is_rename:
        return patch
    there = file_mode(tree / name) is not None
    shorter = name[2:] if name == patch.target_file and name.startswith(("a/", "b/")) else None
    if shorter and file_mode(tree / shorter) is not None:
        if not there:
            return _renamed(patch, shorter)
        message = f"{name} can mean itself or {shorter}; both exist"
        raise PatchError("ambiguous-path", message, f"write --- a/{name} and +++ b/{name}", name)
    # Only quoted lines can prove that a file elsewhere is the one that is meant.
    if there or not any(hunk.source for hunk in patch.hunks):
        return patch
    inside(tree, name)
    found = _same_ending(name, tree)
    if len(found) > 1:
        message = f"there is no {name}; it can mean {', '.join(found[:SHOWN_FILES])}"
        raise PatchError("ambiguous-path", message, _OUTSIDE_HINT, name)
    return _renamed(patch, found[0]) if found else patch


def _renamed(patch: FilePatch, name: str) -> FilePatch:
    return replace(patch, source_file=name, target_file=None if patch.target_file is None else name)


def _same_ending(name: str, tree: Path) -> list[str]:
    """Files that have more folders in front than the name says; else the one that has fewer."""
    files = files_below(tree, MOST_ENTRIES)
    longer = sorted(file for file in files if file.endswith(f"/{name}"))
    parts = name.split("/")
    for at in range(len(parts) if files and not longer else 0):
        place = tree.joinpath(*parts[at:])
        if stat.S_ISREG(file_mode(place) or 0) and _is_around(parts[:at], parts[at], tree):
            return ["/".join(parts[at:])]
        # The folder is there and the file is not: the name is wrong, not sloppy.
        if place.parent != tree and file_mode(place.parent) is not None:
            return []
    return longer


def _is_around(folders: Sequence[str], first: str, tree: Path) -> bool:
    """True when a name's leading folders lead to the tree, to where trees are put, or say its first folder twice.

    Others would be part of the tree: then the name is wrong, not sloppy.
    """
    around = {*tree.resolve().parts, *CHECKOUT_FOLDERS, first}
    return all(folder in around for folder in folders)


def files_below(tree: Path, most: int) -> list[str]:
    """Plain files that look like the tree's own, links not followed; none when it has more entries than `most`."""
    files: list[str] = []
    folders, seen = [""], 0
    while folders:
        folder = folders.pop()
        entries = _entries(tree / folder)
        seen += len(entries)
        if seen > most:
            return []
        files += [f"{folder}{entry.name}" for entry in entries if entry.is_file(follow_symlinks=False)]
        below = (entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
        folders += [f"{folder}{name}/" for name in below if name not in UNTRACKED_FOLDERS]
    return files


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []
