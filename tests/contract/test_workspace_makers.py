"""What every workspace maker promises: the tree of a commit, apart from the user's, with a patch of its own."""

import os
import shutil
from pathlib import Path

import pytest

from tests.support import files_of, git, new_repository, write_files
from tools.workspace.checkout import Maker, Workspace, make_export, make_worktree
from tools.workspace.git import Repository, find_repository, run_git
from tools.workspace.snapshot import keep, snapshot

FILES = {
    "a.py": "one\ntwo\nthree\nfour\nfive\n",
    "pkg/b.py": "b = 1\n",
    "spread.txt": "\n".join(f"{number}\n" for number in range(30)),
    "crlf.txt": "one\r\ntwo\r\n",
    "bytes.bin": "\udcff\x00\udcfe",
    "with space/ünï.py": "",
    ".gitignore": "*.log\n",
}
CANONICAL = """\
diff --git a/a.py b/a.py
index b2f931a..5135309 100644
--- a/a.py
+++ b/a.py
@@ -1,5 +1,5 @@
 one
 two
-three
+3
 four
 five
"""


@pytest.fixture(params=[make_worktree, make_export], ids=["worktree", "export"])
def make(request: pytest.FixtureRequest) -> Maker:
    maker: Maker = request.param
    return maker


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = new_repository(tmp_path / "repo", FILES)
    (made.root / "run.sh").write_text("#!/bin/sh\n")
    (made.root / "run.sh").chmod(0o755)
    (made.root / "link").symlink_to("pkg/b.py")
    git(made.root, "add", "-A")
    git(made.root, "commit", "-q", "-m", "more")
    return find_repository(made.root)


@pytest.fixture
def workspace(make: Maker, repository: Repository, tmp_path: Path) -> Workspace:
    assert repository.head
    return make(repository, repository.head, tmp_path / "site")


def test_the_tree_is_the_commits(workspace: Workspace, repository: Repository) -> None:
    assert files_of(workspace.tree) == files_of(repository.root)
    assert (workspace.tree / "run.sh").stat().st_mode & 0o777 == 0o755
    assert (workspace.tree / "link").readlink() == Path("pkg/b.py")


def test_a_snapshot_of_a_dirty_tree_is_checked_out_as_it_stands(
    make: Maker, repository: Repository, tmp_path: Path
) -> None:
    write_files(repository.root, {"a.py": "mine\n", "new/c.py": "c = 1\n"})
    (repository.root / "pkg" / "b.py").unlink()
    workspace = make(repository, snapshot(repository), tmp_path / "dirty")
    assert files_of(workspace.tree) == files_of(repository.root)


def test_the_repository_is_left_as_it_was(make: Maker, repository: Repository, tmp_path: Path) -> None:
    def state() -> tuple[object, ...]:
        kept = [path for path in repository.git_dir.rglob("*") if "objects" not in path.parts and path.is_file()]
        work_trees = git(repository.root, "worktree", "list", "--porcelain")
        return files_of(repository.root), {path: path.read_bytes() for path in kept}, work_trees

    before = state()
    assert repository.head
    workspace = make(repository, repository.head, tmp_path / "site")
    write_files(workspace.tree, {"a.py": "changed\n"})
    workspace.accept(["a.py"])
    workspace.reset()
    workspace.remove()
    assert (state(), (tmp_path / "site").exists()) == (before, False)


def test_git_works_in_the_tree_as_the_target_calls_it(workspace: Workspace) -> None:
    assert git(workspace.tree, "rev-parse", "--show-toplevel") == str(workspace.tree)
    assert git(workspace.tree, "status", "--porcelain") == ""
    assert set(git(workspace.tree, "-c", "core.quotePath=false", "ls-files").split("\n")) == {*FILES, "link", "run.sh"}
    assert git(workspace.tree, "show", "HEAD:pkg/b.py") == "b = 1"


def test_without_a_patch_there_is_no_diff(workspace: Workspace) -> None:
    write_files(workspace.tree, {"a.py": "written by a test\n", "new.py": ""})
    assert workspace.diff() == ""


def test_accepted_files_are_the_patch_whatever_else_was_written(workspace: Workspace) -> None:
    write_files(workspace.tree, {"a.py": FILES["a.py"].replace("three", "3"), "pkg/b.py": "b = 2\n", "new.py": ""})
    workspace.accept(["a.py"])
    assert workspace.diff() == CANONICAL


def test_created_and_deleted_files_are_accepted_even_when_ignored(workspace: Workspace) -> None:
    write_files(workspace.tree, {"kept.log": "log\n", ":(top)odd.py": "odd\n"})
    (workspace.tree / "pkg" / "b.py").unlink()
    workspace.accept(["kept.log", ":(top)odd.py", "pkg/b.py"])
    headers = [line for line in workspace.diff().splitlines() if line.startswith(("diff", "new", "deleted"))]
    assert headers == [
        "diff --git a/:(top)odd.py b/:(top)odd.py",
        "new file mode 100644",
        "diff --git a/kept.log b/kept.log",
        "new file mode 100644",
        "diff --git a/pkg/b.py b/pkg/b.py",
        "deleted file mode 100644",
    ]


@pytest.mark.parametrize(
    "settings",
    [
        {"diff.noprefix": "true"},
        {"diff.mnemonicPrefix": "true"},
        {"color.ui": "always", "color.diff": "always"},
        {"diff.external": "/bin/false"},
        {"diff.context": "0"},
        {"diff.interHunkContext": "99"},
        {"diff.suppressBlankEmpty": "true"},
        {"diff.algorithm": "histogram", "diff.indentHeuristic": "false"},
        {"diff.renames": "copies"},
        {"diff.orderFile": "/nowhere/order"},
        {"core.quotePath": "false"},
        {"core.abbrev": "20"},
        {"diff.ignoreSubmodules": "all", "diff.relative": "true", "diff.wsErrorHighlight": "all"},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_the_diff_is_the_same_whatever_the_user_configured(workspace: Workspace, settings: dict[str, str]) -> None:
    spread = FILES["spread.txt"].replace("\n5\n", "\nfive\n").replace("\n12\n", "\ntwelve\n")
    write_files(workspace.tree, {"spread.txt": spread, "moved.py": "b = 1\n", "ünï.py": "one\n"})
    (workspace.tree / "pkg" / "b.py").unlink()
    workspace.accept(["spread.txt", "moved.py", "ünï.py", "pkg/b.py"])
    expected = workspace.diff()
    for name, value in settings.items():
        git(workspace.tree, "config", "--global", name, value)
    assert workspace.diff() == expected


def test_an_applied_patch_is_the_diff_again(workspace: Workspace) -> None:
    write_files(workspace.tree, {"a.py": "1\r\n2\n3", "bytes.bin": "\udcf0\x00", "empty.py": "", "ünï.py": "\udcff\n"})
    (workspace.tree / "run.sh").chmod(0o644)
    workspace.accept(["a.py", "bytes.bin", "empty.py", "run.sh", "ünï.py"])
    patch = workspace.diff()
    repository = workspace.repository
    (repository.root.parent / "p.diff").write_bytes(patch.encode("utf-8", "surrogateescape"))
    git(repository.root, "apply", str(repository.root.parent / "p.diff"))
    assert files_of(repository.root) == files_of(workspace.tree)


def test_a_reset_undoes_what_tests_wrote_and_deleted_and_keeps_the_patch(workspace: Workspace) -> None:
    write_files(workspace.tree, {"a.py": "patched\n", "new.py": "new\n"})
    workspace.accept(["a.py", "new.py"])
    expected = files_of(workspace.tree)

    write_files(workspace.tree, {"a.py": "trampled\n", "crlf.txt": "", "out/deep/x.txt": "", "pkg/junk.py": ""})
    (workspace.tree / "new.py").unlink()
    (workspace.tree / "run.sh").chmod(0o600)
    (workspace.tree / "link").unlink()
    (workspace.tree / "link").write_text("a file now\n")
    shutil.rmtree(workspace.tree / "pkg")
    (workspace.tree / "pkg").write_text("a file where a folder was\n")
    workspace.reset()

    assert files_of(workspace.tree) == expected
    assert (workspace.tree / "run.sh").stat().st_mode & 0o777 == 0o755
    assert (workspace.tree / "link").readlink() == Path("pkg/b.py")


def test_a_reset_writes_no_file_that_nobody_touched(workspace: Workspace) -> None:
    def written() -> dict[str, int]:
        names = ("pkg/b.py", "link", "run.sh", "crlf.txt")
        return {name: (workspace.tree / name).lstat().st_ctime_ns for name in names}

    before = written()
    (workspace.tree / "a.py").write_text("trampled\n")
    workspace.reset()
    assert written() == before


def test_a_file_with_its_old_size_and_time_is_reset_all_the_same(workspace: Workspace) -> None:
    git(workspace.repository.root, "config", "--global", "core.trustctime", "false")
    file = workspace.tree / "a.py"
    before, text = file.stat(), file.read_text()
    file.write_text(text[::-1])
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    workspace.reset()
    assert file.read_text() == text


def test_files_that_a_sparse_checkout_leaves_out_are_there(make: Maker, repository: Repository, tmp_path: Path) -> None:
    git(repository.root, "sparse-checkout", "set", "--no-cone", "/a.py")
    git(repository.root, "config", "core.splitIndex", "true")
    assert repository.head
    workspace = make(repository, repository.head, tmp_path / "site")
    workspace.reset()
    assert (workspace.tree / "pkg" / "b.py").read_text() == "b = 1\n"


def test_a_reset_removes_a_folder_where_a_file_was(workspace: Workspace) -> None:
    expected = files_of(workspace.tree)
    (workspace.tree / "a.py").unlink()
    write_files(workspace.tree, {"a.py/inside.txt": ""})
    workspace.reset()
    assert files_of(workspace.tree) == expected


def test_a_reset_removes_a_repository_that_a_test_made(workspace: Workspace) -> None:
    git(workspace.tree, "init", "-q", "made")
    write_files(workspace.tree, {"made/x.py": ""})
    workspace.reset()
    assert not (workspace.tree / "made").exists()


def test_a_commit_of_the_patch_outlives_the_workspace(workspace: Workspace) -> None:
    repository = workspace.repository
    write_files(workspace.tree, {"a.py": "patched\n", "new.py": "new\n"})
    workspace.accept(["a.py", "new.py"])
    commit = workspace.commit("regreen: step 1")
    keep(repository, "runs/1/step-1", commit)
    workspace.remove()
    assert run_git(["cat-file", "blob", f"{commit}:a.py"], repository.root) == b"patched\n"
    assert git(repository.root, "diff", "--name-status", "main", commit).split() == ["M", "a.py", "A", "new.py"]
    assert git(repository.root, "fsck", "--no-dangling", "--connectivity-only") == ""


def test_users_settings_for_signing_and_attributes_do_not_stop_a_checkout(
    make: Maker, repository: Repository, tmp_path: Path
) -> None:
    git(repository.root, "config", "--global", "commit.gpgSign", "true")
    git(repository.root, "config", "--global", "gpg.program", "/bin/false")
    git(repository.root, "config", "--global", "core.excludesFile", str(tmp_path / "excludes"))
    (tmp_path / "excludes").write_text("*.py\n")
    assert repository.head
    workspace = make(repository, repository.head, tmp_path / "site")
    assert files_of(workspace.tree) == files_of(repository.root)


def test_a_repository_with_a_submodule_is_checked_out(make: Maker, repository: Repository, tmp_path: Path) -> None:
    other = new_repository(tmp_path / "other", {"c.py": "c = 1\n"})
    git(repository.root, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other.root), "vendor")
    git(repository.root, "commit", "-q", "-m", "submodule")
    found = find_repository(repository.root)
    assert found.head
    workspace = make(found, found.head, tmp_path / "site")
    assert (workspace.tree / ".gitmodules").exists()


def test_a_repository_of_the_other_object_format_is_checked_out(make: Maker, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--object-format=sha256", "repo")
    write_files(tmp_path / "repo", {"a.py": "a = 1\n"})
    git(tmp_path / "repo", "add", "-A")
    git(tmp_path / "repo", "commit", "-q", "-m", "all")
    repository = find_repository(tmp_path / "repo")
    assert repository.head
    workspace = make(repository, repository.head, tmp_path / "site")
    assert files_of(workspace.tree) == {"a.py": b"a = 1\n"}


def test_removing_deletes_what_a_test_left_unwritable(workspace: Workspace) -> None:
    write_files(workspace.tree, {"locked/deep/x.txt": ""})
    (workspace.tree / "locked" / "deep").chmod(0o000)
    (workspace.tree / "locked").chmod(0o500)
    workspace.remove()
    assert not workspace.home.exists()


def test_a_stamp_tells_that_the_patch_may_have_changed(workspace: Workspace) -> None:
    before = workspace.stamp()
    assert workspace.stamp() == before
    assert [workspace.has(name) for name in ("a.py", "with space/\u00fcn\u00ef.py", "new.py", "pkg")] == [
        True,
        True,
        False,
        False,
    ]
    write_files(workspace.tree, {"new.py": "", "a.py": "other\n"})
    assert workspace.stamp() == before
    workspace.accept(["a.py", "new.py"])
    assert workspace.stamp() != before
    assert (workspace.has("new.py"), "new.py" in workspace.files()) == (True, True)
    workspace.restart()
    assert (workspace.has("new.py"), workspace.diff()) == (False, "")


def test_an_empty_tree_has_a_stamp_too(make: Maker, tmp_path: Path) -> None:
    empty = new_repository(tmp_path / "empty", {})
    assert empty.head
    made = make(empty, empty.head, tmp_path / "site")
    made.reset()
    assert (made.stamp() == made.stamp(), made.files(), made.diff()) == (True, [], "")
