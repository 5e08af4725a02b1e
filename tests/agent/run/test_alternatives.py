"""A reading that is open stays open, whoever proposes next."""

from dataclasses import replace
from pathlib import Path

import pytest

from agent.core.protocols import RunView
from agent.core.step import Alternative, Step
from agent.core.verdict import Status
from agent.propose.scripted import ScriptedProposer
from tests.agent.run.test_judge import SHARE, SHARE_TESTS, patch_of
from tests.e2e._script import work
from tests.support import new_repository, own_python
from tools.patch import Edit
from tools.spec import ToolCall

pytestmark = pytest.mark.slow
MENDED = SHARE.replace(" + 1", "")


class KnowsMore:
    """A proposer whose first step alone names another edit that passes the tests."""

    def __init__(self, calls: list[list[ToolCall]]) -> None:
        self._script = ScriptedProposer(calls)

    def propose(self, view: RunView) -> Step:
        start, end = SHARE.index("sum"), SHARE.index("\n", SHARE.index("sum"))
        known = Alternative(Edit("product.py", start, end, "max(items)"), "the highest")
        step = self._script.propose(view)
        return replace(step, alternatives=(known,)) if step.index == 1 else step


def test_the_same_code_from_another_proposer_is_not_proved_where_it_was_not(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repo", {"product.py": SHARE, "test_product.py": SHARE_TESTS})
    again = patch_of(("    count", "    # how many\n    count"), source=MENDED)
    calls = [[ToolCall(str(n), "apply_patch", {"patch": patch})] for n, patch in
             enumerate((patch_of((" + 1", ""), source=SHARE), again))]  # fmt: skip
    played = work(repository.root, lambda *_: KnowsMore(calls), tmp_path / "scratch", own_python(), escalate=True)
    judged = [line for line in played.transcript if "judged" in line]
    assert judged == ["  judged: plausible", "  judged: plausible"]
    assert (played.outcome.verdict.status, played.outcome.verdict.rivals[0].sentence) == (
        Status.PLAUSIBLE,
        "the highest",
    )
