"""What the proof runs: without the whole suite it says so, and proves nothing."""

from pathlib import Path

import pytest

from tests.e2e._support import User
from tests.support import new_repository

pytestmark = pytest.mark.slow

FILES = {
    "prices.py": "def net(gross, discount):\n    return gross + discount\n",
    "labels.py": "def label(text):\n    return text.upper()\n",
    "test_prices.py": "from prices import net\n\ndef test_net():\n    assert net(10, 3) == 7\n\n"
    "def test_larger():\n    assert net(100, 1) == 99\n\ndef test_no_discount():\n    assert net(10, 0) == 10\n",
    "test_labels.py": "from labels import label\n\ndef test_label():\n    assert label('a') == 'A'\n",
}  # fmt: skip


def test_only_what_the_patch_can_affect_runs_and_the_patch_is_not_called_proved(user: User, tmp_path: Path) -> None:
    repo = new_repository(tmp_path / "repo", FILES).root
    answer = user.regreen(repo, "fix", "test_prices.py::test_net", "--scope", "impacted", "--json").answer
    assert (answer["status"], answer["resolved"]) == ("plausible", True)
    evidence = "; ".join(answer["verdict"]["evidence"])
    assert "not the whole suite ran, but 3 tests that were named or can be affected" in evidence
    assert answer["verdict"]["pass_to_pass"]["success"] == ["test_prices.py::test_no_discount"]
    proved = user.regreen(repo, "fix", "test_prices.py::test_net", "--json").answer
    assert proved["status"] == "proved"
    assert "the whole suite ran, 4 tests" in "; ".join(proved["verdict"]["evidence"])
