"""The lab on a test command without a pytest below it: every trial is a cold run of the command."""

from pathlib import Path

import pytest

from tests.support import files_of, plain_runner
from tools.patch import Edit
from tools.testing.command import CommandRunner
from tools.testing.lab.lab import Lab
from tools.testing.lab.place import Place
from tools.testing.lab.said import FunctionAt
from tools.testing.results import TEST_COMMAND, TestStatus

PRODUCT = "def double(number):\n    return number + 2\n"
FILES = {"product.py": PRODUCT, "check.py": "from product import double\n\nassert double(3) == 6\n"}
PLUS = PRODUCT.index("+")


@pytest.mark.slow
def test_edits_are_tried_cold_and_behaviour_cannot_be_seen(tmp_path: Path) -> None:
    inner = plain_runner(tmp_path, FILES)
    tree = inner.sandbox.tree
    edits = [Edit("product.py", PLUS, PLUS + 1, sign) for sign in ("-", "*")]
    with Lab([Place(CommandRunner(inner, "python check.py", tree), tree)], [TEST_COMMAND], {}) as lab:
        results = list(lab.try_edits(edits, [TEST_COMMAND]))
        inputs = lab.record(edits[1], FunctionAt("product.py", "double", 1), [TEST_COMMAND], 5)
    assert [(result.statuses, result.outcome, result.warm) for result in results] == [
        ({TEST_COMMAND: TestStatus.FAILED}, "done", False),
        ({TEST_COMMAND: TestStatus.PASSED}, "done", False),
    ]
    assert inputs == ()
    assert {name: text.decode() for name, text in files_of(tree).items()} == FILES
