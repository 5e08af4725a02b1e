"""Predictions in every form that agents write."""

import json
from pathlib import Path

import pytest

from agent.core.errors import UsageProblem
from agent.core.task import Prediction
from agent.tasks.load import Problem
from agent.tasks.predictions import load_predictions

ROW = {"instance_id": "a", "model_name_or_path": "m", "model_patch": "p"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.jsonl", json.dumps(ROW) + "\n"),
        ("p.json", json.dumps([ROW])),
        ("p.json", json.dumps({"a": ROW})),
        ("p.json", json.dumps({"a": {"model_name_or_path": "m", "model_patch": "p"}})),
    ],
)
def test_predictions_are_read_from(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    assert load_predictions(tmp_path / name).predictions == {"a": Prediction("a", "m", "p")}


def test_of_two_for_one_task_the_last_counts_and_what_is_none_is_told(tmp_path: Path) -> None:
    rows = [ROW, {**ROW, "model_patch": None}, {"model_patch": "p"}, {**ROW, "model_patch": 7}, [], {}]
    (tmp_path / "p.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows) + "{\n")
    found = load_predictions(tmp_path / "p.jsonl")
    assert found.predictions == {"a": Prediction("a", "m", "")}
    assert found.problems[0] == Problem("p.jsonl:2", "replaces an earlier prediction for a")
    assert [problem.place for problem in found.problems[1:]] == [f"p.jsonl:{line}" for line in range(3, 8)]


def test_no_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="no such file of predictions"):
        load_predictions(tmp_path / "none.jsonl")
