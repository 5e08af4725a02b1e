"""What is kept of each bug, a JSON file a value: the bug, what the command made of it, and whether that is right."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
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
    run of the suite as the baseline saw it; `core_share` is what the machine gave a process just before. `choices`
    are our words on the plausible edits as they were found, `sizes` their characters, `order` their indices as they
    were preferred; `generated` says whether the engine makes the right edit at all.
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
    choices: tuple[str, ...] = ()
    sizes: tuple[int, ...] = ()
    order: tuple[int, ...] = ()
    generated: bool | None = None
    right_rival: int = 0
    opinion: Opinion = field(default=Opinion(NO_PATCH))

    @property
    def right_place(self) -> int:
        """The place of the first right edit among the plausible ones as they were preferred; 0 for none."""
        return next((place for place, at in enumerate(self.order, 1) if self.choices[at] in RIGHT), 0)

    @property
    def accepted(self) -> bool:
        """Whether a patch passed every test."""
        return bool(self.patch) and self.status in ACCEPTED

    @property
    def right(self) -> bool:
        return self.accepted and self.opinion.right

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "Attempt":
        tuples = {name: tuple(row.get(name, ())) for name in ("rivals", "choices", "sizes", "order")}
        names = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in row.items() if name in names}
                   | tuples | {"opinion": Opinion(**row["opinion"])})  # fmt: skip


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
