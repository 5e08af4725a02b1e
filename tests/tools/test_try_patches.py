"""Trying several patches, each alone, none of which stays."""

from pathlib import Path

from tests.support import files_of, new_repository, new_sites
from tools.check import try_patches
from tools.context import ToolContext
from tools.testing.results import TestRun

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
    rows = try_patches(ctx, [WRONG, RIGHT, LOST]).splitlines()
    assert rows[0] == "patch 1: 0 passed, 1 failed (test_area.py::test_area)"
    assert rows[1] == "patch 2: 1 passed, 0 failed"
    assert rows[2].startswith("patch 3: refused (no-match)")
    assert files_of(site.workspace.tree) == before
    assert site.workspace.diff() == ""
