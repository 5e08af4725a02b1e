"""Whoever waits for a command looks now and then at what all of its processes use together, and ends it over a limit.

The kernel's own limits are for one process, or do not bind root; control groups are rarely ours to make. Where there is
no /proc nothing is seen.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.workspace.limits import MB, UNLIMITED, Limits
from tools.workspace.processes import available_bytes, counted, descendants, held, removed_files

LOOK_SECONDS = 0.1
# Each kind of look takes no more than this share of a processor.
MOST_TIME = 0.05
# A disk has no more room for files than one for so many bytes; memory has some more.
FILE_BYTES = 16 << 10
MEMORY_FILE_BYTES = 1 << 10
# Where nearly nothing is left and most of a limit is gone since the start, what nobody can be asked about is counted.
NEARLY_NOTHING = 0.04
CLOCK_SLACK_SECONDS = 2.0


class Watch:
    """What the process `pid` and all below it use of `limits`.

    `folders` are those it may write to, on one disk; `private` are folders that exist in its own view only, in memory.
    """

    def __init__(self, pid: int, limits: Limits, folders: Sequence[Path] = (), private: Sequence[str] = ()) -> None:
        self._pid = pid
        self._limits = limits
        self._folders = folders
        self._private = private
        self._began = time.time() - CLOCK_SLACK_SECONDS
        self._pids: Sequence[int] = ()
        self._resident = 0
        self._walked_at = 0.0  # how much the disk had lost when the folders were last walked
        sees = sys.platform == "linux" and limits != UNLIMITED
        looks = (self._processes, self._memory, self._machine, self._disk) if sees else ()
        self._looks = [_Look(look) for look in looks]
        self._memory_before = available_bytes() if sees else 0
        self._disk_before = self._disk_left() if sees else ()

    def over(self) -> str:
        """The limit that is passed, as the end of "for using ..."; "" where none is, or it is too early to look."""
        return next(filter(None, (look.over() for look in self._looks)), "")

    def _processes(self) -> str:
        most = self._limits.processes
        self._pids = descendants(self._pid, most or sys.maxsize)
        threads, self._resident = counted(self._pids)
        return f"more than {most:,} processes and threads" if most and threads > most else ""

    def _memory(self) -> str:
        most = self._limits.memory_bytes
        if most and self._memory_used(most) > most:
            return f"more than {most // MB:,} MB of memory"
        return ""

    def _machine(self) -> str:
        most = self._limits.memory_bytes
        return "nearly all of the machine's memory" if most and self._is_machine_full(most) else ""

    def _memory_used(self, most: int) -> int:
        """Exactly where it matters: counting what is shared once takes long."""
        in_files = sum(_used_in_memory(pid, self._private) for pid in self._pids[1:2])  # the sandbox's first process
        in_files += sum(_sizes_without_name(self._pids, _memory_device()))
        if self._resident + in_files <= most:
            return self._resident + in_files
        exact = held(self._pids)
        return exact.own + max(exact.shared, in_files)

    def _is_machine_full(self, most: int) -> bool:
        left = available_bytes()
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        return left < NEARLY_NOTHING * total and self._memory_before - left > most / 2

    def _disk(self) -> str:
        most = self._limits.disk_bytes
        if not most or not self._folders:
            return ""
        left = self._disk_left()
        gone = max(before - now for before, now in zip(self._disk_before, left, strict=True))
        if gone > most and (not self._walked_at or gone > self._walked_at + most / 8):
            self._walked_at = gone
            if _exceeds(most, self._written()):
                return f"more than {most // MB:,} MB of disk space"
        if gone > most / 2 and min(left) < NEARLY_NOTHING * _size_of_disk(self._folders[0]):
            return "nearly all of the disk"
        return ""

    def _disk_left(self) -> tuple[int, ...]:
        """Bytes that the disk has room for, and as many as its room for files comes to."""
        if not self._folders:
            return ()
        disk = os.statvfs(self._folders[0])
        files = (disk.f_favail * FILE_BYTES,) if disk.f_files else ()
        return (disk.f_bavail * disk.f_frsize, *files)

    def _written(self) -> Iterator[int]:
        """The sizes of the files that the command wrote, and of those it still holds open without a name."""
        for folder in self._folders:
            for status in _files_below(folder):
                if status.st_ctime >= self._began:
                    yield max(status.st_blocks * 512, FILE_BYTES)
        pids = descendants(self._pid, self._limits.processes or sys.maxsize)
        yield from _sizes_without_name(pids, self._folders[0].stat().st_dev)


@dataclass(slots=True)
class _Look:
    """One kind of look with its own pace: a costly one must not make us blind to what a cheap one sees."""

    look: Callable[[], str]
    not_before: float = 0.0

    def over(self) -> str:
        if time.monotonic() < self.not_before:
            return ""
        began = time.thread_time()  # that others keep us from the processor must not make us look less
        found = self.look()
        self.not_before = time.monotonic() + max(LOOK_SECONDS, (time.thread_time() - began) / MOST_TIME)
        return found


def _exceeds(most: int, sizes: Iterable[int]) -> bool:
    total = 0
    for size in sizes:
        total += size
        if total > most:
            return True
    return False


def _sizes_without_name(pids: Iterable[int], device: int) -> Iterable[int]:
    """The sizes of files on a device that are open and can be found nowhere."""
    removed = (status for status in removed_files(pids) if status.st_dev == device)
    return {status.st_ino: status.st_blocks * 512 for status in removed}.values()


@functools.cache
def _memory_device() -> int:
    """The device of files that are in memory and never had a name."""
    with os.fdopen(os.memfd_create("regreen"), "rb") as file:
        return os.fstat(file.fileno()).st_dev


def _size_of_disk(folder: Path) -> int:
    disk = os.statvfs(folder)
    return disk.f_blocks * disk.f_frsize


def _files_below(folder: Path) -> Iterator[os.stat_result]:
    """All files and folders below one, whatever happens to them meanwhile."""
    waiting = [str(folder)]
    while waiting:
        for entry in _entries(waiting.pop()):
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
            with contextlib.suppress(OSError):
                yield entry.stat(follow_symlinks=False)


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        yield from entries


def _used_in_memory(pid: int, folders: Iterable[str]) -> int:
    """Bytes in folders of a process that are file systems in memory of its own."""
    return sum(_used_by(pid, folder) for folder in folders)


def _used_by(pid: int, folder: str) -> int:
    try:
        inside = os.open(f"/proc/{pid}/root{folder}", os.O_PATH | os.O_DIRECTORY)
    except OSError:
        return 0
    try:
        if os.fstat(inside).st_dev == Path(folder).stat().st_dev:  # the sandbox is not made yet
            return 0
        disk = os.fstatvfs(inside)
        files = (disk.f_files - disk.f_ffree) * MEMORY_FILE_BYTES
        return (disk.f_blocks - disk.f_bfree) * disk.f_frsize + files
    except OSError:
        return 0
    finally:
        os.close(inside)
