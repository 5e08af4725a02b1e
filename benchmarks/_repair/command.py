"""One bug given to `regreen fix`, as a user would: a repository of one commit, the installed command, its journal."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent.trace.journal import Event, read_journal
from benchmarks._repair.task import Task
from benchmarks._repair.values import Attempt

COMMAND, SECONDS = "REGREEN_BENCH_COMMAND", "REGREEN_BENCH_SECONDS"
DEFAULT_SECONDS = 300
GRACE_SECONDS = 120
SPIN_SECONDS = 0.2
IDENTITY = {f"GIT_{who}_{what}": "bench" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def commit(tree: Path) -> None:
    """Make the tree a repository of one commit, so that no history tells what a line was."""
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A", "-f"], ["commit", "-q", "-m", "base"]):
        subprocess.run(["git", *arguments], cwd=tree, env={**os.environ, **IDENTITY}, check=True)


def fix(task: Task, tree: Path, journals: Path) -> Attempt:
    """Run the command on the task's committed tree; the journal is kept in a folder."""
    seconds = int(os.environ.get(SECONDS, DEFAULT_SECONDS))
    command = os.environ.get(COMMAND) or str(Path(sys.executable).with_name("regreen"))
    argv = [command, "fix", "--json", "--no-apply", "--model", "offline", "--sandbox", "require",
            "--max-seconds", str(seconds), "--python", str(task.library.python), "--", *task.tests]  # fmt: skip
    home = tree.parent / "home"
    home.mkdir(exist_ok=True)
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8", **IDENTITY,
           "PYTHONPATH": str(tree / task.library.import_root)}  # fmt: skip
    name, core = task.planted.name, _core_share()
    try:
        done = subprocess.run(argv, cwd=tree, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              timeout=seconds + GRACE_SECONDS)  # fmt: skip
        row = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        limit = float(seconds + GRACE_SECONDS)
        return Attempt(name, "never ended", seconds=limit, search_seconds=limit, core_share=core)
    except ValueError:
        return Attempt(name, "no JSON", reason=done.stderr[-2000:])
    return replace(_read(row, name, journals), core_share=core)


def _core_share() -> float:
    """The share of a core that the machine gives us just now: seconds are to be read with it."""
    wall, own = time.perf_counter(), time.process_time()
    while time.process_time() - own < SPIN_SECONDS:
        pass
    return round(SPIN_SECONDS / (time.perf_counter() - wall), 2)


def _read(row: Mapping[str, Any], name: str, journals: Path) -> Attempt:
    events: list[Event] = []
    with suppress(OSError):
        journals.mkdir(parents=True, exist_ok=True)
        events = list(read_journal(Path(shutil.copy(row["journal"], journals / f"{name}.jsonl"))))
    searched = next((event.fields for event in events if event.event == "searched"), {})
    baseline = next((event for event in events if event.event == "baseline"), None)
    return Attempt(
        name,
        row["status"],
        row["model_patch"],
        tuple(rival["patch"] for rival in row["rivals"]),
        row["reason"],
        row["seconds"],
        _search_seconds(events),
        sum(_between(events, "patch_accepted", "judged")),
        float(baseline.fields["seconds"]) if baseline is not None else 0.0,
        int(searched.get("tried", 0)),
        int(searched.get("candidates", 0)),
        len(searched.get("plausible", ())),
        sum(event.event == "judged" and event.fields["status"] == "unsolved" for event in events),
    )


def _search_seconds(events: Sequence[Event]) -> float | None:
    """From the first known reds to the first proposal, or to the end when there is none."""
    ends = ("step_started", "run_ended")
    return next(iter(_between(events, "baseline", *ends)), None)


def _between(events: Iterable[Event], start: str, *ends: str) -> list[float]:
    """Seconds from each event of one kind to the next one of other kinds."""
    found, began = list[float](), None
    for event in events:
        if event.event == start:
            began = event.time
        elif event.event in ends and began is not None:
            found.append(round(event.time - began, 3))
            began = None
    return found
