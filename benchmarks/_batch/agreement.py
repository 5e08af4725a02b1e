"""Does our grader say what the official one says? On logs in pytest's words, where `swebench` is installed."""

import importlib
import random
from collections.abc import Iterator
from typing import Any

from agent.batch.grading import Grade, graded
from agent.core.task import Task
from tools.testing.results import TestStatus

NAMES = ("t.py::test_a", "t.py::C::test_b", "t.py::test_c[1-x]", "t.py::test_d[one word]", "t.py::test_d[two words]",
         "t.py::test_e[a - b]", "u/test_f.py::test_g")  # fmt: skip


def disagreements(count: int) -> dict[str, float]:
    """Logs that the two grade differently, of `count`; nothing where swebench is not installed."""
    try:
        official = importlib.import_module("swebench.harness.grading")
        parsers = importlib.import_module("swebench.harness.log_parsers.python")
    except ImportError:
        return {}
    ends = [(_ours(one, statuses), _theirs(official, parsers, one, statuses)) for one, statuses in _cases(count)]
    differ = sum(ours != theirs for ours, theirs in ends)
    return {"logs_graded": count, "logs_resolved": sum(theirs for _, theirs in ends), "logs_disagreed": differ}


def _cases(count: int) -> Iterator[tuple[Task, dict[str, TestStatus]]]:
    """Tasks as the data sets name their tests (up to the first blank), and runs: good ones and all kinds of others."""
    draw = random.Random(1)
    for _ in range(count):
        wanted = [name.split(" ")[0] for name in NAMES]
        draw.shuffle(wanted)
        split = draw.randint(1, len(wanted) - 1)
        is_good = draw.random() < 0.5
        there = [name for name in NAMES if is_good or draw.random() < 0.9]
        kinds = [TestStatus.PASSED, TestStatus.XFAIL] if is_good else list(TestStatus)
        task = Task("x", "o/r", "b", fail_to_pass=tuple(wanted[:split]), pass_to_pass=tuple(wanted[split:]))
        yield task, {name: draw.choice(kinds) for name in there}


def _ours(task: Task, statuses: dict[str, TestStatus]) -> bool:
    return graded(task, statuses).grade is Grade.RESOLVED


def _theirs(official: Any, parsers: Any, task: Task, statuses: dict[str, TestStatus]) -> bool:
    log = "".join(f"{status} {name}{_reason(status)}\n" for name, status in statuses.items())
    gold = {"FAIL_TO_PASS": list(task.fail_to_pass), "PASS_TO_PASS": list(task.pass_to_pass)}
    report = official.get_eval_tests_report(parsers.parse_log_pytest(log, None), gold)
    return bool(official.get_resolution_status(report) == "RESOLVED_FULL")


def _reason(status: TestStatus) -> str:
    return " - AssertionError: assert 1 == 2" if status in (TestStatus.FAILED, TestStatus.ERROR) else ""
