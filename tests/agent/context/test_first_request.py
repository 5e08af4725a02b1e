"""The first request as a model gets it, kept as files a stranger can read: would you know what to do?

`pytest --rewrite` writes the files anew.
"""

import json
import re
import sys
from pathlib import Path

import pytest

from agent.cli.compose import TOOLS
from agent.context.turn_one import first_message
from agent.core.protocols import RunView
from agent.core.task import Task
from agent.localize.spectrum import locate
from agent.run.baseline import Terms, take_baseline
from agent.run.budget import Budget
from prompts import render
from tests.e2e._repositories import copy_fixture, task_of
from tests.e2e._script import sites_of
from tools.registry import Registry
from tools.testing.interpreter import probe
from tools.workspace.git import find_repository

REQUESTS = Path(__file__).parent / "requests"

pytestmark = pytest.mark.slow


def view_of(name: str, issue: str, folder: Path) -> RunView:
    """What a proposer sees first on a fixture repository."""
    repository = find_repository(copy_fixture(name, folder / name))
    assert repository.head
    site = sites_of(repository.root, folder / "scratch", probe(Path(sys.executable), "the test's")).open(
        repository.head
    )
    task = Task(name, name, repository.head, problem_statement=issue)
    budget = Budget(40, 240.0)
    baseline = take_baseline(site, task, Terms(), budget, lambda text: None)
    suspects = locate(baseline.run, baseline.targets, site.workspace.tree)
    task = Task(name, name, repository.head, problem_statement=issue, fail_to_pass=baseline.targets)
    return RunView(task, baseline.run, suspects, (), budget.remaining, site.workspace.tree)


def as_page(view: RunView) -> str:
    """System message, first message and tools, as Markdown."""
    tools = "\n".join(
        f"- `{spec.name}`: {spec.description}\n  `{json.dumps(spec.parameters)}`" for spec in Registry(TOOLS).specs
    )
    return f"<!-- system -->\n{render('system')}\n\n<!-- user -->\n{first_message(view)}\n\n<!-- tools -->\n{tools}\n"


@pytest.mark.parametrize(("name", "with_issue"), [("off-by-one", False), ("issue-only", True)])
def test_the_first_request_reads_as_the_page_says(
    name: str, with_issue: bool, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    page = REQUESTS / f"{name}.md"
    request = as_page(view_of(name, task_of(name)["problem_statement"] if with_issue else "", tmp_path))
    request = re.sub(r"0x[0-9a-f]{6,}", "0x…", request)
    if pytestconfig.getoption("rewrite"):
        page.write_text(request, encoding="utf-8")
    assert request == page.read_text(encoding="utf-8")
