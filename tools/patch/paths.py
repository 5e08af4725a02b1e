"""Says which paths a patch may touch; everything is refused by name first, then by what lies on the disk."""

import re
import stat
from pathlib import Path

from tools.errors import PatchError
from tools.patch.types import FilePatch

PLAIN_MODES = ("100644", "100755", "100664")
_OUTSIDE_HINT = "name the file relative to the repository root, with forward slashes"
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
    place = tree
    for part in name.split("/"):
        place = place / part
        mode = file_mode(place)
        if mode is None:
            return tree / name
        if stat.S_ISLNK(mode):
            message = f"{name}: {place.relative_to(tree)} is a symbolic link"
            raise PatchError("path-symlink", message, "patch the file it points to by its own path", name)
        if not stat.S_ISDIR(mode) and place != tree / name:
            message = f"{name}: {place.relative_to(tree)} is not a folder"
            raise PatchError("not-a-file", message, "look at the tree with list_dir", name)
    if not stat.S_ISREG(mode or 0):
        raise PatchError("not-a-file", f"{name} is not a plain file", "look at the tree with list_dir", name)
    return place


def file_mode(place: Path) -> int | None:
    """The mode of what lies at a place, links not followed; None when there is nothing."""
    try:
        return place.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise PatchError("unreadable", f"{place.name}: {error.strerror}", "", place.name) from error


def resolved(patch: FilePatch, tree: Path) -> FilePatch:
    """Take an a/ or b/ prefix off when both headers carry the same one and only the shorter name exists."""
    name = patch.source_file
    if name is None or name != patch.target_file or not name.startswith(("a/", "b/")):
        return patch
    literal, shorter = (file_mode(tree / candidate) is not None for candidate in (name, name[2:]))
    if literal and shorter:
        message = f"{name} can mean itself or {name[2:]}; both exist"
        raise PatchError("ambiguous-path", message, f"write --- a/{name} and +++ b/{name}", name)
    if literal or not shorter:
        return patch
    return FilePatch(name[2:], name[2:], patch.hunks, patch.source_mode, patch.target_mode, patch.is_binary_file)
