"""kill -9 of a batch, or of one of its workers, at random moments; then it goes on, and in the end nothing differs."""

import json
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from benchmarks._batch.ground import Ground

FOREVER_SECONDS = 3600
POLL_SECONDS = 0.05


def survive(ground: Ground, tasks: int, kills: int, draw: random.Random, span: float) -> Mapping[str, float]:
    """Kill `kills` times, up to `span` seconds after a start, every other time a worker; compare with `whole`."""
    seen: dict[str, tuple[int, int]] = {}
    counts: Counter[str] = Counter()
    for number in range(kills):
        process = subprocess.Popen(ground.argv("killed", "--workers", "2"), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)  # fmt: skip
        ended = _waited(process, draw.uniform(0.0, span))
        if ended:
            counts["ended_before"] += 1
        elif number % 2:
            counts["workers_killed"] += _kill_a_worker(process.pid, draw)
            _waited(process, draw.uniform(0.0, span))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            counts["batches_killed"] += 1
        process.wait(FOREVER_SECONDS)
        counts["broken_predictions"] += _is_broken(ground)
        _look(ground, seen, counts)
    subprocess.run(ground.argv("killed", "--workers", "2"), check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)  # fmt: skip
    _look(ground, seen, counts)
    differ = ground.predictions("killed") != ground.predictions("whole")
    names = ("batches_killed", "workers_killed", "ended_before", "done_twice", "broken_predictions")
    told = {name: float(counts[name]) for name in names}
    return {**told, "tasks_lost": float(tasks - len(ground.predictions("killed"))), "predictions_differ": float(differ)}


def _waited(process: "subprocess.Popen[bytes]", seconds: float) -> bool:
    """Wait; True when the process has ended meanwhile."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        time.sleep(POLL_SECONDS)
    return process.poll() is not None


def _kill_a_worker(parent: int, draw: random.Random) -> int:
    """Kill one child of the batch; how many were killed."""
    try:
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        if not children:
            return 0
        os.kill(int(draw.choice(children)), signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return 1


def _is_broken(ground: Ground) -> bool:
    try:
        ground.predictions("killed")
    except json.JSONDecodeError:
        return True
    return False


def _look(ground: Ground, seen: dict[str, tuple[int, int]], counts: Counter[str]) -> None:
    """Note results; one that was there before and is another file now was worked for twice."""
    for path in (ground.folder / "killed" / "tasks").glob("*/result.json"):
        found = path.stat()
        mark = (found.st_ino, found.st_mtime_ns)
        counts["done_twice"] += seen.setdefault(path.parent.name, mark) != mark
        seen[path.parent.name] = mark
