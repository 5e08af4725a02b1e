"""A process and all below it, as Linux's /proc tells of them: how many threads they are, how much memory they hold."""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
THREADS, RESIDENT = 17, 21  # fields of /proc/PID/stat, counted from the one after the name
PARENT = 1


@dataclass(frozen=True, slots=True)
class Held:
    """Bytes of memory: `shared` are those of shared memory and of files in memory."""

    own: int
    shared: int


def descendants(root: int, most: int) -> list[int]:
    """A process and those below it, parents first; not many more than `most`."""
    found = {root: None}
    waiting = [root]
    children = _children_of if _tells_children() else by_parent().get
    while waiting and len(found) <= most:
        new = [pid for pid in children(waiting.pop(0)) or () if pid not in found]
        found |= dict.fromkeys(new)
        waiting += new
    return list(found)


def counted(pids: Iterable[int]) -> tuple[int, int]:
    """Threads, and bytes of memory where what is shared counts for each who shares it."""
    threads = resident = 0
    for fields in map(_stat, pids):
        if fields:
            threads += int(fields[THREADS])
            resident += int(fields[RESIDENT]) * PAGE_BYTES
    return threads, resident


def held(pids: Iterable[int]) -> Held:
    """Memory where what is shared counts once. It takes milliseconds for a process that holds gigabytes."""
    own = shared = 0
    for pid in pids:
        rows = _table(f"/proc/{pid}/smaps_rollup")
        if "Pss_Shmem" not in rows:  # an old kernel, or one that tells us less
            own += counted([pid])[1]
            continue
        own += rows["Pss"] - rows["Pss_Shmem"]
        shared += rows["Pss_Shmem"]
    return Held(own, shared)


def removed_files(pids: Iterable[int]) -> Iterator[os.stat_result]:
    """Files that are open and have no name any more, memory files too; one that is open twice may come twice."""
    for entry in [entry for pid in pids for entry in _entries(f"/proc/{pid}/fd")]:
        with contextlib.suppress(OSError):
            status = entry.stat()
            if status.st_nlink == 0:
                yield status


def available_bytes() -> int:
    """Memory that the machine can still give."""
    return _table("/proc/meminfo").get("MemAvailable", 0)


@functools.cache
def _tells_children() -> bool:
    return Path("/proc/thread-self/children").exists()


def _children_of(pid: int) -> list[int]:
    return [int(child) for thread in _names(f"/proc/{pid}/task") for child in _text(f"{thread}/children").split()]


def by_parent() -> dict[int, list[int]]:
    """Every process of the machine, where the kernel does not tell a process's children."""
    found: dict[int, list[int]] = {}
    for pid in [int(name) for name in (path.rpartition("/")[2] for path in _names("/proc")) if name.isdigit()]:
        fields = _stat(pid)
        if fields:
            found.setdefault(int(fields[PARENT]), []).append(pid)
    return found


def _stat(pid: int) -> list[str]:
    """The fields after the name; none where the process is gone."""
    return _text(f"/proc/{pid}/stat").rpartition(")")[2].split()


def _table(path: str) -> dict[str, int]:
    """Bytes by name of a table that counts in kB."""
    cells = (line.split() for line in _text(path).splitlines())
    return {row[0].rstrip(":"): int(row[1]) * 1024 for row in cells if row[2:] == ["kB"]}


def _names(folder: str) -> list[str]:
    """The paths of what is in a folder."""
    return [entry.path for entry in _entries(folder)]


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """What is in a folder; nothing where the process is gone, or is not ours to see."""
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _text(path: str) -> str:
    """What is read from /proc; "" where the process is gone, or is not ours to see."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return ""
    try:
        return os.read(descriptor, 1 << 16).decode("utf-8", errors="replace")
    except OSError:
        return ""
    finally:
        os.close(descriptor)
