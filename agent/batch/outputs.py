"""What a batch leaves for others to read, always whole: SWE-bench predictions, all rows, JUnit XML, a summary."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from agent.batch.contamination import contamination
from agent.batch.folder import FAILED, BatchFolder
from agent.batch.junit import document, kind_of, testcase
from agent.batch.summary import Summary
from agent.core.task import Task
from agent.core.verdict import OFFERED, Status
from tools.files import whole_file

PREDICTED = frozenset({*OFFERED, Status.OVER_BUDGET})
NAMES = ("preds.jsonl", "preds.json", "results.jsonl", "junit.xml", "summary.md")


def write_outputs(folder: BatchFolder, tasks: Sequence[Task], golds: Mapping[str, str], stopped: str = "") -> None:
    """Write everything anew from the results on the disk, in the tasks' order; one result is in memory at a time.

    `golds` are reference solutions by task; `stopped` is the limit that ended the batch, "" for none.
    """
    summary = Summary()
    cases = []
    with ExitStack() as stack:
        lines, by_id, rows, xml, page = (stack.enter_context(whole_file(folder.path / name)) for name in NAMES)
        before = "{\n"
        for task in tasks:
            row = folder.task(task.instance_id).read()
            cases.append((kind_of(row), testcase(task, row)))
            if row is None:
                continue
            found = contamination(row["model_patch"], golds.get(task.instance_id, ""))
            row = {**row, "contamination": found.row() if found else None}
            summary.add(row)
            rows.write(f"{json.dumps(row)}\n")
            prediction = prediction_of(row)
            if prediction is not None:
                lines.write(f"{json.dumps(prediction)}\n")
                by_id.write(f"{before}{json.dumps(task.instance_id)}: {json.dumps(prediction)}")
                before = ",\n"
        by_id.write("{}\n" if before == "{\n" else "\n}\n")
        xml.writelines(document(cases))
        page.writelines(summary.text(len(tasks), stopped))


def prediction_of(row: Mapping[str, Any]) -> dict[str, str] | None:
    """A line of SWE-bench's predictions, with an empty patch where none is offered; None while a task is not done."""
    if row["status"] in FAILED or row["cut"]:
        return None
    patch = row["model_patch"] if row["status"] in PREDICTED else ""
    names = ("instance_id", "model_name_or_path")
    return {**{name: row[name] for name in names}, "model_patch": patch}
