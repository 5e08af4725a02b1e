"""What regreen wrote to the user's tree, an entry an apply, so that it can be taken back.

An entry is a folder with the old bytes and a row of digests: `<number>.begun` before the first file is replaced,
`<number>` once all is written. In git the entries lie in the git folder, outside git in the user's state folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.trace.lock import Held, held
from agent.trace.runs import state_folder
from tools.errors import PatchError
from tools.ledger import Ledger, sync

if TYPE_CHECKING:
    from tools.workspace.commit import Move

ROW, BEGUN = "entry.json", ".begun"
MOST_KEPT = 100


@dataclass(frozen=True, slots=True)
class Touched:
    """A file's SHA-256 and permission bits before and after; None: no file, or bits that the umask decides."""

    path: str
    before: str | None
    after: str | None
    mode_before: int | None
    mode_after: int | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One apply, by whatever command; an undo is one, too, and names in `undoes` the entries it takes back.

    Paths are relative to the log's root; `folders` were made for new files, outermost first; `about` is the command.
    """

    about: str
    time: float
    files: tuple[Touched, ...]
    folders: tuple[str, ...] = ()
    undoes: tuple[int, ...] = ()
    move: Move | None = None
    number: int = 0

    @classmethod
    def from_row(cls, row: Mapping[str, Any], number: int) -> Entry:
        """An entry from its JSON; ValueError, KeyError or TypeError when it is none."""
        from tools.workspace.commit import Move  # every command asks for entries, hardly one has to read any

        files = tuple(Touched(**file) for file in row["files"])
        move = Move(**row["move"]) if row["move"] else None
        folders, undoes = tuple(map(str, row["folders"])), tuple(map(int, row["undoes"]))
        return cls(str(row["about"]), float(row["time"]), files, folders, undoes, move, number)


@dataclass(frozen=True, slots=True)
class ApplyLog:
    """The entries of one work tree, or of one folder outside git. `root` is what paths count from."""

    root: Path
    folder: Path

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Sole right to write here; PatchError `busy` names who has it."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with held(self.folder):
                yield
        except Held as error:
            message = f"another regreen is writing to {self.root} at this moment: {error.owner}"
            raise PatchError("busy", message, "try again when it has ended") from error

    def entries(self) -> tuple[Entry, ...]:
        """All that were carried out, oldest first."""
        return tuple(entry for place in self._places() if place.suffix != BEGUN and (entry := read_entry(place)))

    def begun(self) -> tuple[Path, ...]:
        """The folders of entries that were not finished."""
        return tuple(place for place in self._places() if place.suffix == BEGUN)

    def place(self, number: int) -> Path:
        """The folder of a finished entry."""
        return self.folder / f"{number:06}"

    def old_bytes(self, number: int, sha256: str) -> bytes | None:
        """What a file held before an entry; None when it is not kept, or not as it was."""
        with suppress(OSError):
            data = (self.place(number) / sha256).read_bytes()
            return data if hashlib.sha256(data).hexdigest() == sha256 else None
        return None

    def begin(self) -> Path:
        """A new entry's folder, later than all others."""
        last = max((int(place.stem) for place in self._places()), default=0)
        place = self.folder / f"{last + 1:06}{BEGUN}"
        place.mkdir(mode=0o700)
        return place

    def finish(self, place: Path) -> None:
        """The entry is carried out."""
        place.rename(place.with_suffix(""))
        for old in self._places()[:-MOST_KEPT]:
            shutil.rmtree(old, ignore_errors=True)

    def _places(self) -> list[Path]:
        if not self.folder.is_dir():
            return []
        found = (path for path in self.folder.iterdir() if path.stem.isdigit() and path.suffix in ("", BEGUN))
        return sorted(found, key=lambda path: int(path.stem))


def write_entry(place: Path, entry: Entry, old_bytes: Mapping[str, bytes]) -> None:
    """Put an entry on the disk, `old_bytes` by their digests; OSError when there is no room."""
    for sha256, data in old_bytes.items():
        (place / sha256).write_bytes(data)
    row = {name: value for name, value in asdict(entry).items() if name != "number"}
    draft = place / "draft"
    draft.write_text(json.dumps(row), encoding="ascii")
    sync(place / name for name in (*old_bytes, "draft"))
    draft.replace(place / ROW)
    sync([place, place.parent])


def read_entry(place: Path) -> Entry | None:
    """The entry of a folder; None when there is none, or none that can be read."""
    try:
        row = json.loads((place / ROW).read_text(encoding="ascii"))
        return Entry.from_row(row, int(place.stem))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def apply_log(ledger: Ledger, environ: Mapping[str, str]) -> ApplyLog:
    """The log beside a ledger in git; outside git one in the state folder, by the folder's path."""
    if ledger.folder.name == "apply":
        return ApplyLog(ledger.root, ledger.folder.with_name("applied"))
    name = hashlib.sha256(os.fsencode(ledger.root)).hexdigest()[:16]
    return ApplyLog(ledger.root, state_folder(environ) / "applied" / name)


def in_effect(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """The applies that no undo took back, oldest first."""
    gone = {number for entry in entries for number in entry.undoes}
    return tuple(entry for entry in entries if not entry.undoes and entry.number not in gone)
