"""What does the embedded engine do alone with a backlog of bugs of public libraries?

Bugs of `_bugs/` (`REGREEN_BENCH_LIBS`, `REGREEN_BENCH_BUGS`), each a commit of its library's clone and a SWE-bench row.
`regreen batch` works them off offline, is killed in the middle and goes on; `regreen grade` grades what it predicts,
and patches are judged as in `repair`. `REGREEN_BENCH_KEEP` keeps everything, so that a run goes on from there.
"""

import json
import os
import signal
import statistics
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import starmap
from pathlib import Path
from typing import Any

from benchmarks._batch.clones import Clone, row_of
from benchmarks._bugs.library import Library, libraries
from benchmarks._kept import kept_folder
from benchmarks._repair.opinion import opinion_of
from benchmarks._repair.planting import clean_of, in_turn
from benchmarks._repair.task import Task
from benchmarks._result import Result, at_least, at_most
from benchmarks.startup import REGREEN

BUGS, QUICK_BUGS, LEAST_LIBRARIES = 40, 2, 5
TASK_SECONDS = os.environ.get("REGREEN_BENCH_SECONDS", "300")
WORKERS = 2
POLL_SECONDS = 0.2
Marks = dict[str, tuple[int, int]]


def measure(*, quick: bool) -> Result:
    """Plant the bugs, work them off with a kill in the middle, grade, judge."""
    wanted = QUICK_BUGS if quick else int(os.environ.get("REGREEN_BENCH_BUGS", BUGS))
    with kept_folder() as folder, libraries() as listed:
        tasks = _planted(listed, folder, wanted)
        whole = time.monotonic()
        twice = _worked_off(folder, len(tasks))
        seconds = time.monotonic() - whole
        graded = _graded(folder)
        rows = [json.loads(line) for line in (folder / "out" / "results.jsonl").read_text().splitlines()]
        right = {task.planted.name: _is_right(task, row) for task, row in _pairs(tasks, rows)}
    _print(tasks, rows, right, graded)
    figures = _figures(tasks, rows, right, graded) | {"done_twice": twice, "seconds": round(seconds)}
    return Result(figures, {
        "tasks": at_least(figures["tasks"], wanted),
        "libraries": at_least(figures["libraries"], 1 if quick else LEAST_LIBRARIES),
        "lost": at_most(figures["tasks"] - len(rows), 0),
        "done_twice": at_most(twice, 0),
        "accepted_but_not_resolved": at_most(figures["accepted_but_not_resolved"], 0),
    })  # fmt: skip


def _planted(listed: Sequence[Library], folder: Path, wanted: int) -> list[Task]:
    """Bugs of all libraries in turn, those of the half that `repair` learns from; the task file and the clones too."""
    cleans = [clean for one in listed if (clean := clean_of(one, folder))]
    tasks = list(starmap(Task.of_planted, in_turn(cleans, 1, "training", wanted, folder / "bugs")))
    if not (folder / "tasks.jsonl").exists():
        used = {task.planted.library: task for task in tasks}
        clones = {name: Clone.make(folder / "clones", task) for name, task in used.items()}
        lines = [json.dumps(row_of(task, clones[task.planted.library])) + "\n" for task in tasks]
        (folder / "tasks.jsonl").write_text("".join(lines))
    return tasks


def _worked_off(folder: Path, count: int) -> int:
    """Run the batch, kill it and all below it when half is done, run it to its end; how many were done twice."""
    with _batch(folder) as process:
        while process.poll() is None and len(_marks(folder)) < count / 2:
            time.sleep(POLL_SECONDS)
        early = _marks(folder)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    with _batch(folder) as process:
        process.wait()
    late = _marks(folder)
    return sum(late.get(name) != mark for name, mark in early.items())


@contextmanager
def _batch(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    argv = [REGREEN, "batch", "tasks.jsonl", "--repos", "clones", "--out", "out", "--workers", str(WORKERS)]
    argv += ["--model", "offline", "--max-seconds-per-task", TASK_SECONDS]
    with (folder / "batch.log").open("ab") as log:
        process = subprocess.Popen(argv, cwd=folder, stdout=log, stderr=log, start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _marks(folder: Path) -> Marks:
    """The results so far; one that is written again is another file."""
    found = {path.parent.name: path.stat() for path in (folder / "out" / "tasks").glob("*/result.json")}
    return {name: (status.st_ino, status.st_mtime_ns) for name, status in found.items()}


def _graded(folder: Path) -> set[str]:
    """The ids that `regreen grade` calls resolved."""
    argv = [REGREEN, "grade", "out/preds.jsonl", "tasks.jsonl", "--repos", "clones", "--json"]
    argv += ["--workers", str(WORKERS)]
    ran = subprocess.run(argv, cwd=folder, capture_output=True, text=True)
    if ran.returncode:
        raise SystemExit(f"grade ended with {ran.returncode}: {ran.stderr[-2000:]}")
    return set(json.loads(ran.stdout)["resolved_ids"])


def _pairs(tasks: Sequence[Task], rows: Sequence[dict[str, Any]]) -> Iterator[tuple[Task, dict[str, Any]]]:
    named = {task.planted.name: task for task in tasks}
    yield from ((named[row["instance_id"]], row) for row in rows)


def _is_right(task: Task, row: dict[str, Any]) -> bool:
    if row["status"] not in ("proved", "plausible"):
        return False
    with task.tree() as tree:
        return opinion_of(task.probe, tree, task.planted.bug.path, row["model_patch"]).right


def _print(tasks: Sequence[Task], rows: Sequence[dict[str, Any]], right: dict[str, bool], graded: set[str]) -> None:
    for task, row in _pairs(tasks, rows):
        name = row["instance_id"]
        words = [row["status"], "right" if right[name] else "", "resolved" if name in graded else ""]
        print(f"{name:40}{task.planted.bug.operator:24}{row['seconds']:7.1f} s  {' '.join(words)}")


def _figures(
    tasks: Sequence[Task], rows: Sequence[dict[str, Any]], right: dict[str, bool], graded: set[str]
) -> dict[str, float]:
    statuses = Counter(row["status"] for row in rows)
    wins = [row for row in rows if row["status"] in ("proved", "plausible")]
    return {
        "tasks": len(tasks),
        "libraries": len({task.planted.library for task in tasks}),
        **{status: count for status, count in sorted(statuses.items())},
        **{f"{status}_right": sum(right[row["instance_id"]] for row in rows if row["status"] == status)
           for status in ("proved", "plausible")},
        "resolved": len(graded),
        "accepted_but_not_resolved": sum(row["instance_id"] not in graded for row in wins),
        "task_median_seconds": round(statistics.median(row["seconds"] for row in rows), 1),
    }  # fmt: skip
