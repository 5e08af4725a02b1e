"""The embedded engine as a proposer, on a real repository: what it proposes next when the judge saw a test break."""

from dataclasses import replace
from pathlib import Path

import pytest

from agent.core.protocols import Remaining, RunView
from agent.core.step import FailedProof, Step
from agent.core.task import Suspect, Task
from agent.propose.repair import RepairProposer
from tests.support import new_repository, new_sites
from tools.testing.results import TestRun, TestStatus
from tools.workspace.snapshot import snapshot

FILES = {
    "product.py": "def is_large(number):\n    return number > 3\n",
    "test_product.py": """\
from product import is_large

def test_three():
    assert is_large(3)

def test_one():
    assert not is_large(1)

def test_minus():
    assert not is_large(-3)
""",
}
THREE, ONE, MINUS = (f"test_product.py::test_{name}" for name in ("three", "one", "minus"))


@pytest.fixture
def view(tmp_path: Path) -> tuple[RepairProposer, RunView]:
    repository = new_repository(tmp_path / "repo", FILES)
    sites = new_sites(repository, tmp_path)
    commit = snapshot(repository)
    before = TestRun(statuses={THREE: TestStatus.FAILED}, lines={THREE: {"product.py": frozenset({2})}})
    task = Task("t", "repo", commit, fail_to_pass=(THREE,))
    suspects = (Suspect("product.py", 2, "is_large", 1.0, ""),)
    return RepairProposer(sites, lambda text: None), RunView(task, before, suspects, (), Remaining(9, 300.0), Path())


def line_of(step: Step) -> str:
    """What the patch of a step puts in the second line."""
    patch = str(step.tool_calls[0].arguments["patch"])
    return next(line[1:].strip() for line in patch.splitlines() if line.startswith("+ "))


def test_of_what_waits_only_that_is_proposed_which_keeps_what_the_judge_saw_break(
    view: tuple[RepairProposer, RunView],
) -> None:
    proposer, first = view
    lines = [line_of(proposer.propose(first))]
    seen = replace(first, failures=(FailedProof("", "", (ONE, MINUS)),))
    while (step := proposer.propose(seen)).tool_calls and "taken back" not in step.thought:
        lines.append(line_of(step))
    assert len(lines) > 1
    assert [line for line in lines[1:] if not _keeps(line)] == []


def _keeps(line: str) -> bool:
    told: dict[str, object] = {}
    exec(f"def is_large(number):\n    {line}\n", told)
    is_large = told["is_large"]
    assert callable(is_large)
    return bool(is_large(3)) and not is_large(1) and not is_large(-3)
