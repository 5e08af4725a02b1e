"""Which passing tests a patch that is still red may have broken, and what is said of them."""

from pathlib import Path

import pytest

from agent.run.affected import about_affected, affected_tests
from tests.support import new_repository
from tools.patch import decide, parse_patch
from tools.testing.results import TestRun, TestStatus
from tools.workspace.checkout import Workspace, make_worktree
from tools.workspace.put import put

TEXT = "def one():\n    return 1\n\n\ndef two():\n    return 2\n"
SPECTRUM = TestRun(
    statuses={"t.py::one": TestStatus.PASSED, "t.py::two": TestStatus.PASSED, "t.py::red": TestStatus.FAILED},
    lines={
        "t.py::one": {"m.py": frozenset({2})},
        "t.py::two": {"m.py": frozenset({6})},
        "t.py::red": {"m.py": frozenset({2, 6})},
    },
    complete=True,
)


def checkout(folder: Path, name: str, text: str) -> Workspace:
    """A work tree of a repository with one file."""
    repository = new_repository(folder / "repo", {name: text})
    assert repository.head
    return make_worktree(repository, repository.head, folder / "site")


@pytest.mark.parametrize(
    ("change", "affected"),
    [
        ("@@ -2,1 +2,1 @@\n-    return 1\n+    return 3\n", ("t.py::one",)),
        ("@@ -6,1 +6,2 @@\n     return 2\n+    # after it\n", ("t.py::two",)),
        ("@@ -2,5 +2,5 @@\n-    return 1\n+    return 3\n \n \n def two():\n-    return 2\n+    return 4\n",
         ("t.py::one", "t.py::two")),
    ],
    ids=["a changed line", "a line added", "two functions"],
)  # fmt: skip
def test_passing_tests_that_run_a_changed_function(tmp_path: Path, change: str, affected: tuple[str, ...]) -> None:
    workspace = checkout(tmp_path, "m.py", TEXT)
    put(decide(parse_patch(f"--- a/m.py\n+++ b/m.py\n{change}"), workspace.tree), workspace)
    assert affected_tests(workspace.diff(), workspace, SPECTRUM) == affected


def test_new_files_and_other_languages_affect_no_known_test(tmp_path: Path) -> None:
    workspace = checkout(tmp_path, "m.txt", "one\n")
    patch = "--- a/m.txt\n+++ b/m.txt\n@@ -1 +1 @@\n-one\n+two\n--- /dev/null\n+++ b/n.py\n@@ -0,0 +1 @@\n+x = 1\n"
    put(decide(parse_patch(patch), workspace.tree), workspace)
    assert affected_tests(workspace.diff(), workspace, SPECTRUM) == ()


def test_what_is_said_of_them() -> None:
    tests = ("t.py::one", "t.py::two")
    broken = TestRun(statuses={"t.py::one": TestStatus.PASSED, "t.py::two": TestStatus.FAILED}, complete=True)
    assert about_affected(broken, tests) == "1 of 2 tests that passed and run what changed fail now: t.py::two"
    assert about_affected(SPECTRUM, tests) == "passing tests that run what changed: 2, all still pass"
    assert about_affected(TestRun(), tests) == "passing tests that run what changed: 2, and their run did not end"
