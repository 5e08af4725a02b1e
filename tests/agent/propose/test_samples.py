"""A model is asked several times; what it says that is no patch counts for nothing."""

from pathlib import Path

import pytest

from agent.core.message import Reply
from agent.core.protocols import Remaining, RunView
from agent.core.task import Task
from agent.core.usage import Usage
from agent.models.scripted import ScriptedModel
from agent.propose.model import Talk
from agent.propose.samples import Samples
from tests.support import new_repository, new_sites
from tools.edit import apply_patch
from tools.registry import Registry
from tools.search import search
from tools.spec import ToolCall
from tools.testing.results import TestRun

ONE = Usage(1, 100, 0, 10, 0.001)


def reply(*calls: ToolCall, malformed: bool = False) -> Reply:
    return Reply("", calls, ONE, "m", "tool_calls", {call.call_id: "cut off" for call in calls if malformed})


def call(**arguments: object) -> ToolCall:
    return ToolCall("1", "apply_patch", arguments)


@pytest.fixture
def view(tmp_path: Path) -> RunView:
    return RunView(Task("x", "x", "", problem_statement="broken"), TestRun(), (), (), Remaining(9, 9.0), tmp_path)


def test_different_patches_are_tried_together_and_all_samples_are_paid_for(view: RunView, tmp_path: Path) -> None:
    script = [
        reply(call(patch="one")),
        reply(call(patch="two"), malformed=True),
        reply(ToolCall("1", "search", {"pattern": "x"})),
        reply(),
        reply(call(patch="one")),
        reply(call(patch="three"), call(patch="four")),
    ]
    model = ScriptedModel(script)
    sites = new_sites(new_repository(tmp_path / "repo", {"m.py": "x = 1\n"}), tmp_path / "sites")
    talk = Talk(model, Registry([search, apply_patch]).specs, lambda text: None)
    step = Samples(talk, len(script), sites).propose(view)
    assert [(c.name, dict(c.arguments)) for c in step.tool_calls] == [("try_patches", {"patches": ["one", "three"]})]
    assert (step.thought, step.usage) == ("2 different patches of 6 samples", sum([ONE] * 5, ONE))
    assert {tuple(spec.name for spec in tools) for tools in model.offered} == {("apply_patch",)}
    assert len(set(model.heard)) == 1


def test_samples_without_a_patch_are_no_way_on(view: RunView, tmp_path: Path) -> None:
    sites = new_sites(new_repository(tmp_path / "repo", {"m.py": "x = 1\n"}), tmp_path / "sites")
    step = Samples(Talk(ScriptedModel([]), (), lambda text: None), 2, sites).propose(view)
    assert (step.tool_calls, step.thought) == ((), "none of 2 samples holds a patch")
