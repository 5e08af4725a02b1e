"""How much the processes of one command may use together, and what this machine's size allows them."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

MB = 1 << 20
SHARE_OF_MEMORY = 0.4  # two work at a time, each with its own processes
LEAST_PROCESSES = 1024
PROCESSES_PER_CORE = 128
MOST_DISK_BYTES = 10 << 30
SHARE_OF_DISK = 0.5
CGROUPS = Path("/sys/fs/cgroup")
CGROUP_LIMITS = ("memory.max", "memory/memory.limit_in_bytes")


@dataclass(frozen=True, slots=True)
class Limits:
    """What all processes of a command may use together; 0 is no limit.

    `processes` counts threads, as the kernel does.
    """

    memory_bytes: int = 0
    processes: int = 0
    disk_bytes: int = 0


UNLIMITED = Limits()


def machine_limits(folder: Path) -> Limits:
    """What this machine can spare; `folder` lies on the disk that is written to."""
    disk = os.statvfs(folder)
    return Limits(
        memory_bytes=int(memory_of_machine() * SHARE_OF_MEMORY),
        processes=max(LEAST_PROCESSES, PROCESSES_PER_CORE * (os.cpu_count() or 1)),
        disk_bytes=min(MOST_DISK_BYTES, max(MB, int(disk.f_bavail * disk.f_frsize * SHARE_OF_DISK))),
    )


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def memory_of_machine() -> int:
    """Bytes of memory, those of the container where that has fewer."""
    allowed = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for name in CGROUP_LIMITS if sys.platform == "linux" else ():
        try:
            allowed.append(int((CGROUPS / name).read_text(encoding="ascii")))
        except (OSError, ValueError):  # none, or "max"
            continue
    return min(allowed)
