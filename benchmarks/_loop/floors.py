"""What no harness can save: the import of the SDK, and the target's own test runs."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

IMPORT = (sys.executable, "-c", "import openai")
PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")


@dataclass(frozen=True, slots=True)
class Floors:
    """Wall and CPU seconds of `import openai`, wall seconds of pytest run twice."""

    import_seconds: float
    import_cpu: float
    pytest_twice_seconds: float


def floors(repo: Path) -> Floors:
    """Run the floors once, in the repository the agents are given."""
    wall, cpu = _seconds(IMPORT, repo)
    return Floors(wall, cpu, _seconds(PYTEST, repo)[0] + _seconds(PYTEST, repo)[0])


def _seconds(argv: Sequence[str], cwd: Path) -> tuple[float, float]:
    """Wall and CPU seconds of a process, whatever its exit code."""
    silence = [(os.POSIX_SPAWN_OPEN, descriptor, os.devnull, os.O_RDWR, 0) for descriptor in (0, 1, 2)]
    started = time.monotonic()
    process = os.posix_spawn("/usr/bin/env", ["env", "-C", str(cwd), *argv], os.environ, file_actions=silence)
    _, _, usage = os.wait4(process, 0)
    return time.monotonic() - started, usage.ru_utime + usage.ru_stime
