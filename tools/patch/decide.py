"""From file patches and a tree to decided changes: reads and locates everything, writes nothing."""

import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tools.errors import PatchError
from tools.patch.encoding import UTF8, read, written
from tools.patch.paths import check_patch_paths, file_mode, inside, resolved
from tools.patch.place.elision import elides
from tools.patch.place.fit import bare
from tools.patch.splice import ALREADY_APPLIED, already_applied, apply_hunks, is_applied
from tools.patch.types import BOM, UTF16_MARKS, Change, FilePatch, Hunk, Placement
from tools.patch.validate import DEFAULT_CHECKS, Check

EXECUTABLE = 0o111


def decide(patches: Sequence[FilePatch], tree: Path, checks: Sequence[Check] = DEFAULT_CHECKS) -> tuple[Change, ...]:
    """Compute every file's new bytes in memory; one file that is refused refuses the whole patch."""
    for patch in patches:
        check_patch_paths(patch)
    joined = _one_a_path([resolved(patch, tree) for patch in patches])
    changes: list[Change] = []
    applied: list[PatchError] = []
    for sections in joined:
        try:
            changes += _decided(sections, tree)
        except PatchError as error:
            if error.code != ALREADY_APPLIED:
                raise
            applied.append(error)
    if applied:
        raise applied[0] if not changes else _partly(applied[0])
    _refuse_nested(changes)
    for change in changes:
        for check in checks:
            check(change)
    return tuple(changes)


def _partly(error: PatchError) -> PatchError:
    message = f"{error.message}; the rest of the patch is not applied"
    return PatchError("partly_applied", message, "send only what is missing", error.path)


def _one_a_path(patches: Sequence[FilePatch]) -> list[list[FilePatch]]:
    """Sections grouped by file; only plain edits of one file may come in several."""
    groups: dict[str, list[FilePatch]] = {}
    for patch in patches:
        for name in {patch.source_file, patch.target_file} - {None}:
            groups.setdefault(name or "", []).append(patch)
    for name, sections in groups.items():
        if len(sections) > 1 and not all(_is_plain_edit(section) for section in sections):
            message = f"{name}: the patch creates, removes or moves this file and names it again"
            raise PatchError("file-twice", message, "give each file one section", name)
    return [sections for name, sections in groups.items() if name == sections[0].path]


def _is_plain_edit(patch: FilePatch) -> bool:
    return patch.source_file == patch.target_file and bool(patch.hunks) and patch.target_mode is None


def _decided(sections: Sequence[FilePatch], tree: Path) -> list[Change]:
    patch = sections[0]
    if patch.source_file is None:
        return [_created(patch, tree)]
    if patch.target_file is None:
        return [_removed(patch, tree)]
    if patch.is_rename:
        return _moved(patch, tree)
    return [_edited(sections, tree)]


def _created(patch: FilePatch, tree: Path) -> Change:
    if len(patch.hunks) > 1:
        message = f"{patch.path}: a new file takes one hunk, not {len(patch.hunks)}"
        raise PatchError("malformed", message, "send its whole content in one hunk", patch.path)
    after = written(patch.path, "".join(line for hunk in patch.hunks for line in hunk.target), UTF8, patch.hunks)
    place = inside(tree, patch.path)
    if file_mode(place) is not None:
        if _bytes(place, patch.path) == after:
            raise already_applied(patch.path)
        raise PatchError("exists", f"{patch.path} exists already", "patch the file that is there", patch.path)
    _refuse_binary(patch.path, after)
    mode = 0o755 if patch.target_mode == "100755" else 0o644
    return Change(patch.path, None, after, mode, tuple(Placement(patch.path, 1, 1, "exact", 0) for _ in patch.hunks))


def _removed(patch: FilePatch, tree: Path) -> Change:
    place = inside(tree, patch.path)
    if file_mode(place) is None:
        message = f"there is no file {patch.path}: nothing to remove"
        raise PatchError(ALREADY_APPLIED, message, _where_it_is(patch.path, tree), patch.path)
    before = _text_bytes(place, patch.path)
    if not patch.hunks and patch.source_mode is None:  # said to go, whatever it holds
        return Change(patch.path, before, None, _permissions(place))
    left, placements = _applied(patch.path, patch.hunks, read(patch.path, before, patch.hunks)[0])
    if left.removeprefix(BOM):
        message = f"{patch.path}: the patch removes the file but does not show all of its lines"
        raise PatchError("no-match", message, f"look at {patch.path} again and remove every line", patch.path)
    return Change(patch.path, before, None, _permissions(place), placements)


def _moved(patch: FilePatch, tree: Path) -> list[Change]:
    source, target = patch.source_file or "", patch.target_file or ""
    old, new = inside(tree, source), inside(tree, target)
    if file_mode(old) is None and file_mode(new) is not None and _is_result(patch, new):
        raise already_applied(target)
    if file_mode(new) is not None:
        raise PatchError("exists", f"{target} exists already", "move the file to a free name", target)
    _refuse_missing(source, tree)
    before = _text_bytes(old, source)
    text, codec = read(source, before, patch.hunks)
    text, placements = _applied(target, patch.hunks, text)
    after, mode = written(source, text, codec, patch.hunks), _permissions(old)
    _refuse_binary(target, after)
    moved = Change(target, None, after, _with_mode(mode, patch.target_mode), placements, moved_from=source)
    return [Change(source, before, None, mode), moved]


def _is_result(patch: FilePatch, place: Path) -> bool:
    text, _ = read(patch.path, _bytes(place, patch.path), patch.hunks)
    return is_applied(patch.path, patch.hunks, text)


def _edited(sections: Sequence[FilePatch], tree: Path) -> Change:
    patch = sections[0]
    place = inside(tree, patch.path)
    if file_mode(place) is None and len(sections) == 1 and _states_new_file(patch.hunks):
        return _created(replace(patch, source_file=None), tree)
    _refuse_missing(patch.path, tree)
    before = _text_bytes(place, patch.path)
    hunks = [hunk for section in sections for hunk in section.hunks]
    text, codec = read(patch.path, before, hunks)
    text, placements = _edited_text(sections, text)
    after, mode = written(patch.path, text, codec, hunks), _permissions(place)
    after_mode = _with_mode(mode, patch.target_mode)
    _refuse_binary(patch.path, after)
    if after == before and after_mode == mode:
        raise already_applied(patch.path)
    return Change(patch.path, before, after, after_mode, placements, mode if after_mode != mode else None)


def _states_new_file(hunks: Sequence[Hunk]) -> bool:
    """`@@ -0,0 +1,n @@` says that there was nothing, even where the header forgot /dev/null."""
    return len(hunks) == 1 and hunks[0].source_start == 0 and hunks[0].source_length == 0


def _edited_text(sections: Sequence[FilePatch], text: str) -> tuple[str, tuple[Placement, ...]]:
    path = sections[0].path
    result, placements = _applied(path, [hunk for section in sections for hunk in section.hunks], text)
    if len(sections) == 1:
        return result, placements
    # Are later sections meant for the old file or for the outcome of the first? Both readings must agree.
    step = text
    for section in sections:
        step, _ = _applied(path, section.hunks, step)
    if step != result:
        message = f"{path}: the patch names this file {len(sections)} times and can be read in two ways"
        raise PatchError("file-twice", message, "give each file one section", path)
    return result, placements


def _applied(path: str, hunks: Sequence[Hunk], text: str) -> tuple[str, tuple[Placement, ...]]:
    try:
        return apply_hunks(path, hunks, text)
    except PatchError as error:
        removed = (line.value for hunk in hunks for line in hunk.lines if line.line_type == "-")
        if error.code != "no-match" or not any(elides(bare(line)) for line in removed):
            raise
        hint = "a removed `...` stands for nothing: write a - line for every line that goes"
        raise PatchError(error.code, error.message, hint, path, error.line) from error


def _with_mode(mode: int, stated: str | None) -> int:
    if stated is None:
        return mode
    # Whoever may read it may run it.
    return mode | (mode & 0o444) >> 2 if stated == "100755" else mode & ~EXECUTABLE


def _permissions(place: Path) -> int:
    return stat.S_IMODE(file_mode(place) or 0)


def _refuse_missing(name: str, tree: Path) -> None:
    if file_mode(tree / name) is None:
        hint = _where_it_is(name, tree) or "look up the path in the tree; a new file needs --- /dev/null"
        raise PatchError("missing-file", f"there is no file {name}", hint, name)


def _where_it_is(name: str, tree: Path) -> str:
    """What helps in a subfolder, where a path is written from the repository's root; "" elsewhere."""
    folders = [tree.resolve(), *tree.resolve().parents]
    above = next((at for at, folder in enumerate(folders) if file_mode(folder / ".git") is not None), 0)
    if above == 0 or not stat.S_ISREG(file_mode(folders[above] / name) or 0):
        return ""
    root = "/".join([".."] * above)
    return f"paths count from the current folder; {name} lies at the repository's root, so apply the patch in {root}"


def _text_bytes(place: Path, name: str) -> bytes:
    if not _permissions(place) & 0o222:
        raise PatchError("read-only", f"{name} is read-only", "make it writable first if it is meant to change", name)
    data = _bytes(place, name)
    _refuse_binary(name, data)
    return data


def _bytes(place: Path, name: str) -> bytes:
    try:
        return place.read_bytes()
    except OSError as error:
        raise PatchError("unreadable", f"{name} cannot be read: {error.strerror}", "", name) from error


def _refuse_binary(name: str, data: bytes) -> None:
    if data.startswith(UTF16_MARKS):
        raise PatchError("encoding", f"{name} is UTF-16, which is not edited", "save the file as UTF-8 first", name)
    if b"\0" in data:
        raise PatchError("binary", f"{name} holds NUL bytes, so it is not text", "patch text files only", name)


def _refuse_nested(changes: Sequence[Change]) -> None:
    created = {change.path for change in changes if change.before is None}
    for path in created:
        above = next((str(parent) for parent in Path(path).parents if str(parent) in created), None)
        if above is not None:
            raise PatchError("not-a-file", f"{above} cannot be both a file and the folder of {path}", "", path)
