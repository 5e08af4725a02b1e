"""Batches by the installed command: worked off, killed, gone on with, graded; the clones stay as they were."""

import json
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.e2e._fingerprint import changed, fingerprint
from tests.e2e._repositories import (
    ALL_GREEN,
    LAMP,
    LAMP_FIXED,
    LAMP_PATCH,
    LAMP_TEST,
    PRIMES,
    SLOW,
    copy_fixture,
    new_environment,
    new_repository,
    task_of,
)
from tests.e2e._support import User, wait_until
from tests.endpoint import Endpoint, says
from tests.support import write_files
from tools.workspace.limits import processors

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


SPY = """
import importlib.util
import pathlib
import socket
import subprocess


def test_spy():
    assert not pathlib.Path({tasks!r}).is_file() or not pathlib.Path({tasks!r}).read_text()
    assert not list(pathlib.Path({copy!r}).iterdir())
    log = subprocess.run(["git", "log", "--all", "--format=%s"], capture_output=True, text=True, check=True).stdout
    assert log == "base\\n"
    with socket.socket() as tried:
        assert tried.connect_ex(("192.0.2.1", 9)) == 101
"""


def test_an_honest_task_keeps_the_answer_from_what_runs_and_says_how_it_was_made(user: User) -> None:
    environment = new_environment(user.folder / "env")
    site = next(environment.glob("lib/python*/site-packages"))
    write_files(site, {"lamp/__init__.py": LAMP_FIXED, "lamp-2.0.dist-info/METADATA": "Name: lamp\nVersion: 2.0\n",
                       "lamp-2.0.dist-info/RECORD": "lamp/__init__.py,,\n"})  # fmt: skip
    spy = SPY.format(tasks=str(user.folder / "tasks.jsonl"), copy=str(site / "lamp"))
    base = clone(user, "lamp", {**LAMP, "test_spy.py": spy, "setup.cfg": "[metadata]\nname = lamp\n"})
    clone_commits = git(user.folder / "clones" / "lamp", "rev-list", "--count", "HEAD")
    write_tasks(user, row("lamp", base, patch=LAMP_PATCH, python=str(environment / "bin" / "python")))
    ran = user.regreen(user.folder, *BATCH, "--json")
    found = result(user, "lamp")
    assert (ran.code, found["status"], clone_commits) == (0, "proved", "2")
    assert found["verdict"]["pass_to_pass"]["success"] == ["test_spy.py::test_spy"]
    assert (found["honest"]["hidden"], found["honest"]["not_enforced"]) == ([f"lamp 2.0 in {site}"], [])
    assert (found["honest"]["model"], len(found["honest"]["task_sha256"])) == ("offline", 64)
    order = (user.folder / "out" / "tasks" / "lamp" / "order.json").read_text()
    assert "return switched_on" not in order  # the solution reaches no worker
    (told,) = (json.loads(line) for line in (user.folder / "out" / "results.jsonl").read_text().splitlines())
    assert told["contamination"] == {"score": 1.0, "matched": 1, "changes": 1, "lines": 2}
    graded = user.regreen(user.folder, *GRADE).answer
    assert graded["contamination"] == {"lamp": told["contamination"]}
    assert graded["instances"]["lamp"]["honest"]["hidden"] == found["honest"]["hidden"]


def test_a_task_that_is_not_honest_has_no_manifest_and_is_told_so(user: User) -> None:
    base = clone(user, "lamp", LAMP)
    write_tasks(user, row("lamp", base))
    assert user.regreen(user.folder, *BATCH, "--no-honest", "--json").code == 0
    assert result(user, "lamp")["honest"] is None
    assert "0 of 1 runs were honest." in (user.folder / "out" / "summary.md").read_text()
    call = ("batch", "tasks.jsonl", "--out", "demanded", "--repos", "clones", "--honest", "--json")
    ran = user.without_sandbox(user.folder, *call)
    assert ran.end == (5, "infra_failure")


USAGE = {
    "nothing named": (("batch",), "Missing argument 'TASKS|-'."),
    "no folder": (("batch", "tasks.jsonl"), "Missing option '--out'."),
    "no tasks to grade by": (("grade", "out/preds.jsonl"), "Missing argument 'TASKS'."),
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


def test_files_of_lfs_stay_pointers_and_nothing_is_fetched(user: User) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 7\n"
    base = clone(user, "lamp", {**LAMP, "big.bin": pointer, ".gitattributes": "*.bin filter=lfs\n"})
    smudge = user.folder / "smudge.sh"
    smudge.write_text('test "$GIT_LFS_SKIP_SMUDGE" = 1 && exec cat\necho it would fetch >&2\nexit 1\n')
    settings = f'[filter "lfs"]\n\tclean = cat\n\tsmudge = sh {smudge}\n\trequired = true\n'
    (Path(user.variables["HOME"]) / ".gitconfig").write_text(settings)
    write_tasks(user, row("lamp", base))
    ran = user.regreen(user.folder, *BATCH, "--json")
    assert (ran.code, ran.answer["statuses"]) == (0, {"proved": 1}), result(user, "lamp")["reason"]


def test_tasks_side_by_side_share_the_processors(user: User) -> None:
    write_tasks(user, row("green", clone(user, "lamp", ALL_GREEN)))
    found = []
    for workers in (1, 2 * processors()):
        user.regreen(user.folder, *BATCH, "--out", f"out-{workers}", "--workers", str(workers))
        order = user.folder / f"out-{workers}" / "tasks" / "green" / "order.json"
        found.append(json.loads(order.read_text())["flags"]["lab_workers"])
    assert found == [min(2, processors()), 1]


def test_shards_and_patterns_share_a_folder(user: User) -> None:
    write_tasks(user, *(row(f"t-{number}", "abc", "octo/none") for number in range(5)))
    (user.folder / "clones").mkdir()
    told = [user.regreen(user.folder, *BATCH, "--json", *which).answer["tasks"] for which in
            (("--shard", "1/2"), ("--shard", "2/2"), ("--only", "t-[13]", "--only", "t-4"))]  # fmt: skip
    assert told == [3, 2, 3]
    rows = (user.folder / "out" / "results.jsonl").read_text().splitlines()
    assert [json.loads(line)["instance_id"] for line in rows] == [f"t-{number}" for number in range(5)]


def test_bad_rows_are_told_and_skipped(user: User) -> None:
    write_tasks(user, row("a", "abc", "octo/none"), row("a", "abc"), row("", "abc"))
    (user.folder / "clones").mkdir()
    ran = user.regreen(user.folder, *BATCH, "--json")
    assert (ran.code, ran.answer["tasks"], ran.answer["skipped_rows"]) == (0, 1, 2)
    assert "tasks.jsonl:2: skipped: a is also at tasks.jsonl:1; the first one counts" in ran.err
    assert "tasks.jsonl:3: skipped: it has no instance_id" in ran.err


def test_tasks_of_others_are_skipped_with_a_word(user: User) -> None:
    rows = [{"title": "Dark", "body": "It is dark.", "number": number, "author": {"login": who}}
            for number, who in enumerate(("ada", "mallory"))]  # fmt: skip
    (user.folder / "tasks.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in rows))
    (user.folder / "clones").mkdir()
    (user.folder / "regreen.toml").write_text('authors = ["ada"]\n')
    ran = user.regreen(user.folder, *BATCH, "--json")
    assert (ran.code, ran.answer["tasks"], ran.answer["skipped_rows"]) == (0, 1, 1)
    assert "tasks.jsonl:2: skipped: it is by mallory, who is not among `authors`" in ran.err


def test_a_model_is_paid_once_for_a_task_and_never_beyond_the_limit(user: User) -> None:
    repo = copy_fixture("new-file", user.folder / "clones" / "new-file")
    told = task_of("new-file")
    tests = tuple(told["FAIL_TO_PASS"])
    write_tasks(user, *(row(name, git(repo, "rev-parse", "HEAD"), told["repo"], tests) for name in ("one", "two")))
    call = (*BATCH, "--json", "--model", "gpt-4.1", "--max-cost-per-task", "1", "--max-cost")
    with Endpoint([says("I cannot.")] * 6, models=["gpt-4.1"]) as endpoint:
        variables = {"OPENAI_API_KEY": "sk-test-0123456789", "OPENAI_BASE_URL": endpoint.base_url}
        first = user.regreen(user.folder, *call, "1.005", variables=variables)
        paid = result(user, "one")["spent_usd"]
        assert (first.code, first.answer["status"], first.answer["done"]) == (4, "over_budget", 1)
        assert (len(endpoint.requests), first.answer["cost_usd"]) == (3, paid)
        second = user.regreen(user.folder, *call, "2", variables=variables)
        assert (second.code, second.answer["done"], len(endpoint.requests)) == (0, 2, 6)
    assert paid == result(user, "one")["usage"]["cost_usd"] > 0
    assert second.answer["cost_usd"] == paid + result(user, "two")["spent_usd"]
    assert [one["model_name_or_path"] for one in predictions(user)] == ["regreen-gpt-4.1"] * 2


def test_the_money_of_the_day_ends_a_batch_and_what_is_left_stays_open(user: User) -> None:
    repo = copy_fixture("new-file", user.folder / "clones" / "new-file")
    told = task_of("new-file")
    tests = tuple(told["FAIL_TO_PASS"])
    write_tasks(user, *(row(name, git(repo, "rev-parse", "HEAD"), told["repo"], tests) for name in ("one", "two")))
    call = (*BATCH, "--json", "--model", "gpt-4.1", "--max-cost-per-day")
    with Endpoint([], models=["gpt-4.1"]) as endpoint:  # not one request fits into a cent
        variables = {"OPENAI_API_KEY": "sk-test-0123456789", "OPENAI_BASE_URL": endpoint.base_url}
        ran = user.regreen(user.folder, *call, "0.01", variables=variables)
    why = "the limit of $0.01 for all runs of this day"
    assert (ran.code, ran.answer["status"], ran.answer["done"], ran.answer["stopped"]) == (4, "over_budget", 0, why)
    assert f"{why} was reached with 2 tasks left" in ran.err
    assert (result(user, "one")["cut"], predictions(user)) == (True, [])
    assert not (user.folder / "out" / "tasks" / "two").exists()
    assert f"Stopped: {why} was reached" in (user.folder / "out" / "summary.md").read_text()
    offline = user.regreen(user.folder, *BATCH, "--json", "--max-cost", "0")
    assert (offline.code, offline.answer["done"], offline.answer["stopped"]) == (0, 2, "")
