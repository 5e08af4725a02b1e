"""Does a batch cost little, keep two workers busy, go on at once, and lose nothing to kill -9?

Tasks are of three kinds, on small repositories: `primes` is solved by a scripted model that takes a second, `lamp` by
the embedded engine, in `green` nothing fails. What a task costs beside its tests is the CPU of a `green` one, all
its processes: what runs inside bubblewrap is not counted to those outside. Libraries named by `REGREEN_BENCH_LIBS` give
the real logs to grade.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from agent.batch.folder import open_folder
from agent.batch.order import digest
from agent.tasks.load import load_tasks
from benchmarks._batch.agreement import agreement
from benchmarks._batch.ground import PRIMES_PATCH, Ground, run, write_tasks
from benchmarks._batch.kills import survive
from benchmarks._bugs.library import FOLDER as LIBRARIES
from benchmarks._kept import kept_folder
from benchmarks._result import Goal, Result, at_least, at_most
from tests.e2e._repositories import new_environment
from tests.endpoint import Act, Endpoint, Request, calls

SEED = 1
MODEL = "gpt-4.1"
REPLY_SECONDS = 1.0  # less than a real one takes
NEVER = ("tasks_lost", "done_twice", "broken_predictions", "predictions_differ", "made_up_logs_disagreed",
         "real_logs_disagreed")  # fmt: skip


def measure(*, quick: bool) -> Result:
    """Measure each; the goals are those of a batch that runs overnight."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures |= _two_workers(folder / "workers", 2 if quick else 200)
        figures |= _beside_the_tests(folder / "green", 2 if quick else 20)
        figures |= _memory(folder / "memory", 200 if quick else 2000)
        figures |= _resumed(folder / "rows", 1000 if quick else 10_000)
        figures |= _killed(folder / "kills", 2 if quick else 4, 2 if quick else 50)
    with kept_folder() as kept:
        figures |= agreement(400, (2 if quick else 60) if os.environ.get(LIBRARIES) else 0, kept)
    for what, figure in figures.items():
        print(f"{what:32}{figure:10.2f}")
    goals: dict[str, Goal] = {
        "two_workers_times_faster": at_least(figures["two_workers_times_faster"], 1.8),
        "beside_tests_cpu_seconds": at_most(figures["beside_tests_cpu_seconds"], 1.5),
        "parent_grows_mb": at_most(figures["parent_grows_mb"], 5),
        "listed_and_resumed_seconds": at_most(figures["listed_and_resumed_seconds"], 5),
        **{what: at_most(figures[what], 0) for what in NEVER if what in figures},
    }
    return Result(figures, goals)


def _two_workers(folder: Path, count: int) -> Mapping[str, float]:
    ground = Ground.make(folder, "primes", count, MODEL)
    python = ["--python", str(new_environment(folder / "env") / "bin" / "python")]

    def reply(request: Request) -> Act:
        time.sleep(REPLY_SECONDS)
        return calls("apply_patch", patch=PRIMES_PATCH)

    with Endpoint(reply) as endpoint:
        environ = {**os.environ, "OPENAI_BASE_URL": endpoint.base_url, "OPENAI_API_KEY": "none"}
        environ["REGREEN_LAB_WORKERS"] = "1"  # else a lone worker's searches use what the second one would
        one = run(ground.argv("one", "--workers", "1", *python), folder, environ)
        two = run(ground.argv("two", "--workers", "2", *python), folder, environ)
    if ground.predictions("one") != ground.predictions("two") or len(ground.predictions("one")) != count:
        raise OSError("the two batches ended differently")
    seconds = {"one_worker_task_seconds": one.wall / count, "two_workers_task_seconds": two.wall / count}
    return {**seconds, "two_workers_times_faster": one.wall / two.wall}


def _beside_the_tests(folder: Path, count: int) -> Mapping[str, float]:
    ground = Ground.make(folder, "green", count)
    return {"beside_tests_cpu_seconds": run(ground.argv("out", "--sandbox", "require"), folder).cpu / count}


def _memory(folder: Path, count: int) -> Mapping[str, float]:
    argv = [sys.executable, "-m", "benchmarks._batch.memory", str(folder), str(count)]
    folder.mkdir()
    ran = subprocess.run(argv, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1])
    early, late = map(float, ran.stdout.split())
    return {"parent_mb": late, "parent_grows_mb": late - early}


def _resumed(folder: Path, count: int) -> Mapping[str, float]:
    """All rows are done already: nothing is left but to read them, and to write what others read."""
    whose = {"repo": "octo/lamp", "base_commit": "0" * 40}
    said = {"problem_statement": "It is dark. " * 150, "test_patch": "+\n" * 500, **whose}
    write_tasks(folder, ({"instance_id": f"octo__lamp-{number}", **said} for number in range(count)))
    tasks = load_tasks(str(folder / "tasks.jsonl")).tasks
    there = open_folder(folder / "out", tasks)
    more = {"status": "unsolved", "seconds": 1.0, "spent_usd": 0.01, "cut": False, "reason": "nothing passed",
            "model_patch": "", "model_name_or_path": "m", **whose}  # fmt: skip
    for task in tasks:
        one = there.task(task.instance_id)
        one.path.mkdir()
        row = {"instance_id": task.instance_id, "digest": digest(task), **more}
        (one.path / "result.json").write_text(json.dumps(row))
    (folder / "clones").mkdir()
    ground = Ground(folder)
    cost = run(ground.argv("out"), folder)
    return {"listed_and_resumed_seconds": cost.wall, "listed_and_resumed_cpu_seconds": cost.cpu, "listed_rows": count}


def _killed(folder: Path, tasks: int, kills: int) -> Mapping[str, float]:
    ground = Ground.make(folder, "lamp", tasks)
    span = run(ground.argv("whole", "--workers", "2"), folder).wall / 2
    return survive(ground, tasks, kills, random.Random(SEED), span)
