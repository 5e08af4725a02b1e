"""Which paths Landlock must grant so that all can be read but what is hidden.

It can only give, and gives whole folders. A folder that holds something hidden is therefore not given itself, but what
else is in it; so it cannot be listed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.workspace.sandbox.in_place import Reach

ROOT = Path("/")
DEVICES_FOLDER = Path("/dev")
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")


def grants(reach: Reach) -> tuple[str, ...]:
    """Words for `confine`: a kind of grant and its path."""
    closed = [path.resolve() for path in (*reach.closed, DEVICES_FOLDER) if path != ROOT]
    covered = [path.resolve() for path in reach.covered]
    words = list(_readable(ROOT, closed, covered))
    for path in dict.fromkeys(path.resolve() for path in reach.shown):
        # What holds a closed folder, or is one, is not shown whole.
        if path.exists() and not any(shut.is_relative_to(path) for shut in closed):
            words += _readable(path, [], covered)
    words += [f"use={DEVICES_FOLDER / name}" for name in DEVICES]
    return (*dict.fromkeys(words), *(f"write={folder}" for folder in reach.folders))


def _readable(path: Path, closed: Sequence[Path], covered: Sequence[Path]) -> Iterator[str]:
    if path in closed or path in covered:
        return
    shut = [one for one in closed if one.is_relative_to(path)]
    if not shut and not any(one.is_relative_to(path) for one in covered):
        yield f"read={path}"
        return
    if not shut:
        yield f"list={path}"
    try:
        inside = sorted(entry.name for entry in os.scandir(path) if not entry.is_symlink())
    except OSError:  # not ours to see, and so not theirs
        return
    for name in inside:
        yield from _readable(path / name, closed, covered)
