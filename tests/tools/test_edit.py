"""Changing the workspace through the tool: all of a patch or nothing, and what was changed so far."""

from pathlib import Path

import pytest

from agent.run.policy import refuse_test_edit
from tests.support import files_of, git, new_repository, new_sites, write_files
from tools.context import ToolContext
from tools.edit import apply_patch, show_diff
from tools.errors import PatchError
from tools.patch import Change
from tools.patch.validate import DEFAULT_CHECKS
from tools.testing.results import TestRun

FILES = {"a.py": "one = 1\ntwo = 2\n", "test_a.py": "import a\n"}
PATCH = "--- a/a.py\n+++ b/a.py\n@@\n one = 1\n-two = 2\n+two = 3\n"
DIFF = "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n one = 1\n-two = 2\n+two = 3\n"


@pytest.fixture
def ctx(tmp_path: Path) -> ToolContext:
    repository = new_repository(tmp_path / "repo", FILES)
    assert repository.head
    site = new_sites(repository, tmp_path / "sites").open(repository.head)
    return ToolContext(site.workspace, lambda tests: TestRun(), (*DEFAULT_CHECKS, refuse_test_edit))


def without_index_lines(diff: str) -> str:
    return "".join(line for line in diff.splitlines(keepends=True) if not line.startswith("index "))


def test_a_patch_is_applied_shown_and_part_of_the_diff(ctx: ToolContext) -> None:
    result = apply_patch(ctx, PATCH)
    (change,) = result.data if isinstance(result.data, list | tuple) else ()
    assert isinstance(change, Change)
    assert (change.path, change.before, change.after) == ("a.py", b"one = 1\ntwo = 2\n", b"one = 1\ntwo = 3\n")
    assert result.text.startswith("applied:\ndiff --git a/a.py b/a.py\n")
    assert (ctx.workspace.tree / "a.py").read_text() == "one = 1\ntwo = 3\n"
    assert without_index_lines(show_diff(ctx)) == DIFF


def test_without_changes_there_is_nothing_to_show(ctx: ToolContext) -> None:
    assert show_diff(ctx) == "no changes yet"


def test_what_tests_wrote_is_not_shown(ctx: ToolContext) -> None:
    write_files(ctx.workspace.tree, {"a.py": "trampled\n", "left.txt": ""})
    assert show_diff(ctx) == "no changes yet"


@pytest.mark.parametrize(
    ("patch", "code"),
    [
        (PATCH.replace("two = 2", "two = 4"), "no-match"),
        (PATCH + "--- a/b.py\n+++ b/b.py\n@@\n-x\n+y\n", "missing-file"),
        (
            PATCH.replace("a.py", "test_a.py").replace(" one = 1\n-two = 2\n+two = 3", "-import a\n+import b"),
            "test-edit",
        ),
        (PATCH.replace("+two = 3", "+two = ("), "syntax"),
    ],
    ids=["it does not fit", "its second file is missing", "it edits a test", "it breaks the syntax"],
)
def test_a_refused_patch_changes_nothing(ctx: ToolContext, patch: str, code: str) -> None:
    before = files_of(ctx.workspace.tree)
    with pytest.raises(PatchError) as refusal:
        apply_patch(ctx, patch)
    assert (files_of(ctx.workspace.tree), show_diff(ctx)) == (before, "no changes yet")
    assert refusal.value.message != ""
    assert refusal.value.code == code


def test_patches_add_up_and_can_be_taken_back(ctx: ToolContext) -> None:
    apply_patch(ctx, PATCH)
    apply_patch(ctx, "--- /dev/null\n+++ b/new.py\n@@\n+new = 1\n")
    assert git(ctx.workspace.tree, "diff", "--cached", "--name-only").split() == ["a.py", "new.py"]
    apply_patch(ctx, "--- a/new.py\n+++ /dev/null\n@@\n-new = 1\n")
    apply_patch(ctx, PATCH.replace("-two = 2\n+two = 3", "-two = 3\n+two = 2"))
    assert show_diff(ctx) == "no changes yet"


def test_of_a_new_file_it_is_told_how_long_it_is_and_of_a_changed_one_the_diff(ctx: ToolContext) -> None:
    new = "--- /dev/null\n+++ b/b.py\n@@\n+three = 3\n+four = 4\n"
    told = without_index_lines(apply_patch(ctx, f"{new}{PATCH}").text)
    assert told == f"applied:\nb.py: new, 2 lines\n{DIFF}"
