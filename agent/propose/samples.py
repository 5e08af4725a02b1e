"""Several answers to one question: a model is asked N times for a patch, and the tests tell them apart.

All are tried at once by `try_patches`, each alone. Those that turn the targets green and break nothing are grouped by
behaviour; the largest group speaks first, by its smallest patch. One that the judge does not accept makes way for the
next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agent.core.message import Message, Reply
from agent.core.protocols import RunView
from agent.core.step import Step
from agent.core.usage import Usage
from agent.propose.model import Talk, opening, said, taught
from agent.propose.putting_back import back_to_base
from agent.repair.clusters import clusters
from prompts import render
from tools.errors import PatchError, ToolError
from tools.patch import Change, Edit, decide, decode, parse_patch
from tools.spec import ToolCall
from tools.testing.lab.open import open_lab
from tools.testing.site import Sites
from tools.trial import Tried

TOOL = "apply_patch"


@dataclass(frozen=True, slots=True)
class Sample:
    """A patch that passed its trial; `edit` is what it does to its file, where it is one of one Python file."""

    number: int
    patch: str
    text: str = ""
    edit: Edit | None = None


class Samples:
    """Asks the model of a talk `count` times, then proposes what passed, best first."""

    def __init__(self, talk: Talk, count: int, sites: Sites) -> None:
        self._talk = talk
        self._count = count
        self._sites = sites
        self._patches: list[str] | None = None
        self._waiting: list[Sample] | None = None
        self._said = ""

    def propose(self, view: RunView) -> Step:
        """First all patches as one trial, then one after the other; a step without calls when none is left."""
        index = len(view.steps) + 1
        if self._patches is None:
            self._patches, usage = self._sampled(view)
            if not self._patches:
                return Step(index, f"none of {self._count} samples holds a patch", usage=usage)
            call = ToolCall(f"samples-{index}", "try_patches", {"patches": self._patches})
            return Step(index, f"{len(self._patches)} different patches of {self._count} samples", (call,), usage=usage)
        if self._waiting is None:
            self._waiting, self._said = self._chosen(view)
        if not self._waiting:
            return Step(index, self._said)
        sample = self._waiting.pop(0)
        undo = back_to_base(view, self._sites)
        patches = [patch for patch in (undo, sample.patch) if patch]
        calls = tuple(ToolCall(f"sample-{index}-{n}", TOOL, {"patch": patch}) for n, patch in enumerate(patches))
        return Step(index, f"patch {sample.number}: {self._said}", calls)

    def _sampled(self, view: RunView) -> tuple[list[str], Usage]:
        """The patches of all samples, each once."""
        opened = opening(view, self._talk.beside).messages
        task = replace(opened[-1], text=f"{opened[-1].text}\n\n{render('goal_sample')}")
        hearing = self._talk.hearing
        hearing.words()
        messages: list[Message] = [*opened[:-1], task, *said(hearing.so_far)]
        tools = [spec for spec in taught(self._talk.tools, self._talk.patch_format) if spec.name == TOOL]
        patches: list[str] = []
        spent = Usage()
        for number in range(1, self._count + 1):
            self._talk.progress(f"step {len(view.steps) + 1}: asking for sample {number} of {self._count}")
            reply = self._talk.model.complete(messages, tools)
            spent += reply.usage
            patches += _patches_of(reply)
        return list(dict.fromkeys(patches)), spent

    def _chosen(self, view: RunView) -> tuple[list[Sample], str]:
        """One sample of each group that passed, and a sentence on all of them."""
        data = view.steps[-1].observations[-1].data
        tried = [item for item in data if isinstance(item, Tried)] if isinstance(data, tuple) else []
        targets = view.task.fail_to_pass
        numbers = [item.number for item in tried if item.run is not None and item.passes(targets)]
        said = f"{len(numbers)} of {len(self._patches or ())} patches turn the target tests green and break nothing"
        samples = [self._sample(number, view.tree) for number in numbers]
        groups = self._groups([sample for sample in samples if sample.edit], view)
        alone = [[sample] for sample in samples if sample.edit is None]
        ways = len(groups) + len(alone)
        return [group[0] for group in (*groups, *alone)], f"{said}, in {ways} ways" if ways else said

    def _sample(self, number: int, tree: Path) -> Sample:
        patch = (self._patches or [])[number - 1]
        try:
            changes: Sequence[Change] = decide(parse_patch(patch), tree)
        except PatchError:
            changes = ()
        if len(changes) != 1 or changes[0].before is None or changes[0].after is None:
            return Sample(number, patch)
        (change,) = changes
        text = decode(change.before or b"")
        return Sample(number, patch, text, Edit(change.path, 0, len(text), decode(change.after or b"")))

    def _groups(self, samples: Sequence[Sample], view: RunView) -> list[list[Sample]]:
        edits = [sample.edit for sample in samples if sample.edit is not None]
        texts = {sample.edit.path: sample.text for sample in samples if sample.edit is not None}
        tests = view.task.fail_to_pass
        if len(edits) < 2:
            return [[sample] for sample in samples]
        try:
            with open_lab(self._sites, view.task.base_commit, tests, view.before.durations) as lab:
                found = clusters(lab, texts, edits, tests)
        except ToolError:  # no worker came up: syntax has to do
            found = clusters(None, texts, edits, tests)
        return [[samples[at] for at in group] for group in found]


def _patches_of(reply: Reply) -> list[str]:
    """The patch of a reply, where it calls for one that can be read."""
    calls = [call for call in reply.tool_calls if call.name == TOOL and call.call_id not in reply.malformed]
    return [str(call.arguments["patch"]) for call in calls[:1] if isinstance(call.arguments.get("patch"), str)]
