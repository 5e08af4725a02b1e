"""Predictions as SWE-bench and its agents write them: JSON lines, a JSON list, or JSON by instance id."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from agent.core.errors import UsageProblem
from agent.core.task import Prediction
from agent.tasks.load import Problem
from agent.tasks.rows import BadRow
from agent.tasks.sources import rows_of_text


@dataclass(frozen=True, slots=True)
class Predicted:
    """Predictions by instance id, as the official harness takes them: of two for one task the last one counts."""

    predictions: dict[str, Prediction]
    problems: tuple[Problem, ...]


def load_predictions(path: Path) -> Predicted:
    """Read a file of predictions; UsageProblem when there is none, rows that are none are reported and skipped."""
    if not path.is_file():
        raise UsageProblem(f"no such file of predictions: {path}", "`regreen batch` writes one to DIR/preds.jsonl")
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    suffix = ".json" if path.suffix == ".json" else ".jsonl"
    found: dict[str, Prediction] = {}
    problems: list[Problem] = []
    for row in rows_of_text(text, path.name, suffix):
        try:
            prediction = _prediction(row.row)
        except BadRow as error:
            problems.append(Problem(row.place, f"skipped: {error}"))
            continue
        if prediction.instance_id in found:
            problems.append(Problem(row.place, f"replaces an earlier prediction for {prediction.instance_id}"))
        found[prediction.instance_id] = prediction
    return Predicted(found, tuple(problems))


def _prediction(row: object) -> Prediction:
    if isinstance(row, BadRow):
        raise row
    if not isinstance(row, dict):
        raise BadRow("a prediction is an object with named fields")
    values = {name: row.get(name) for name in ("instance_id", "model_name_or_path", "model_patch")}
    values["model_patch"] = values["model_patch"] or ""
    values["model_name_or_path"] = values["model_name_or_path"] or ""
    wrong = next((name for name, value in values.items() if not isinstance(value, str)), None)
    if wrong is not None or not values["instance_id"]:
        raise BadRow(f"{wrong or 'instance_id'} must be a text")
    return Prediction(**{name: str(value) for name, value in values.items()})
