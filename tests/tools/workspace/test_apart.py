"""A base in a git folder of its own: only that tree, the clone as it was."""

import subprocess
from pathlib import Path

import pytest

from tests.support import commit_all, files_of, git, new_repository, write_files
from tools.workspace.apart import draft_of
from tools.workspace.checkout import make_worktree
from tools.workspace.git import GitError

TEST_PATCH = """\
diff --git a/test_a.py b/test_a.py
--- a/test_a.py
+++ b/test_a.py
@@ -1 +1,2 @@
 one = 1
+two = 2
diff --git a/test_new.py b/test_new.py
new file mode 100644
--- /dev/null
+++ b/test_new.py
@@ -0,0 +1 @@
+three = 3
"""


def test_the_base_is_there_and_nothing_that_came_after_it(tmp_path: Path) -> None:
    clone = new_repository(tmp_path / "clone", {"a.py": "old\n", ".gitignore": "made.py\n"})
    base = git(clone.root, "rev-parse", "HEAD")
    write_files(clone.root, {"a.py": "fixed\n", "made.py": "ignored\n", "mine.py": "not committed\n"})
    git(clone.root, "commit", "-q", "-am", "the fix")
    before, objects = files_of(clone.root), files_of(clone.git_dir)
    private = draft_of(clone, base, tmp_path / "home").sealed()
    workspace = make_worktree(private, str(private.head), tmp_path / "workspace")
    assert files_of(workspace.tree) == {"a.py": b"old\n", ".gitignore": b"made.py\n", "made.py": b"ignored\n"}
    assert workspace.git("log", "--all", "--format=%s").decode() == "base\n"
    listed = workspace.git("cat-file", "--batch-check", "--batch-all-objects").decode().split("\n")
    assert sorted(line.split()[1] for line in listed if line) == ["blob", "blob", "commit", "tree"]
    assert (files_of(clone.root), files_of(clone.git_dir)) == (before, objects)


def test_the_same_base_has_the_same_commit(tmp_path: Path) -> None:
    clone = new_repository(tmp_path / "clone", {"a.py": "old\n"})
    one, two = (draft_of(clone, "", tmp_path / name).sealed() for name in ("one", "two"))
    assert one.head == two.head


def test_patches_are_part_of_the_base_and_files_can_be_put_back(tmp_path: Path) -> None:
    clone = new_repository(tmp_path / "clone", {"test_a.py": "one = 1\n"})
    draft = draft_of(clone, "HEAD", tmp_path / "home")
    draft.apply(TEST_PATCH)
    draft.restore(["test_a.py", "test_new.py", "[nowhere]"])
    draft.apply(TEST_PATCH)
    private = draft.sealed()
    workspace = make_worktree(private, str(private.head), tmp_path / "workspace")
    assert files_of(workspace.tree) == {"test_a.py": b"one = 1\ntwo = 2\n", "test_new.py": b"three = 3\n"}


def test_a_patch_that_does_not_apply_is_an_error(tmp_path: Path) -> None:
    clone = new_repository(tmp_path / "clone", {"test_a.py": "other\n"})
    with pytest.raises(GitError, match=r"test_a\.py: patch does not apply"):
        draft_of(clone, "", tmp_path / "home").apply(TEST_PATCH)


@pytest.mark.parametrize("commit", ["0" * 40, "--all", "no-such-branch"])
def test_a_commit_that_the_clone_lacks_is_named(commit: str, tmp_path: Path) -> None:
    clone = new_repository(tmp_path / "clone", {"a.py": ""})
    with pytest.raises(GitError, match=f"commit {commit} is not in") as raised:
        draft_of(clone, commit, tmp_path / "home")
    assert raised.value.code == "no-commit"


def test_submodules_are_left_out_and_named(tmp_path: Path) -> None:
    inner = new_repository(tmp_path / "inner", {"b.py": "inner\n"})
    clone = new_repository(tmp_path / "clone", {"a.py": "outer\n"})
    git(clone.root, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner.root), "lib/inner")
    commit_all(clone.root)
    draft = draft_of(clone, "", tmp_path / "home")
    private = draft.sealed()
    workspace = make_worktree(private, str(private.head), tmp_path / "workspace")
    assert draft.left_out == ("lib/inner",)
    assert sorted(files_of(workspace.tree)) == [".gitmodules", "a.py"]


@pytest.mark.slow
def test_a_hundred_thousand_files_are_no_other_case(tmp_path: Path) -> None:
    clone = new_repository(tmp_path / "clone", {})
    files = "".join(f"M 100644 inline pack/{number % 300}/f{number}.py\ndata 2\n1\n" for number in range(100_000))
    stream = f"commit refs/heads/big\ncommitter A <a@b> 0 +0000\ndata 0\n{files}"
    subprocess.run(["git", "fast-import", "--quiet"], cwd=clone.root, input=stream.encode(), check=True)
    private = draft_of(clone, "big", tmp_path / "home").sealed()
    assert private.git(["ls-tree", "-r", "--name-only", str(private.head)]).count(b"\n") == 100_000
