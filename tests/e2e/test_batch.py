"""Batches by the installed command: worked off, killed, gone on with, graded; the clones stay as they were."""

import json
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.e2e._fingerprint import changed, fingerprint
from tests.e2e._repositories import LAMP, LAMP_FIXED, LAMP_PATCH, LAMP_TEST, PRIMES, SLOW, new_repository
from tests.e2e._support import User, wait_until

pytestmark = pytest.mark.slow
NEW_TEST = """\
diff --git a/test_new.py b/test_new.py
new file mode 100644
--- /dev/null
+++ b/test_new.py
@@ -0,0 +1,5 @@
+from lamp import is_lit
+
+
+def test_a_lamp_that_is_on_is_lit():
+    assert is_lit(True)
"""
SLOW_TESTS = ("test_slow.py::test_slow",)
Row = dict[str, Any]


def clone(user: User, name: str, files: Mapping[str, str]) -> str:
    """A clone in which the bug was fixed later; gives the commit before."""
    repo = new_repository(user.folder / "clones" / name, files)
    base = git(repo, "rev-parse", "HEAD")
    if "lamp.py" in files:
        (repo / "lamp.py").write_text(LAMP_FIXED)
        git(repo, "commit", "-qam", "the fix")
    return base


def git(repo: Path, *arguments: str) -> str:
    argv = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com", *arguments]
    return subprocess.run(argv, cwd=repo, check=True, capture_output=True, text=True).stdout.strip()


def row(name: str, base: str, repo: str = "octo/lamp", tests: tuple[str, ...] = (LAMP_TEST,), **more: Any) -> Row:
    told = {"problem_statement": "It is dark.", "FAIL_TO_PASS": json.dumps(tests), "PASS_TO_PASS": "[]"}
    return {"instance_id": name, "repo": repo, "base_commit": base, "test_patch": "", **told, **more}


def write_tasks(user: User, *rows: Row) -> None:
    (user.folder / "tasks.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in rows))


def predictions(user: User) -> list[Row]:
    return [json.loads(line) for line in (user.folder / "out" / "preds.jsonl").read_text().splitlines()]


def result(user: User, name: str) -> Row:
    found = json.loads((user.folder / "out" / "tasks" / name / "result.json").read_text())
    assert isinstance(found, dict)
    return found


BATCH = ("batch", "tasks.jsonl", "--out", "out", "--repos", "clones")
GRADE = ("grade", "out/preds.jsonl", "tasks.jsonl", "--repos", "clones", "--json")


def test_tasks_are_worked_off_graded_and_leave_no_trace_in_the_clones(user: User) -> None:
    base = clone(user, "lamp", LAMP)
    primes = clone(user, "primes", PRIMES)
    clones = [user.folder / "clones" / name for name in ("lamp", "primes")]
    before = [fingerprint(path) for path in clones]
    hidden = row("hidden", base, tests=("test_new.py::test_a_lamp_that_is_on_is_lit",), test_patch=NEW_TEST)
    hard = row("hard", primes, "octo/primes", ("test_primes.py::test_primes",))
    write_tasks(user, row("shown", base), hidden, hard)
    ran = user.regreen(user.folder, *BATCH, "--workers", "2", "--json")
    assert (ran.code, ran.answer["status"], ran.answer["done"]) == (0, "ended", 3)
    assert predictions(user) == [
        {"instance_id": "shown", "model_name_or_path": "regreen-offline", "model_patch": LAMP_PATCH},
        {"instance_id": "hidden", "model_name_or_path": "regreen-offline", "model_patch": LAMP_PATCH},
        {"instance_id": "hard", "model_name_or_path": "regreen-offline", "model_patch": ""},
    ]
    assert [result(user, name)["status"] for name in ("shown", "hidden", "hard")] == ["proved", "proved", "unsolved"]
    graded = user.regreen(user.folder, *GRADE)
    assert (graded.code, graded.answer["resolved_ids"]) == (0, ["hidden", "shown"])
    assert (graded.answer["empty_patch_ids"], graded.answer["environment"]) == (["hard"], "local")
    assert [changed(old, fingerprint(path)) for old, path in zip(before, clones, strict=True)] == [[], []]
    assert user.left_behind() == []


def test_a_batch_that_is_killed_goes_on_and_repeats_nothing(user: User) -> None:
    base, slow = clone(user, "lamp", LAMP), clone(user, "slow", SLOW)
    write_tasks(
        user, row("first", base), row("slow", slow, "octo/slow", ("test_slow.py::test_slow",)), row("last", base)
    )
    running = user.start(user.folder, *BATCH, "--max-seconds-per-task", "40")
    wait_until(lambda: (user.folder / "out" / "tasks" / "slow" / "runs").exists(), "the second task")
    running.end_by(signal.SIGKILL)
    wait_until(lambda: user.processes() == [], "the end of its processes")
    first = (user.folder / "out" / "tasks" / "first" / "result.json").stat().st_mtime_ns
    ran = user.regreen(user.folder, *BATCH, "--max-seconds-per-task", "40", "--json")
    assert (ran.code, ran.answer["done"]) == (0, 3)
    assert (user.folder / "out" / "tasks" / "first" / "result.json").stat().st_mtime_ns == first
    assert [one["instance_id"] for one in predictions(user)] == ["first", "slow", "last"]
    assert [result(user, name)["status"] for name in ("first", "slow", "last")] == ["proved", "over_budget", "proved"]
    assert user.left_behind() == []


def test_ctrl_c_keeps_what_has_ended(user: User) -> None:
    base, slow = clone(user, "lamp", LAMP), clone(user, "slow", SLOW)
    write_tasks(user, row("first", base), row("slow", slow, "octo/slow", SLOW_TESTS))
    running = user.start(user.folder, *BATCH, "--json")
    wait_until(lambda: (user.folder / "out" / "tasks" / "slow" / "runs").exists(), "the second task")
    ran = running.end_by(signal.SIGINT)
    assert (ran.code, ran.answer["status"], ran.answer["done"]) == (130, "interrupted", 1)
    assert [one["instance_id"] for one in predictions(user)] == ["first"]
    assert user.left_behind() == []


def test_what_a_task_lacks_is_its_own_failure(user: User) -> None:
    base = clone(user, "lamp", LAMP)
    broken = NEW_TEST.replace("/dev/null", "a/test_new.py").replace("new file mode 100644\n", "")
    write_tasks(
        user,
        row("no-clone", base, "octo/none"),
        row("no-commit", "0" * 40),
        row("no-test", base, tests=("test_none.py::test_none",)),
        row("bad-test-patch", base, test_patch=broken),
    )
    ran = user.regreen(user.folder, *BATCH, "--json")
    assert (ran.code, ran.answer["done"]) == (0, 0)
    reasons = {name: result(user, name)["reason"] for name in ("no-clone", "no-commit", "no-test", "bad-test-patch")}
    assert reasons["no-clone"].startswith("no clone of octo/none at ")
    assert reasons["no-commit"].startswith(f"commit {'0' * 40} is not in ")
    assert reasons["no-test"] == "no test found at test_none.py::test_none"
    assert reasons["bad-test-patch"].startswith("the test patch does not apply to the base commit: ")
    assert predictions(user) == []


def test_a_grader_passes_nothing_that_did_not_run(user: User) -> None:
    base = clone(user, "lamp", LAMP)
    named = ("good", "wrong", "does-not-apply", "no-test", "no-clone", "own-tests")
    rows = {name: row(name, base) for name in named}
    rows["no-test"]["FAIL_TO_PASS"] = ["test_none.py::test_none"]
    rows["no-clone"]["repo"] = "octo/none"
    patches = {name: LAMP_PATCH for name in named}
    patches["wrong"] = LAMP_PATCH.replace("+    return switched_on", "+    return None")
    patches["does-not-apply"] = LAMP_PATCH.replace(" def is_lit(switched_on)", " def is_dark(switched_on)")
    rows["own-tests"] |= {"test_patch": NEW_TEST, "FAIL_TO_PASS": ["test_new.py::test_a_lamp_that_is_on_is_lit"]}
    patches["own-tests"] = NEW_TEST.replace("assert is_lit(True)", "assert True")
    write_tasks(user, *rows.values())
    predicted = [{"instance_id": name, "model_name_or_path": "m", "model_patch": patches[name]} for name in named]
    (user.folder / "out").mkdir()
    (user.folder / "out" / "preds.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in predicted))
    answer = user.regreen(user.folder, *GRADE, "--workers", "2").answer
    grades = {name: one["grade"] for name, one in answer["instances"].items()}
    assert grades == {
        "good": "resolved",
        "wrong": "unresolved",
        "does-not-apply": "error",
        "no-test": "infra_failure",
        "no-clone": "infra_failure",
        "own-tests": "unresolved",
    }
    assert answer["error_ids"] == ["does-not-apply", "no-clone", "no-test"]


USAGE = {
    "no such file": (("batch", "none.jsonl", "--out", "out"), "no such file or folder: none.jsonl"),
    "no task": (("batch", "empty.jsonl", "--out", "out"), "no task in empty.jsonl"),
    "a folder in use": (("batch", "tasks.jsonl", "--out", "clones"), "clones is not the folder of a batch"),
    "a wrong shard": (("batch", "tasks.jsonl", "--out", "out", "--shard", "3/2"), "--shard is '3/2'"),
    "nothing chosen": (("batch", "tasks.jsonl", "--out", "out", "--only", "x*"), "no task is called x*"),
    "no clones": (("batch", "tasks.jsonl", "--out", "out", "--repos", "none"), "no such folder: "),
    "no predictions": (("grade", "none.jsonl", "tasks.jsonl"), "no such file of predictions: none.jsonl"),
}


@pytest.mark.parametrize("case", USAGE)
def test_a_wrong_call_is_one_line_and_leaves_nothing(case: str, user: User) -> None:
    arguments, message = USAGE[case]
    write_tasks(user, row("a", "abc"))
    (user.folder / "empty.jsonl").write_text("\n")
    clone(user, "lamp", LAMP)
    ran = user.regreen(user.folder, *arguments, "--json")
    assert ran.end == (2, "usage")
    assert message in ran.answer["reason"]
    assert not (user.folder / "out").exists()
