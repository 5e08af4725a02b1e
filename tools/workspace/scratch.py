"""Temporary folders that name their owner, so that what a killed run left is swept by the next one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "regreen-run-"
STUBBORN_SECONDS = 2.0  # that processes which are being ended may still write
DEAD_SECONDS = 0.1  # for what nobody writes any more
PAUSE_SECONDS = 0.01


@contextmanager
def scratch_folder(what: str = "work") -> Iterator[Path]:
    """A private folder for the block, resolved (sandboxes bind by real path).

    It is gone afterwards, whenever a Ctrl-C comes.
    """
    folder = Path(tempfile.gettempdir()).resolve() / f"{PREFIX}{os.getpid()}-{what}-{os.urandom(8).hex()}"
    try:
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        try:
            delete(folder)
        except BaseException:  # a Ctrl-C: there is only one, as the second ends the process
            delete(folder)
            raise


def delete(folder: Path, stubborn_seconds: float = STUBBORN_SECONDS) -> None:
    """Delete a folder if it is there, with what tests made unwritable or nested endlessly in it, or go on writing."""
    until = time.monotonic() + stubborn_seconds
    with suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    while folder.is_dir() and not folder.is_symlink() and time.monotonic() < until:
        for command in (["chmod", "-R", "u+rwx"], ["rm", "-rf"]):  # of any depth, and neither follows links
            subprocess.run([*command, str(folder.absolute())], capture_output=True, check=False)
        time.sleep(PAUSE_SECONDS)


def sweep() -> int:
    """Remove folders whose owner no longer runs; give how many."""
    removed = 0
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        owner = path.name.removeprefix(PREFIX).split("-")[0]
        if owner.isdigit() and _is_ours(path) and not _alive(int(owner)):
            delete(path, DEAD_SECONDS)
            removed += not os.path.lexists(path)
    return removed


def _is_ours(path: Path) -> bool:
    try:
        return path.lstat().st_uid == os.getuid()
    except FileNotFoundError:  # another run sweeps at this moment
        return False


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
