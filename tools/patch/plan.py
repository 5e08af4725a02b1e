"""What an apply is about to do, as it is noted on the disk; and how one that did not get to its end is taken back."""

import hashlib
import json
import os
import re
import secrets
import stat
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.errors import PatchError
from tools.ledger import Ledger, sync
from tools.patch.paths import check_name, file_mode, inside
from tools.patch.types import Change

VERSION = 1


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """SHA-256 of a file's bytes before and after (None: no file); its permission bits after, where they change."""

    path: str
    before: str | None
    after: str | None
    mode: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Paths are relative to `root`; `folders` are made for new files, outermost first.

    While it is carried out, a file's new and old bytes lie beside it under names made of the token and its index.
    """

    root: Path
    token: str
    files: tuple[PlannedFile, ...]
    folders: tuple[str, ...]

    def place(self, index: int) -> Path:
        """Where the file belongs."""
        return self.root / self.files[index].path

    def new(self, index: int) -> Path:
        """Its new bytes, until they take its place."""
        return self.place(index).with_name(f".regreen-{self.token}-{index}.new")

    def old(self, index: int) -> Path:
        """Its old bytes, until all is written."""
        return self.place(index).with_name(f".regreen-{self.token}-{index}.old")

    @property
    def parents(self) -> set[Path]:
        """Every folder whose entries change."""
        return {self.place(index).parent for index in range(len(self.files))}


def plan_of(changes: Sequence[Change], tree: Path, root: Path) -> Plan:
    """The plan to write `changes` to `tree`, which lies at or below `root`."""
    prefix = tree.resolve().relative_to(root.resolve()).as_posix()
    names = [change.path if prefix == "." else f"{prefix}/{change.path}" for change in changes]
    files = [_planned(name, change) for name, change in zip(names, changes, strict=True)]
    missing = {parent for name in names for parent in Path(name).parents if file_mode(root / parent) is None}
    folders = sorted((folder.as_posix() for folder in missing), key=lambda folder: folder.count("/"))
    return Plan(root, secrets.token_hex(8), tuple(files), tuple(folders))


def _planned(name: str, change: Change) -> PlannedFile:
    check_name(name)
    mode = None if change.source_mode is None else change.mode
    return PlannedFile(name, digest(change.before), digest(change.after), mode)


def write_plan(plan: Plan) -> bytes:
    """The plan as JSON, without its root: a repository may be moved."""
    row = {"version": VERSION, "token": plan.token, "files": [asdict(f) for f in plan.files], "folders": plan.folders}
    return json.dumps(row).encode("ascii")


def read_plan(note: bytes, ledger: Ledger) -> Plan:
    """The plan, which anybody may have written: PatchError unless all it names lies under the ledger's root."""
    root = ledger.root
    try:
        row = json.loads(note)
        files = tuple(PlannedFile(**file) for file in row["files"])
        plan = Plan(root, row["token"], files, tuple(row["folders"]))
        if row["version"] != VERSION or not re.fullmatch("[0-9a-f]{16}", plan.token):
            raise ValueError("another version, or no token")
        for index, file in enumerate(files):
            check_name(file.path)
            inside(root, plan.new(index).relative_to(root).as_posix())
            inside(root, plan.old(index).relative_to(root).as_posix())
        for folder in plan.folders:
            check_name(folder)
            inside(root, f"{folder}/x")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, PatchError) as error:
        message = f"the note of an apply that was cut off cannot be used: {error}"
        raise PatchError("bad-ledger", message, f"look at the tree, then remove {ledger.folder}") from error
    return plan


def is_carried_out(plan: Plan) -> bool:
    """True when every file is as the plan wants it."""
    return all(_holds_after(plan, index) for index in range(len(plan.files)))


def _holds_after(plan: Plan, index: int) -> bool:
    file, place = plan.files[index], plan.place(index)
    return digest_at(place) == file.after and file.mode in (None, stat.S_IMODE(file_mode(place) or 0))


def take_back(plan: Plan, reached: int, *, durable: bool) -> tuple[int, ...]:
    """Undo the first `reached` files and everything beside them; gives the indexes of those left alone.

    A file that was edited after it was replaced is left alone, and its old copy with it.
    """
    left_alone = tuple(index for index in range(reached) if not _put_back(plan, index))
    if durable and reached:
        sync(folder for folder in plan.parents if folder.is_dir())
    tidy(plan, left_alone)
    for folder in reversed(plan.folders):
        with suppress(OSError):  # not empty: somebody else uses it now
            (plan.root / folder).rmdir()
    return left_alone


def _put_back(plan: Plan, index: int) -> bool:
    file, place, old = plan.files[index], plan.place(index), plan.old(index)
    held = digest_at(place)
    if held not in (file.before, file.after, None):
        replaced = file_mode(plan.new(index)) is None and file_mode(old) is not None
        return not replaced or os.path.samestat(old.lstat(), place.lstat())
    if file.before is None:
        place.unlink(missing_ok=True)
    elif digest_at(old) == file.before:
        old.replace(place)
    else:
        return held == file.before
    return True


def tidy(plan: Plan, left_alone: Collection[int] = ()) -> None:
    """Remove what lies beside the files, but not the old copies of those left alone."""
    for index in range(len(plan.files)):
        # The old one first: alone it would look like the old copy of a file that was replaced.
        if index not in left_alone:
            plan.old(index).unlink(missing_ok=True)
        plan.new(index).unlink(missing_ok=True)


def digest(data: bytes | None) -> str | None:
    """SHA-256 in hexadecimal digits; None for None."""
    return None if data is None else hashlib.sha256(data).hexdigest()


def digest_at(place: Path) -> str | None:
    """The digest of a plain file; None when nothing is there, "" for anything else."""
    mode = file_mode(place)
    if mode is not None and not stat.S_ISREG(mode):
        return ""
    return None if mode is None else digest(place.read_bytes())
