"""What every proposer promises: a view of the run is answered with the next step, until it sees no way on."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from agent.core.protocols import Proposer, Remaining, RunView
from agent.core.step import Step
from agent.core.task import Suspect, Task
from agent.core.usage import Usage
from agent.propose.repair import RepairProposer
from agent.propose.scripted import ScriptedProposer
from tests.support import files_of, git, new_repository, new_sites
from tools.patch import decide, parse_patch, write
from tools.spec import ToolCall
from tools.testing.results import TestRun
from tools.workspace.checkout import make_worktree

pytestmark = pytest.mark.slow
FILES = {
    "product.py": "def add(a, b):\n    return a - b\n",
    "test_product.py": "import product\n\ndef test_add():\n    assert product.add(2, 3) == 5\n",
}
TARGET = "test_product.py::test_add"
PATCH = "--- a/product.py\n+++ b/product.py\n@@ -1,2 +1,2 @@\n def add(a, b):\n-    return a - b\n+    return a + b\n"
Start = Callable[[Path], tuple[Proposer, RunView]]


def view_of(folder: Path, files: Mapping[str, str] = FILES) -> RunView:
    """The view at the start of a run on the broken `add`."""
    repository = new_repository(folder / "repo", files)
    assert repository.head
    site = new_sites(repository, folder / "view").open(repository.head)
    before = site.runner.run(timeout_seconds=120.0, trace=True)
    suspects = (Suspect("product.py", 2, "add", 1.0, "run by the failing tests"),)
    task = Task("x", "x", repository.head, fail_to_pass=(TARGET,))
    return RunView(task, before, suspects, (), Remaining(10, 60.0), site.workspace.tree)


def scripted(folder: Path) -> tuple[Proposer, RunView]:
    return ScriptedProposer([[ToolCall("1", "apply_patch", {"patch": PATCH})]]), view_of(folder)


def repair(folder: Path) -> tuple[Proposer, RunView]:
    view = view_of(folder)
    repository = new_repository(folder / "again", FILES)
    assert repository.head == view.task.base_commit
    return RepairProposer(new_sites(repository, folder / "sites"), lambda text: None), view


@pytest.fixture(params=[scripted, repair], ids=["scripted", "repair"])
def start(request: pytest.FixtureRequest) -> Start:
    chosen: Start = request.param
    return chosen


def steps_of(proposer: Proposer, view: RunView) -> list[Step]:
    """All steps until one without calls, as a loop would ask for them."""
    steps: list[Step] = []
    while len(steps) < 20:
        steps.append(proposer.propose(replace(view, steps=tuple(steps))))
        if not steps[-1].tool_calls:
            break
    return steps


def test_steps_are_numbered_and_end_in_one_without_calls(start: Start, tmp_path: Path) -> None:
    steps = steps_of(*start(tmp_path))
    assert [step.index for step in steps] == list(range(1, len(steps) + 1))
    assert [bool(step.tool_calls) for step in steps] == [*[True] * (len(steps) - 1), False]
    assert steps[-1].thought != ""


def test_a_step_has_calls_and_not_yet_observations(start: Start, tmp_path: Path) -> None:
    step = steps_of(*start(tmp_path))[0]
    assert (step.observations, step.usage) == ((), Usage())
    assert all(isinstance(call, ToolCall) for call in step.tool_calls)


def test_call_ids_are_unique(start: Start, tmp_path: Path) -> None:
    ids = [call.call_id for step in steps_of(*start(tmp_path)) for call in step.tool_calls]
    assert len(ids) == len(set(ids))


def test_its_first_patch_applies_to_the_base_and_mends_it(start: Start, tmp_path: Path) -> None:
    proposer, view = start(tmp_path)
    (call,) = proposer.propose(view).tool_calls
    tree = tmp_path / "tree"
    repository = new_repository(tree, FILES)
    write(decide(parse_patch(call.arguments["patch"]), tree), tree)
    assert (call.name, (tree / "product.py").read_text()) == ("apply_patch", "def add(a, b):\n    return a + b\n")
    assert repository.head == view.task.base_commit


def test_proposing_writes_nothing_to_the_repository(tmp_path: Path) -> None:
    proposer, view = repair(tmp_path)
    folder = tmp_path / "again"
    before = files_of(folder / ".git")
    proposer.propose(view)
    assert (folder / "product.py").read_text() == FILES["product.py"]
    assert files_of(folder / ".git") == before
    assert git(folder, "status", "--porcelain") == ""


def test_patches_of_the_engine_follow_one_another_on_one_tree(tmp_path: Path) -> None:
    """Each is against the tree as the one before left it."""
    view = view_of(tmp_path)
    repository = new_repository(tmp_path / "again", FILES)
    assert repository.head
    workspace = make_worktree(repository, repository.head, tmp_path / "site")
    for step in steps_of(RepairProposer(new_sites(repository, tmp_path / "sites"), lambda text: None), view)[:-1]:
        (call,) = step.tool_calls
        write(decide(parse_patch(call.arguments["patch"]), workspace.tree), workspace.tree)


def test_a_step_of_the_engine_names_what_it_would_propose_instead(tmp_path: Path) -> None:
    files = {**FILES, "test_product.py": FILES["test_product.py"].replace("add(2, 3) == 5", "add(2, 2) == 4")}
    view = view_of(tmp_path, files)
    sites = new_sites(new_repository(tmp_path / "again", files), tmp_path / "sites")
    first, *later = steps_of(RepairProposer(sites, lambda text: None), view)
    said = [step.thought.split(". tried")[0] for step in later]
    named = [f"{one.edit.path}:{one.sentence.removeprefix('line ')}" for one in first.alternatives]
    assert "product.py:2: `-` becomes `*`" in named
    assert named == [first.thought.split(". tried")[0], *said][: len(named)]
    assert later[-1].alternatives == ()


def test_an_issue_alone_is_no_work_for_the_engine(tmp_path: Path) -> None:
    view = RunView(Task("x", "x", "", problem_statement="broken"), TestRun(), (), (), Remaining(10, 60.0), tmp_path)
    sites = new_sites(new_repository(tmp_path / "repo", FILES), tmp_path / "sites")
    step = RepairProposer(sites, lambda text: None).propose(view)
    assert (step.tool_calls, "an issue text alone needs a model" in step.thought) == ((), True)


def test_a_script_keeps_what_it_saw_and_says_its_thoughts(tmp_path: Path) -> None:
    view = view_of(tmp_path)
    proposer = ScriptedProposer([[], []], thoughts=["first"])
    assert [proposer.propose(view).thought for _ in range(3)] == ["first", "", "the script has ended"]
    assert proposer.views == [view, view, view]
