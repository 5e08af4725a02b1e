"""Committing a patch alone: the user's other changes stay where they were, staged or not."""

from pathlib import Path

import pytest

from tests.support import git, new_repository, write_files
from tools.workspace.commit import commit_patch
from tools.workspace.git import GitError, Repository, find_repository

PATCH = """\
diff --git a/a.py b/a.py
--- a/a.py
+++ b/a.py
@@ -1,3 +1,3 @@
 one
-two
+2
 three
diff --git a/new.py b/new.py
new file mode 100644
--- /dev/null
+++ b/new.py
@@ -0,0 +1 @@
+new
"""
LINES = [*["one", "two", "three"], *(f"line {number}" for number in range(20))]
TEXT = "\n".join(LINES) + "\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return new_repository(tmp_path, {"a.py": TEXT, "b.py": "b\n"})


def test_only_the_patch_is_committed_as_the_user(repository: Repository) -> None:
    write_files(repository.root, {"a.py": TEXT.replace("two", "2").replace("line 15", "unfinished"), "new.py": "new\n"})
    write_files(repository.root, {"b.py": "staged\n", "untracked.py": ""})
    git(repository.root, "add", "b.py")

    commit = commit_patch(repository, PATCH, "Fix it")

    assert (
        git(repository.root, "log", "-1", "--format=%H %P %an %s") == f"{commit} {repository.head} Ada Example Fix it"
    )
    assert git(repository.root, "show", "--name-status", "--format=").split() == ["M", "a.py", "A", "new.py"]
    assert git(repository.root, "show", "HEAD:a.py") == TEXT.replace("two", "2").rstrip("\n")
    assert git(repository.root, "status", "--porcelain").split("\n") == [" M a.py", "M  b.py", "?? untracked.py"]
    assert git(repository.root, "branch", "--show-current") == "main"


def test_a_patch_that_does_not_fit_the_committed_files_commits_nothing(repository: Repository) -> None:
    unfinished = TEXT.replace("two", "zwei")
    write_files(repository.root, {"a.py": unfinished})
    git(repository.root, "add", "a.py")
    before = (git(repository.root, "rev-parse", "HEAD"), git(repository.root, "diff", "--cached"))
    with pytest.raises(GitError) as refusal:
        commit_patch(repository, PATCH, "Fix it")
    assert refusal.value.code == "not-on-head"
    assert (git(repository.root, "rev-parse", "HEAD"), git(repository.root, "diff", "--cached")) == before


def test_the_first_commit_of_a_repository(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    patch = PATCH[PATCH.index("diff --git a/new.py") :]
    write_files(tmp_path, {"new.py": "new\n", "other.py": ""})
    commit = commit_patch(find_repository(tmp_path), patch, "Start")
    assert git(tmp_path, "log", "--format=%H %s") == f"{commit} Start"
    assert git(tmp_path, "status", "--porcelain") == "?? other.py"


def test_a_detached_head_moves_alone(repository: Repository) -> None:
    git(repository.root, "checkout", "-q", "--detach")
    commit = commit_patch(find_repository(repository.root), PATCH, "Fix it")
    assert git(repository.root, "rev-parse", "HEAD", "main").split() == [commit, repository.head]


def test_a_patch_of_odd_bytes_is_committed_byte_for_byte(repository: Repository) -> None:
    name = '"b/\\303\\274.py"'
    header = f"diff --git {name.replace('b/', 'a/')} {name}\nnew file mode 100755\n--- /dev/null\n+++ {name}\n"
    patch = f"{header}@@ -0,0 +1 @@\n+\udcff\r\n"
    commit_patch(repository, patch, "Fix it")
    shown = git(repository.root, "-c", "core.quotePath=false", "ls-tree", "-r", "HEAD", "--", "ü.py")
    assert shown.split()[0] == "100755"
    assert git(repository.root, "cat-file", "-s", "HEAD:ü.py") == "3"
