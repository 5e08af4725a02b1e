"""Where the right edit stood: among all that the engine makes at the bug's line, and among those it found plausible.

The one place that looks into the engine, to say where a right edit was lost; what is right is not decided here.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

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


def right_place(journal: Path, true: Mapping[str, bytes], buggy: Mapping[str, bytes]) -> int:
    """The place of the true program among the plausible edits in the order of the journal's `searched` event, from 1.

    0 when it is not among them, or the journal has no such event.
    """
    events = (event for event in read_journal(journal) if event.event == "searched")
    for event in events:
        for place, row in enumerate(event.fields.get("plausible", ()), 1):
            if _is_true(row, true, buggy):
                return place
    return 0


def _is_true(row: Mapping[str, Any], true: Mapping[str, bytes], buggy: Mapping[str, bytes]) -> bool:
    path = row["path"]
    if set(true) != {path}:
        return False
    text = apply_edit(decode(buggy[path]), Edit(path, row["start"], row["end"], row["text"]))
    return same_tree(encode(text), true[path])


def _squeezed(text: str) -> str:
    """A text without what layout and brackets may change: a quick look before programs are compared."""
    return SPACE.sub("", text)
