"""What a model is told of patches: the format of its card, in the description of the one tool that takes them."""

from dataclasses import replace
from pathlib import Path

import pytest

from agent.cli.compose import TOOLS
from agent.core.message import Message, Reply
from agent.core.protocols import Remaining, RunView
from agent.core.task import Task
from agent.core.usage import Usage
from agent.models.scripted import ScriptedModel
from agent.propose.model import ModelProposer, Talk
from agent.trace.spoken import Hearing, Spoken
from prompts import render
from tools.patch import parse_patch
from tools.registry import Registry
from tools.spec import Observation, ToolCall, ToolSpec
from tools.testing.results import TestRun

VIEW = RunView(Task("x", "x", "", problem_statement="broken"), TestRun(), (), (), Remaining(9, 9.0), Path("/nowhere"))


LOOKS = Reply("", (ToolCall("1", "show_diff", {}),), Usage(), "m", "tool_calls")


def taught(patch_format: str) -> tuple[str, list[ToolSpec]]:
    """The description of apply_patch, and the other tools."""
    model = ScriptedModel([LOOKS])
    ModelProposer(Talk(model, Registry(TOOLS).specs, lambda text: None, patch_format)).propose(VIEW)
    (spec,) = [tool for tool in model.offered[0] if tool.name == "apply_patch"]
    return spec.description, [replace(tool) for tool in model.offered[0] if tool.name != "apply_patch"]


@pytest.mark.parametrize(
    ("patch_format", "sign"),
    [("unified", "--- a/package/module.py"), ("begin-patch", "*** Begin Patch"), ("search-replace", "<<<<<<< SEARCH")],
)
def test_a_model_is_taught_the_format_of_its_card_and_the_example_can_be_read(patch_format: str, sign: str) -> None:
    description, others = taught(patch_format)
    first, _, teaching = description.partition("\n\n")
    assert first == "Apply a patch: all of it exactly, or nothing with the reason."
    assert sign in teaching
    assert others == [spec for spec in Registry(TOOLS).specs if spec.name != "apply_patch"]
    rules = next(line for line in teaching.split("\n") if line.startswith(("`@@ ", "Give ", "Quote ")))
    (patch,) = parse_patch(teaching[teaching.index("\n") + 1 : teaching.index(rules)])
    assert patch.path == "package/module.py"


def test_what_a_person_says_stands_before_the_next_request_and_in_every_later_conversation() -> None:
    model = ScriptedModel([LOOKS, LOOKS, LOOKS])
    hearing = Hearing(kept=Spoken(((2, "the tax is 19"),)))
    talk = Talk(model, Registry(TOOLS).specs, lambda text: None, hearing=hearing)
    first = ModelProposer(talk)
    step = first.propose(VIEW)
    first.propose(replace(VIEW, steps=(replace(step, observations=(Observation("1", "no changes"),)),)))
    ModelProposer(talk).propose(VIEW)
    said = Message("user", render("user_says", text="the tax is 19"))
    assert [message.role for message in model.heard[1]] == ["system", "user", "assistant", "tool", "user"]
    assert (model.heard[1][-1], model.heard[2][-1], said in model.heard[0]) == (said, said, False)
