"""What a worker is told: a task, the clone to work on, and the settings of its run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from agent.core.task import Task

VERSION = 1
FIELDS = sorted(field.name for field in fields(Task) if field.name != "source")
LISTS = ("fail_to_pass", "pass_to_pass", "test_command", "attachments")


@dataclass(frozen=True, slots=True)
class Order:
    """One task for one process. `clone` is the user's repository, `flags` are settings as the command line gives them.

    With `cut`, its time was shortened because the batch's own is nearly gone; `model_patch` is for graders. `beside` is
    the folder that attachments are looked for in. An honest run keeps the paths in `secret` from its tests;
    `row_sha256` is the hash of the task's row.
    """

    task: Task
    clone: Path
    flags: Mapping[str, Any]
    cut: bool = False
    model_patch: str = ""
    beside: str = ""
    secret: tuple[Path, ...] = ()
    row_sha256: str = ""

    def to_json(self) -> str:
        """The order as a document."""
        row = {"v": VERSION, "task": asdict(self.task), "clone": str(self.clone), "flags": dict(self.flags)}
        more = {"secret": [str(path) for path in self.secret], "row_sha256": self.row_sha256, "beside": self.beside}
        return json.dumps({**row, **more, "cut": self.cut, "model_patch": self.model_patch})


def read_order(path: Path) -> Order:
    """The order in a file that `to_json` made."""
    row = json.loads(path.read_text(encoding="ascii"))
    fields: dict[str, Any] = {name: tuple(value) if name in LISTS else value for name, value in row["task"].items()}
    return Order(
        task=Task(**fields),
        clone=Path(row["clone"]),
        flags=row["flags"],
        cut=row["cut"],
        model_patch=row["model_patch"],
        beside=row["beside"],
        secret=tuple(map(Path, row["secret"])),
        row_sha256=row["row_sha256"],
    )


def digest(task: Task) -> str:
    """What a result belongs to: 16 digits for all that makes a task, wherever it was read."""
    said = {name: getattr(task, name) for name in FIELDS}
    return hashlib.sha256(json.dumps(said).encode("ascii")).hexdigest()[:16]
