"""Temporary folders that name their owner, so that what a killed run left is swept by the next one."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

PREFIX = "regreen-run-"


def owned(what: str) -> str:
    """How the name of a temporary folder of this process begins, so that it is swept when the process was killed."""
    return f"{PREFIX}{os.getpid()}-{what}-"


def new_scratch() -> Path:
    """A private folder for one run, resolved (sandboxes bind by real path)."""
    return Path(tempfile.mkdtemp(prefix=owned("work"))).resolve()


def sweep() -> int:
    """Remove folders whose owner no longer runs; give how many."""
    removed = 0
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        owner = path.name.removeprefix(PREFIX).split("-")[0]
        if owner.isdigit() and _is_ours(path) and not _alive(int(owner)):
            shutil.rmtree(path, ignore_errors=True)
            removed += 1
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
