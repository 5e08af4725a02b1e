"""Telling edits apart by what they do: one function under each edit, on inputs recorded from tests and variants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.repair.functions import function_at
from tools.patch import Edit, apply_edit
from tools.testing.lab.lab import Lab
from tools.testing.lab.said import Answer

MAX_INPUTS = 40
MUTATIONS = 6


@dataclass(frozen=True, slots=True)
class Probe:
    """Inputs of one function of one file, recorded while `reference` was in effect."""

    lab: Lab
    text: str
    function: str
    reference: Edit
    inputs: tuple[str, ...]

    @classmethod
    def record(cls, lab: Lab, text: str, function: str, reference: Edit, tests: Sequence[str]) -> Probe:
        """Run `tests` under `reference` and keep what `function` was called with."""
        place = function_at(reference.path, apply_edit(text, reference), function)
        inputs = lab.record(reference, place, tests, MAX_INPUTS) if place and tests else ()
        return cls(lab, text, function, reference, inputs)

    def answers(self, edit: Edit) -> tuple[Answer, ...] | None:
        """What the function does under `edit`; None when that cannot be told (no inputs, a closure, no function)."""
        place = function_at(edit.path, apply_edit(self.text, edit), self.function)
        if place is None or not self.inputs:
            return None
        return self.lab.answers(edit, place, self.inputs, MUTATIONS)


def difference(one: Sequence[Answer], other: Sequence[Answer]) -> str:
    """The shortest input on which two edits differ, in words; "" when they agree on all."""
    pairs = [(a, b) for a, b in zip(one, other, strict=False) if a.digest != b.digest]
    if not pairs:
        return ""
    first, second = min(pairs, key=lambda pair: len(pair[0].given))
    if first.said == second.said:
        return f"on ({first.given}) they leave different things behind"
    return f"on ({first.given}) the patch {first.said}, the rival {second.said}"
