"""Does our grader say what the official one says? On logs made up in pytest's words, and on real ones."""

import importlib
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.batch.grading import Grade, graded
from agent.core.task import Task
from benchmarks._batch.real_logs import real_runs
from tools.testing.results import GREEN, TestStatus

NAMES = ("t.py::test_a", "t.py::C::test_b", "t.py::test_c[1-x]", "t.py::test_d[one word]", "t.py::test_d[two words]",
         "t.py::test_e[a - b]", "u/test_f.py::test_g")  # fmt: skip
TASKS_A_LOG, TESTS_A_TASK = 5, 30


@dataclass(frozen=True, slots=True)
class Logged:
    """A task, how its tests ended as our runner says, and pytest's log of the run."""

    task: Task
    statuses: Mapping[str, TestStatus]
    log: str


def agreement(made_up: int, real: int, folder: Path) -> dict[str, float]:
    """How often the two differ on so many made-up logs and on real ones; nothing where swebench is not installed."""
    try:
        official = importlib.import_module("swebench.harness.grading")
        parsers = importlib.import_module("swebench.harness.log_parsers.python")
    except ImportError:
        return {}
    found: dict[str, float] = {}
    for kind, cases in (("made_up", _made_up(made_up)), ("real", _real(folder, real) if real else ())):
        ends = [(_ours(one), _theirs(official, parsers, one)) for one in cases]
        found[f"{kind}_logs_graded"] = len(ends)
        found[f"{kind}_logs_resolved"] = sum(theirs for _, theirs in ends)
        found[f"{kind}_logs_disagreed"] = sum(ours != theirs for ours, theirs in ends)
    return found


def _made_up(count: int) -> Iterator[Logged]:
    """Tasks as the data sets name their tests (up to the first blank), and runs: good ones and all kinds of others."""
    draw = random.Random(1)
    for _ in range(count):
        is_good = draw.random() < 0.5
        task = _task(NAMES, draw)
        there = [name for name in NAMES if is_good or draw.random() < 0.9]
        kinds = [TestStatus.PASSED, TestStatus.XFAIL] if is_good else list(TestStatus)
        statuses = {name: draw.choice(kinds) for name in there}
        lines = (f"{status} {name}{_reason(status)}\n" for name, status in statuses.items())
        yield Logged(task, statuses, "".join(lines))


def _real(folder: Path, count: int) -> Iterator[Logged]:
    """Several tasks a log: of green tests alone, and of any."""
    for run in real_runs(folder, count):
        draw = random.Random(run.name)
        green = [name for name, status in run.statuses.items() if status in GREEN]
        for number in range(TASKS_A_LOG):
            among = green if number % 2 else list(run.statuses)
            yield Logged(_task(draw.sample(among, min(TESTS_A_TASK, len(among))), draw), run.statuses, run.log)


def _task(names: Sequence[str], draw: random.Random) -> Task:
    wanted = list(dict.fromkeys(name.split(" ")[0] for name in names))
    draw.shuffle(wanted)
    split = draw.randint(1, max(1, len(wanted) - 1))
    return Task("x", "o/r", "b", fail_to_pass=tuple(wanted[:split]), pass_to_pass=tuple(wanted[split:]))


def _ours(one: Logged) -> bool:
    return graded(one.task, one.statuses).grade is Grade.RESOLVED


def _theirs(official: Any, parsers: Any, one: Logged) -> bool:
    gold = {"FAIL_TO_PASS": list(one.task.fail_to_pass), "PASS_TO_PASS": list(one.task.pass_to_pass)}
    report = official.get_eval_tests_report(parsers.parse_log_pytest(one.log, None), gold)
    return bool(official.get_resolution_status(report) == "RESOLVED_FULL")


def _reason(status: TestStatus) -> str:
    return " - AssertionError: assert 1 == 2" if status in (TestStatus.FAILED, TestStatus.ERROR) else ""
