"""Trying several patches, each alone, none of which stays."""

from collections.abc import Sequence
from pathlib import Path

from tests.support import files_of, new_repository, new_sites
from tools.context import ToolContext
from tools.patch import Edit
from tools.testing.results import TestRun, TestStatus
from tools.trial import try_patches

FILES = {
    "area.py": "def area(width, height):\n    return width + height\n",
    "test_area.py": "from area import area\n\n\ndef test_area():\n    assert area(2, 3) == 6\n",
}
RIGHT = "--- a/area.py\n+++ b/area.py\n@@ def area\n-    return width + height\n+    return width * height\n"
WRONG = RIGHT.replace("width * height", "width - height")
LOST = RIGHT.replace("width + height", "width / height")


def test_each_patch_gets_a_row_and_the_tree_stays_as_it_was(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repo", FILES)
    assert repository.head
    site = new_sites(repository, tmp_path / "sites").open(repository.head)

    def run(tests: tuple[str, ...]) -> TestRun:
        site.workspace.reset()
        return site.runner.run(tests, timeout_seconds=60)

    ctx = ToolContext(site.workspace, run)
    before = files_of(site.workspace.tree)
    rows = try_patches(ctx, [WRONG, RIGHT, LOST]).text.splitlines()
    assert rows[0] == "patch 1: 0 passed, 1 failed (test_area.py::test_area)"
    assert rows[1] == "patch 2: 1 passed, 0 failed"
    assert rows[2].startswith("patch 3: refused (no-match)")
    assert files_of(site.workspace.tree) == before
    assert site.workspace.diff() == ""


def test_patches_of_one_file_are_told_beside_the_run_without_any(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repo", FILES)
    site = new_sites(repository, tmp_path / "sites").open(repository.head or "")
    asked: list[list[str]] = []

    def run_edits(edits: Sequence[Edit]) -> list[TestRun]:
        asked.append([edit.text for edit in edits])
        words = (("FAILED", "PASSED"), ("FAILED", "FAILED"), ("PASSED", "PASSED"))
        return [TestRun({"a": TestStatus(a), "b": TestStatus(b)}, complete=True) for a, b in words]

    ctx = ToolContext(site.workspace, lambda tests: TestRun(), run_edits=run_edits)
    rows = try_patches(ctx, [WRONG, LOST, RIGHT]).text.splitlines()
    assert asked == [[FILES["area.py"].replace("+", sign) for sign in ("-", "*")]]
    beside = "; against the workspace as it is: "
    assert rows[0] == f"patch 1: 0 passed, 2 failed (a, b){beside}1 newly broken (b), 1 still failing"
    assert rows[1].startswith("patch 2: refused (no-match)")
    assert rows[-1] == f"patch 3: 2 passed, 0 failed{beside}1 fixed (a)"
    assert site.workspace.diff() == ""


def test_a_patch_that_no_fork_can_tell_about_is_run_cold(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repo", FILES)
    site = new_sites(repository, tmp_path / "sites").open(repository.head or "")
    cold = TestRun({"cold": TestStatus.PASSED}, complete=True)
    ctx = ToolContext(site.workspace, lambda tests: cold, run_edits=lambda edits: [cold, TestRun(), cold])
    beside = "; against the workspace as it is: no change"
    assert try_patches(ctx, [WRONG, RIGHT]).text.splitlines() == [
        "patch 1: 1 passed, 0 failed",
        f"patch 2: 1 passed, 0 failed{beside}",
    ]
