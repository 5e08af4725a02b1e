"""What is kept of each bug, a JSON file a value: the bug, what the command made of it, and whether that is right."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks._bugs.plant import Bug

SAME_TREE, EQUAL, DIFFERENT, UNDECIDED, NO_PATCH = "same tree", "equal behaviour", "different", "undecided", "no patch"
RIGHT = (SAME_TREE, EQUAL)
ACCEPTED = ("proved", "plausible")


@dataclass(frozen=True, slots=True)
class Planted:
    """A bug in a library and the tests it turns red; `lack` says why it does not count, "" when it does."""

    name: str
    library: str
    bug: Bug
    red: tuple[str, ...]
    lack: str = ""

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Planted":
        return cls(row["name"], row["library"], Bug(**row["bug"]), tuple(row["red"]), row["lack"])


@dataclass(frozen=True, slots=True)
class Opinion:
    """Whether a patch is right: one of the words above, with the input that shows a difference, or why it is open."""

    word: str
    why: str = ""
    inputs: int = 0

    @property
    def right(self) -> bool:
        return self.word in RIGHT


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the command made of one bug. Seconds are wall; `places` are 1 for the first, 0 for none.

    `search_seconds` from the known reds to the first proposal, `proof_seconds` of all judging, `suite_seconds` of one
    run of the suite as the baseline saw it; `core_share` is what the machine gave a process just before. `right_place`
    is that of the first right edit among the plausible ones, `generated` says whether the engine makes it at all.
    """

    name: str
    status: str
    patch: str = ""
    rivals: tuple[str, ...] = ()
    reason: str = ""
    seconds: float = 0.0
    search_seconds: float | None = None
    proof_seconds: float = 0.0
    suite_seconds: float = 0.0
    tried: int = 0
    candidates: int = 0
    plausible: int = 0
    rejected: int = 0
    core_share: float | None = None
    right_place: int = 0
    generated: bool | None = None
    right_rival: int = 0
    opinion: Opinion = field(default=Opinion(NO_PATCH))

    @property
    def accepted(self) -> bool:
        """Whether a patch passed every test."""
        return bool(self.patch) and self.status in ACCEPTED

    @property
    def right(self) -> bool:
        return self.accepted and self.opinion.right

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Attempt":
        known = {**row, "rivals": tuple(row["rivals"]), "opinion": Opinion(**row["opinion"])}
        return cls(**known)


def keep(folder: Path, value: Planted | Attempt) -> None:
    """Write a value under its name."""
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f".{value.name}.new"
    beside.write_text(json.dumps(asdict(value), indent=1) + "\n", encoding="utf-8")
    beside.replace(folder / f"{value.name}.json")


def kept(folder: Path, name: str) -> Mapping[str, Any] | None:
    """The row kept under a name."""
    path = folder / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
