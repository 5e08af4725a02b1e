"""kill -9 of a batch, or of one of its workers, at random moments; then it goes on, and in the end nothing differs."""

import json
import os
import random
import shutil
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
    """Kill `kills` times, up to `span` seconds after a start, in turns a worker or all; compare with `whole`.

    A batch that comes to its end is compared and begun anew.
    """
    seen: dict[str, tuple[int, int]] = {}
    counts: Counter[str] = Counter()
    while counts["batches_killed"] + counts["workers_killed"] < kills:
        process = _start(ground)
        _waited(process, draw.uniform(0.0, span))
        if counts["batches_killed"] > counts["workers_killed"] and process.poll() is None:
            counts["workers_killed"] += _kill_a_worker(process.pid, draw)
            _waited(process, draw.uniform(0.0, span))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            counts["batches_killed"] += process.wait(FOREVER_SECONDS) == -signal.SIGKILL
        counts["broken_predictions"] += _is_broken(ground)
        _look(ground, seen, counts)
        if process.returncode == 0:
            _compare(ground, tasks, counts)
            seen.clear()
    _start(ground).wait(FOREVER_SECONDS)
    _look(ground, seen, counts)
    _compare(ground, tasks, counts)
    names = ("batches_killed", "workers_killed", "batches_ended", "tasks_lost", "done_twice", "broken_predictions",
             "predictions_differ")  # fmt: skip
    return {name: float(counts[name]) for name in names}


def _start(ground: Ground) -> "subprocess.Popen[bytes]":
    argv = ground.argv("killed", "--workers", "2")
    return subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _compare(ground: Ground, tasks: int, counts: Counter[str]) -> None:
    """A batch has ended: is it what an undisturbed one leaves? Then it is cleared away."""
    found = ground.predictions("killed")
    counts["batches_ended"] += 1
    counts["tasks_lost"] += tasks - len(found)
    counts["predictions_differ"] += found != ground.predictions("whole")
    shutil.rmtree(ground.folder / "killed")


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
