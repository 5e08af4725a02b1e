"""SWE-bench's rules: which tests count as passed, when a task is resolved, and the official harness's report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from agent.core.task import Prediction, Task
from agent.core.verdict import Tally
from tools.testing.results import GREEN, TestStatus

SCHEMA_VERSION = 2
MAINTAINED = frozenset({*GREEN, TestStatus.SKIPPED})


class Grade(StrEnum):
    """What became of a prediction. `error`: the patch does not apply; `infra_failure`: the tests could not be run."""

    RESOLVED = "resolved"
    UNRESOLVED = "unresolved"
    EMPTY_PATCH = "empty_patch"
    ERROR = "error"
    INFRA_FAILURE = "infra_failure"


@dataclass(frozen=True, slots=True)
class Graded:
    """One prediction graded; the tallies are empty where no test ran. `honest` is the manifest of an honest run."""

    instance_id: str
    grade: Grade
    fail_to_pass: Tally = field(default_factory=Tally)
    pass_to_pass: Tally = field(default_factory=Tally)
    reason: str = ""
    seconds: float = 0.0
    honest: Mapping[str, Any] | None = None


def tally(wanted: Iterable[str], statuses: Mapping[str, TestStatus], good: frozenset[TestStatus]) -> Tally:
    """Tests whose status is a good one, and the others; a test that did not run failed."""
    names = list(wanted)
    passed = {name for name in names if status_of(name, statuses) in good}
    return Tally(tuple(name for name in names if name in passed), tuple(name for name in names if name not in passed))


def status_of(name: str, statuses: Mapping[str, TestStatus]) -> TestStatus | None:
    """The status of a test, or None.

    Some ids of SWE-bench end within their parameters, at the first blank: such a one stands for every test that begins
    like it, where these agree on whether they passed.
    """
    if name in statuses:
        return statuses[name]
    if name.count("[") <= name.count("]"):
        return None
    matches = [status for test, status in statuses.items() if test.startswith(name)]
    return matches[0] if matches and len({status in GREEN for status in matches}) == 1 else None


def runnable(tests: Iterable[str]) -> tuple[str, ...]:
    """Tests as pytest can find them: an id that ends within its parameters stands for its whole function."""
    is_cut = {name: name.count("[") > name.count("]") for name in tests}
    return tuple(dict.fromkeys(name.partition("[")[0] if cut else name for name, cut in is_cut.items()))


def graded(task: Task, statuses: Mapping[str, TestStatus]) -> Graded:
    """SWE-bench's verdict on the statuses of a run: all F2P pass, all P2P pass or are skipped."""
    fixed = tally(task.fail_to_pass, statuses, GREEN)
    kept = tally(task.pass_to_pass, statuses, MAINTAINED)
    grade = Grade.UNRESOLVED if fixed.failure or kept.failure else Grade.RESOLVED
    said = [
        f"{len(fixed.success)} of {len(task.fail_to_pass)} F2P",
        f"{len(kept.success)} of {len(task.pass_to_pass)} P2P",
    ]
    return Graded(task.instance_id, grade, fixed, kept, f"{', '.join(said)} as wanted")


def report(tasks: Sequence[Task], predictions: Mapping[str, Prediction], found: Sequence[Graded]) -> dict[str, Any]:
    """The report of a whole run in the shape of the official harness, whose denominator is all tasks.

    As there, infra failures are errors too: none is a pass.
    """
    asked = {task.instance_id for task in tasks}
    by_grade = {grade: sorted(one.instance_id for one in found if one.grade is grade) for grade in Grade}
    infra = by_grade[Grade.INFRA_FAILURE]
    ids = {
        "completed": sorted([*by_grade[Grade.RESOLVED], *by_grade[Grade.UNRESOLVED]]),
        "incomplete": sorted(asked - predictions.keys()),
        "empty_patch": by_grade[Grade.EMPTY_PATCH],
        "submitted": sorted(predictions),
        "resolved": by_grade[Grade.RESOLVED],
        "unresolved": by_grade[Grade.UNRESOLVED],
        "infra_failure": infra,
        "ambiguous_failure": [],
        "error": sorted([*by_grade[Grade.ERROR], *infra]),
    }
    counted = [name for name in ids if name != "incomplete"]
    return {
        "total_instances": len(tasks),
        **{f"{name}_instances": len(ids[name]) for name in counted},
        **{f"{name}_ids": names for name, names in ids.items()},
        "failure_reasons": {one.instance_id: one.reason for one in found if one.grade is Grade.INFRA_FAILURE},
        "schema_version": SCHEMA_VERSION,
    }


def instance_report(one: Graded) -> dict[str, Any]:
    """The report of one instance in the official shape, with the grade in a word, the reason and the seconds."""
    ran = one.grade in (Grade.RESOLVED, Grade.UNRESOLVED)
    tests = {"FAIL_TO_PASS": _lists(one.fail_to_pass), "PASS_TO_PASS": _lists(one.pass_to_pass)}
    return {
        "patch_is_None": False,
        "patch_exists": one.grade is not Grade.EMPTY_PATCH,
        "patch_successfully_applied": ran,
        "resolved": one.grade is Grade.RESOLVED,
        "infra_failure": one.grade is Grade.INFRA_FAILURE,
        "tests_status": {**tests, "FAIL_TO_FAIL": _lists(Tally()), "PASS_TO_FAIL": _lists(Tally())},
        "grade": str(one.grade),
        "reason": one.reason,
        "seconds": one.seconds,
        "honest": one.honest,
    }


def _lists(found: Tally) -> dict[str, list[str]]:
    return {"success": list(found.success), "failure": list(found.failure)}
