"""A failed proof buys the next conversation, which begins anew on the tree as it was; a feeling buys nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from agent.core.errors import ModelUnknown
from agent.core.protocols import Proposer, Remaining, RunView
from agent.core.step import FailedProof, Step
from agent.core.task import Task
from agent.propose.attempts import FAILURES_EACH, MAX_TOLD, Attempts, digest
from agent.propose.scripted import ScriptedProposer
from tests.support import new_repository, new_sites
from tools.patch import decide, parse_patch
from tools.spec import Observation, ToolCall
from tools.testing.results import TestRun
from tools.testing.site import Site, Sites
from tools.trial import Tried
from tools.workspace.put import put

LOOK = ToolCall("1", "show_diff", {})
PATCH = "--- a/m.py\n+++ b/m.py\n@@ -1 +1 @@\n-x = 1\n+x = 2\n--- /dev/null\n+++ b/n.py\n@@ -0,0 +1 @@\n+y = 1\n"
FAILED = FailedProof(PATCH, "x is 2")


@pytest.fixture
def sites(tmp_path: Path) -> Sites:
    return new_sites(new_repository(tmp_path / "repo", {"m.py": "x = 1\n"}), tmp_path / "sites")


@pytest.fixture
def site(sites: Sites) -> Site:
    return sites.open(str(sites.repository.head))


def view_of(site: Site, *failures: FailedProof) -> RunView:
    """The tree as it is, after these failures."""
    task = Task("x", "x", site.workspace.origin, hints_text="from the task")
    tree, patch = site.workspace.tree, site.workspace.diff()
    return RunView(task, TestRun(), (), (), Remaining(9, 9.0), tree, patch=patch, failures=failures)


def test_a_proposer_that_gives_up_after_a_failed_proof_makes_way_for_a_fresh_one(site: Site, sites: Sites) -> None:
    first, second = ScriptedProposer([[LOOK]], ["mine", "I give up"]), ScriptedProposer([[LOOK]], ["anew"])
    attempts = Attempts([lambda: first, lambda: second], sites)
    assert attempts.propose(view_of(site)).thought == "mine"
    put(decide(parse_patch(PATCH), site.workspace.tree), site.workspace)
    back = attempts.propose(view_of(site, FAILED))
    assert back.thought == "I give up; the next attempt begins anew"
    put(decide(parse_patch(str(back.tool_calls[0].arguments["patch"])), site.workspace.tree), site.workspace)
    assert site.workspace.diff() == ""
    assert attempts.propose(view_of(site, FAILED)).thought == "anew"
    assert second.views[0].task.hints_text == f"from the task\n\n{digest([FAILED])}"
    assert "x is 2" in digest([FAILED])


def test_giving_up_without_a_failed_proof_is_the_end(site: Site, sites: Sites) -> None:
    attempts = Attempts(
        [lambda: ScriptedProposer([], ["I would rather not"]), lambda: ScriptedProposer([[LOOK]])], sites
    )
    assert attempts.propose(view_of(site)) == Step(1, "I would rather not")


def test_failures_of_an_earlier_proposer_are_not_those_of_a_conversation(site: Site, sites: Sites) -> None:
    attempts = Attempts([lambda: ScriptedProposer([], ["no"]), lambda: ScriptedProposer([[LOOK]])], sites)
    assert attempts.propose(view_of(site, FAILED)) == Step(1, "no")


def test_too_many_failed_patches_end_a_conversation(site: Site, sites: Sites) -> None:
    going = ScriptedProposer([[LOOK]] * 9)
    attempts = Attempts([lambda: going, lambda: ScriptedProposer([[LOOK]], ["anew"])], sites)
    attempts.propose(view_of(site))
    assert attempts.propose(view_of(site, *[FAILED] * (FAILURES_EACH - 1))).thought == ""
    assert attempts.propose(view_of(site, *[FAILED] * FAILURES_EACH)).thought == "anew"


def test_patches_that_were_only_tried_are_a_failed_proof_too(site: Site, sites: Sites) -> None:
    attempts = Attempts(
        [lambda: ScriptedProposer([[LOOK]], ["", "none"]), lambda: ScriptedProposer([[LOOK]], ["anew"])], sites
    )
    view = view_of(site)
    step = attempts.propose(view)
    tried = replace(step, observations=(Observation("1", "", data=(Tried(1, None),)),))
    assert attempts.propose(replace(view, steps=(tried,))).thought == "anew"


def test_a_further_model_that_the_endpoint_does_not_have_ends_the_run_and_not_in_an_error(
    site: Site, sites: Sites
) -> None:
    class Missing:
        def propose(self, view: RunView) -> Step:
            raise ModelUnknown("the endpoint has no model gpt-4.1")

    first: Proposer = ScriptedProposer([[LOOK]], ["", "I give up"])
    attempts = Attempts([lambda: first, Missing], sites)
    attempts.propose(view_of(site))
    assert attempts.propose(view_of(site, FAILED)).thought == "the endpoint has no model gpt-4.1, which was to try next"
    with pytest.raises(ModelUnknown):
        Attempts([Missing], sites).propose(view_of(site))


def test_only_the_last_failures_are_told_and_long_ones_in_part() -> None:
    told = digest([*[FAILED] * MAX_TOLD, FailedProof("p\n" * 5000, "why\n" * 5000)])
    assert told.count("x is 2") == MAX_TOLD - 1
    assert f"made {MAX_TOLD + 1} patches that failed" in told
    assert len(told) < 5000
