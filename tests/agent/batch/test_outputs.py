"""What a batch leaves for others: predictions in SWE-bench's form, rows, JUnit XML, a page for people."""

import json
from pathlib import Path
from typing import Any

from agent.batch.folder import BatchFolder, open_folder
from agent.batch.outputs import write_outputs
from agent.batch.run import result_row
from agent.core.task import Task
from agent.core.usage import Charge, Payer, Usage
from agent.run.rows import charge_row
from tools.testing.junit import read_junit
from tools.testing.results import TestStatus

PATCH = "diff --git a/lamp.py b/lamp.py\n--- a/lamp.py\n+++ b/lamp.py\n@@ -1,2 +1,2 @@\n def f():\n-    a\n+    b\n"
TASKS = [Task(name, "octo/lamp", "abc") for name in ("a", "b", "c|\x01<", "d", "e", "never")]
GOLDS = {"a": PATCH, "b": PATCH.replace("+    b", "+    c"), "d": PATCH}
OPEN = {"not_enforced": ["tests can reach the network"]}
ENDS = {
    "a": ("proved", PATCH),
    "b": ("plausible", PATCH),
    "c|\x01<": ("unsolved", ""),
    "d": ("infra_failure", ""),
    "e": ("refused", PATCH),
}


def charge(model: str, cost_usd: float | None) -> dict[str, Any]:
    return charge_row(Charge(Payer(model, "strong"), Usage(2, 1000, 750, 50, cost_usd)))


BILLS = {"a": [charge("m", 0.125)], "b": [charge("m", 0.0625), charge("local", None)]}


def done(tmp_path: Path) -> BatchFolder:
    folder = open_folder(tmp_path / "out", TASKS)
    for task in TASKS:
        if task.instance_id in ENDS:
            status, patch = ENDS[task.instance_id]
            row: dict[str, Any] = {"status": status, "model_patch": patch, "seconds": 1.5, "reason": 'say "<no>"\n|'}
            row["bill"] = BILLS.get(task.instance_id, [])
            there = folder.task(task.instance_id)
            there.path.mkdir()
            row |= {"model_name_or_path": "regreen-offline", "honest": OPEN if task.instance_id in "ab" else None}
            there.write(result_row(task, row, 0.25, is_cut=False))
    write_outputs(folder, TASKS, GOLDS)
    return folder


def test_predictions_hold_what_is_offered_and_leave_out_what_is_not_done(tmp_path: Path) -> None:
    folder = done(tmp_path).path
    rows = [json.loads(line) for line in (folder / "preds.jsonl").read_text().splitlines()]
    assert [(row["instance_id"], row["model_patch"]) for row in rows] == [
        ("a", PATCH),
        ("b", PATCH),
        ("c|\x01<", ""),
        ("e", ""),
    ]
    assert {tuple(row) for row in rows} == {("instance_id", "model_name_or_path", "model_patch")}
    assert json.loads((folder / "preds.json").read_text()) == {row["instance_id"]: row for row in rows}


def test_rows_and_junit_tell_of_every_task(tmp_path: Path) -> None:
    folder = done(tmp_path).path
    rows = [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]
    assert [row["status"] for row in rows] == [status for status, _ in ENDS.values()]
    report = read_junit(folder / "junit.xml", folder)
    assert dict(report.statuses) == {
        "octo/lamp::a": TestStatus.PASSED,
        "octo/lamp::b": TestStatus.PASSED,
        "octo/lamp::c|?<": TestStatus.FAILED,
        "octo/lamp::d": TestStatus.ERROR,
        "octo/lamp::e": TestStatus.FAILED,
        "octo/lamp::never": TestStatus.SKIPPED,
    }


def test_the_page_counts_and_names_patches_that_conflict(tmp_path: Path) -> None:
    page = (done(tmp_path).path / "summary.md").read_text()
    assert page.startswith("# 5 of 6 tasks ended\n\n8 seconds of work, $1.25, $1.2500 for a proved patch\n")
    assert "| strong | m | 4 | 2,000 | 75% | 100 | 0.1875 |\n| strong | local | 2 | 1,000 | 75% | 50 | ? |\n" in page
    assert "- a and b in octo/lamp/lamp.py\n" in page
    assert '| c\\|\x01&lt; | unsolved | 1.5 | 0.25 |  | say "&lt;no&gt;" \\| |\n' in page


def test_the_page_and_the_rows_tell_how_honest_the_runs_were_and_what_is_like_the_solution(tmp_path: Path) -> None:
    folder = done(tmp_path).path
    page = (folder / "summary.md").read_text()
    assert "\n2 of 5 runs were honest.\nNot enforced in 2 of them: tests can reach the network.\n" in page
    assert "\nContamination: 0.50 over 2 patches, 1 of them the reference solution.\n" in page
    assert "| a | proved | 1.5 | 0.25 | 1.00 |" in page
    rows = [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]
    assert [row["contamination"] for row in rows] == [
        {"score": 1.0, "matched": 1, "changes": 1, "lines": 2},
        {"score": 0.0, "matched": 0, "changes": 1, "lines": 0},
        None,
        None,
        None,
    ]


def test_an_empty_batch_has_whole_files(tmp_path: Path) -> None:
    folder = open_folder(tmp_path / "out", TASKS)
    write_outputs(folder, TASKS, GOLDS)
    assert json.loads((folder.path / "preds.json").read_text()) == {}
    assert (folder.path / "preds.jsonl").read_text() == ""
