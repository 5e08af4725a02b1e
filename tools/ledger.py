"""The note of an apply under way: in the git folder, outside git beside the files; gone when everything is written.

Nothing here knows patches, so that a command can ask cheaply whether there is a note at all.
"""

import fcntl
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tools.errors import PatchError

State = Literal["staging", "replacing", "done"]
STATES: tuple[State, ...] = ("staging", "replacing", "done")
BESIDE = ".regreen-apply"
LOCK, DRAFT = "lock", "draft"
# A journalling file system commits what is asked for together at nearly the price of one.
SYNCED_TOGETHER = 8
FEW = 4


@dataclass(frozen=True, slots=True)
class Ledger:
    """The folder of the note, and the root that the paths in the note are relative to; both without symlinks."""

    root: Path
    folder: Path

    @property
    def folders(self) -> set[Path]:
        """Those that must be on the disk for the note to be: itself, and the ones that may be as new as it."""
        may_be_new = (path for path in (self.folder, self.folder.parent) if path != self.root)
        return {self.folder, *(path.parent for path in may_be_new)}


def ledger_of(tree: Path) -> Ledger:
    """The ledger for writing in `tree`: its repository's, or its own where there is no writable git folder around."""
    tree = tree.resolve()
    for root in (tree, *tree.parents):
        git_dir = _git_dir(root)
        if git_dir is not None and os.access(git_dir, os.W_OK):
            return Ledger(root, git_dir / "regreen" / "apply")
        if git_dir is not None:
            break
    return Ledger(tree, tree / BESIDE)


def _git_dir(root: Path) -> Path | None:
    """The git folder of a work tree with this root; of a linked work tree or a submodule, its own."""
    entry = root / ".git"
    try:
        if entry.is_file():
            label, _, named = os.fsdecode(entry.read_bytes()).partition(":")
            entry = root / named.strip() if label == "gitdir" else root
        return entry.resolve() if (entry / "HEAD").is_file() else None
    except (OSError, ValueError):
        return None


@contextmanager
def locked(ledger: Ledger) -> Iterator[None]:
    """Sole right to write under the ledger's root; PatchError `busy` while another process has it."""
    with ExitStack() as stack:
        stack.callback(os.close, _lock(ledger))
        try:
            yield
        finally:
            if pending_state(ledger) is None:
                _dissolve(ledger)


def is_used(ledger: Ledger) -> bool:
    """True while an apply goes on, and after one that was cut off."""
    return os.path.lexists(ledger.folder)


def pending_state(ledger: Ledger) -> State | None:
    """How far the apply came that left a note; None without one."""
    return next((state for state in STATES if os.path.lexists(_note(ledger, state))), None)


def read_note(ledger: Ledger, state: State) -> bytes:
    """The note; PatchError when it is another user's, or no file: it may say anything."""
    note = _note(ledger, state)
    status = note.lstat()
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
        message = f"another user's apply was cut off here: {note}"
        raise PatchError("foreign-ledger", message, "let that user run `regreen apply --recover`")
    return note.read_bytes()


def begin(ledger: Ledger, note: bytes) -> None:
    """Keep the note with the state `staging`, its text safe on the disk."""
    draft = ledger.folder / DRAFT
    draft.unlink(missing_ok=True)  # a link that lies there would lead out of the folder
    with draft.open("xb") as file:
        file.write(note)
    sync([draft])
    draft.replace(_note(ledger, "staging"))


def advance(ledger: Ledger, before: State, after: State) -> None:
    """Move the note to the next state; safe on the disk when the ledger's folders are."""
    _note(ledger, before).replace(_note(ledger, after))


def end(ledger: Ledger) -> None:
    """Remove the note. It may come back after a power failure, and then says what is true already."""
    for state in STATES:
        _note(ledger, state).unlink(missing_ok=True)


def sync(paths: Iterable[Path]) -> None:
    """Force files and folders to the disk."""
    several = list(paths)
    if len(several) <= FEW:  # most patches; threads would cost more than they save
        for path in several:
            _sync(path)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(SYNCED_TOGETHER) as pool:
        list(pool.map(_sync, several))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _note(ledger: Ledger, state: State) -> Path:
    return ledger.folder / f"{state}.json"


def _lock(ledger: Ledger) -> int:
    folder = ledger.folder
    if folder.resolve() != folder:
        raise PatchError("bad-ledger", f"{folder} leads through a symbolic link", "remove the link")
    descriptor = -1
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever had it may have removed the file before he let it go; then it locks nothing.
        if not os.path.samestat(os.fstat(descriptor), (folder / LOCK).stat()):
            raise BlockingIOError
    except BaseException as error:
        if descriptor >= 0:
            os.close(descriptor)
        with suppress(OSError):  # not empty: somebody has the lock
            folder.rmdir()
        # Whoever had it may also have removed the folder at this moment.
        if isinstance(error, (BlockingIOError, FileNotFoundError, FileExistsError)) and not folder.is_file():
            message = f"another regreen is writing to {ledger.root} at this moment"
            raise PatchError("busy", message, "try again when it has ended") from error
        raise
    return descriptor


def _dissolve(ledger: Ledger) -> None:
    with suppress(OSError):
        for name in (DRAFT, LOCK):
            (ledger.folder / name).unlink(missing_ok=True)
        ledger.folder.rmdir()
