"""Calls that bring nothing: one made before, lines already shown, looking on and on, an edit back to an earlier state.

A habit is told once; `ending` says when it goes on all the same. Lines already shown are only counted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from agent.core.step import Step
from prompts import render
from tools.explore import Lines
from tools.patch import Change
from tools.spec import Observation, ToolCall

Kind = Literal["repeat", "shown", "looking", "undo"]

ACTS = frozenset({"apply_patch", "try_patches", "run_tests"})
LOOKS_TOLD = 10  # steps in a row
LOOKS_AT_MOST = 20
TIMES_AT_MOST = 3  # the same call, or the same state of the tree
_SHOWN = re.compile(r'<file path="([^"\n]+)" first_line="(\d+)">\n(.*?)\n</file>', re.DOTALL)
_DOCUMENT = re.compile(r'<document id="\d+" title="([^"\n]+)">\n(.*?)\n</document>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Waste:
    """A call that brought nothing; `told` is what the proposer hears of it, "" for nothing."""

    kind: Kind
    step: int
    told: str = ""


class Habits:
    """Watches the steps of one proposer. `ending` is why it is not asked again, "" while it may go on."""

    def __init__(self, opening: str = "", patch: str = "") -> None:
        """`opening` is what it was shown first, `patch` what the tree had in it then."""
        self.ending = ""
        self._calls: dict[str, list[int]] = {}  # steps by call, since the tree changed
        self._lines: dict[str, set[int]] = {}  # shown, by file, since the file changed
        self._states: dict[str, list[int]] = {}  # steps by patch
        self._patch = patch
        self._looks = 0
        for path, first, text in _SHOWN.findall(opening):
            self._lines.setdefault(path, set()).update(_lines_of(int(first), text))
        for path, text in _DOCUMENT.findall(opening):
            self._lines[path] = _lines_of(1, text)

    def forget(self) -> None:
        """What was shown may have been left out since: asking for it again is no waste."""
        self._calls.clear()
        self._lines.clear()

    def watch(self, step: Step, patch: str) -> list[Waste]:
        """What of a step brought nothing; `patch` is the tree after it."""
        changed = patch != self._patch
        pairs = list(zip(step.tool_calls, step.observations, strict=True))
        found = [*self._repeats(step, pairs), *self._shown(step, pairs), *self._looking(step)]
        if changed:
            self._calls.clear()
            self._patch = patch
            found += self._undone(step.index, patch)
        return found

    def _repeats(self, step: Step, pairs: Sequence[tuple[ToolCall, Observation]]) -> Iterator[Waste]:
        for call, _ in pairs:
            key = f"{call.name} {json.dumps(dict(call.arguments), sort_keys=True)}"
            times = self._calls.setdefault(key, [])
            times.append(step.index)
            if len(times) >= TIMES_AT_MOST:
                self.ending = f"the same call of {call.name} was made {len(times)} times with nothing changed between"
            if len(times) > 1:
                told = render("wasted_repeat", step=times[0]) if len(times) == 2 else ""
                yield Waste("repeat", step.index, told)

    def _shown(self, step: Step, pairs: Sequence[tuple[ToolCall, Observation]]) -> Iterator[Waste]:
        for _, observation in pairs:
            for change in _changes(observation):
                self._lines.pop(change.path, None)
            if isinstance(seen := observation.data, Lines):
                lines, known = set(range(seen.first, seen.last + 1)), self._lines.setdefault(seen.path, set())
                if lines <= known:
                    yield Waste("shown", step.index)
                known |= lines

    def _looking(self, step: Step) -> Iterator[Waste]:
        acts = any(call.name in ACTS for call in step.tool_calls)
        self._looks = 0 if acts else self._looks + 1
        if self._looks >= LOOKS_AT_MOST:
            self.ending = f"{self._looks} steps in a row only looked"
        if self._looks >= LOOKS_TOLD:
            told = render("wasted_looking", steps=self._looks) if self._looks == LOOKS_TOLD else ""
            yield Waste("looking", step.index, told)

    def _undone(self, index: int, patch: str) -> Iterator[Waste]:
        if not patch:  # to begin anew is no going round in circles
            return
        times = self._states.setdefault(patch, [])
        times.append(index)
        if len(times) >= TIMES_AT_MOST:
            self.ending = f"edits undid each other: the code was {len(times)} times in the same state"
        if len(times) > 1:
            yield Waste("undo", index, render("wasted_undo", step=times[0]) if len(times) == 2 else "")


def told(found: Sequence[Waste]) -> str:
    """All that is to be told of these, each once."""
    return "\n".join(dict.fromkeys(waste.told for waste in found if waste.told))


def _lines_of(first: int, text: str) -> set[int]:
    return set(range(first, first + text.count("\n") + 1))


def _changes(observation: Observation) -> list[Change]:
    data = observation.data if isinstance(observation.data, list | tuple) else ()
    return [change for change in data if isinstance(change, Change)]
