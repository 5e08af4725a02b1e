"""Where the right edit stood: among all that the engine makes at the bug's line, and among those it found plausible.

The one place that looks into the engine, to say where a right edit was lost; what is right is not decided here.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from agent.repair.source import Module
from agent.repair.templates import candidates
from agent.trace.journal import read_journal
from benchmarks._repair.trees import same_tree
from tools.patch import Edit, apply_edit, decode, encode

SPACE = re.compile(r"[\s()]|'''|\"\"\"|['\"]|,(?=[)\]}])")


def generated(path: str, true: bytes, buggy: bytes, lines: Iterable[int]) -> bool:
    """Whether a template makes the true program at these lines of the file with the bug."""
    module, wanted = Module.parse(path, decode(buggy)), _squeezed(decode(true))
    texts = (apply_edit(module.text, candidate.edit) for candidate in candidates(module, set(lines)))
    return any(_squeezed(text) == wanted and same_tree(encode(text), true) for text in texts)


@dataclass(frozen=True, slots=True)
class Choice:
    """A plausible edit: its file as it leaves it, and how many characters it takes away and puts there."""

    path: str
    data: bytes
    size: int


def choices(journal: Path, path: str, buggy: bytes) -> tuple[list[Choice], tuple[int, ...]]:
    """The plausible edits of the bug's file in the order they were found, and their indices in the order of preference.

    Read from the journal's first `searched` event: `plausible` has `path`, `start`, `end` and `text` of each splice,
    `order` the indices. Both are empty without such an event.
    """
    events = [event for event in read_journal(journal) if event.event == "searched"] if journal.exists() else []
    if not events:
        return [], ()
    rows = [row for row in events[0].fields["plausible"] if row["path"] == path]
    if len(rows) != len(events[0].fields["plausible"]):  # edits of other files are not looked at: there is no bug there
        return [], ()
    text = decode(buggy)
    found = [Choice(path, encode(apply_edit(text, Edit(path, row["start"], row["end"], row["text"]))),
                    row["end"] - row["start"] + len(row["text"])) for row in rows]  # fmt: skip
    return found, tuple(events[0].fields.get("order", range(len(found))))


def _squeezed(text: str) -> str:
    """A text without what layout and brackets may change: a quick look before programs are compared."""
    return SPACE.sub("", text)
