"""Git as regreen calls it: deaf to the caller's GIT_* state, to hooks and to monitors."""

import os
from pathlib import Path

import pytest

from tests.support import commit_all, git, new_repository, write_files
from tools.workspace.checkout import make_export, make_worktree
from tools.workspace.git import GitError, Repository, find_repository, run_git
from tools.workspace.snapshot import keep, snapshot

HOOKS = ("pre-commit", "commit-msg", "post-commit", "post-checkout", "post-index-change", "reference-transaction",
         "pre-auto-gc", "prepare-commit-msg", "post-rewrite", "fsmonitor-watchman")  # fmt: skip


def test_a_repository_is_found_from_a_subfolder(tmp_path: Path) -> None:
    made = new_repository(tmp_path / "repo", {"pkg/a.py": ""})
    root = tmp_path / "repo"
    assert find_repository(root / "pkg") == made
    assert made == Repository(root, root / ".git", root / ".git", git(root, "rev-parse", "HEAD"))


def test_a_linked_work_tree_shares_the_common_folder(tmp_path: Path) -> None:
    made = new_repository(tmp_path / "repo", {"a.py": ""})
    git(made.root, "worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    linked = find_repository(tmp_path / "linked")
    assert linked == Repository(tmp_path / "linked", made.git_dir / "worktrees" / "linked", made.git_dir, made.head)


def test_an_unborn_branch_has_no_head(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert find_repository(tmp_path).head is None


@pytest.mark.parametrize("where", ["", "bare", "missing", "repo/.git"])
def test_what_is_no_work_tree_is_no_repository(tmp_path: Path, where: str) -> None:
    git(tmp_path, "init", "-q", "--bare", "bare")
    git(tmp_path, "init", "-q", "repo")
    with pytest.raises(GitError) as refusal:
        find_repository(tmp_path / where)
    assert refusal.value.code == "no-repository"


def test_a_failure_is_an_error_with_gits_last_line(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    with pytest.raises(GitError) as refusal:
        run_git(["show", "nothing"], tmp_path)
    assert (refusal.value.code, "unknown revision" in str(refusal.value.__cause__)) == ("git", True)


def test_the_last_line_is_no_hint_of_gits(tmp_path: Path) -> None:
    new_repository(tmp_path, {".gitignore": "kept\n"})
    write_files(tmp_path, {"kept": ""})
    with pytest.raises(GitError, match=r"^kept$"):
        run_git(["add", "kept"], tmp_path)


def test_a_missing_git_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError) as refusal:
        find_repository(tmp_path)
    assert refusal.value.code == "no-git"


def test_output_is_given_byte_for_byte(tmp_path: Path) -> None:
    new_repository(tmp_path, {"a": "\udcff line\r\n\n\n"})
    assert run_git(["cat-file", "blob", "HEAD:a"], tmp_path) == b"\xff line\r\n\n\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GIT_DIR", "{elsewhere}/.git"),
        ("GIT_WORK_TREE", "{elsewhere}"),
        ("GIT_INDEX_FILE", "{elsewhere}/.git/index"),
        ("GIT_OBJECT_DIRECTORY", "{elsewhere}/.git/objects"),
        ("GIT_NAMESPACE", "other"),
        ("GIT_PREFIX", "sub/"),
        ("GIT_LITERAL_PATHSPECS", "1"),
        ("GIT_GLOB_PATHSPECS", "1"),
        ("GIT_DEFAULT_HASH", "sha256"),
        ("GIT_QUARANTINE_PATH", "{elsewhere}"),
    ],
)
def test_git_variables_of_the_caller_are_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    made = new_repository(tmp_path / "repo", {"a.py": "a = 1\n", ".venv/pyvenv.cfg": ""})
    elsewhere = new_repository(tmp_path / "elsewhere", {"b.py": "b = 1\n"})
    write_files(made.root, {"a.py": "a = 2\n"})
    index = (elsewhere.git_dir / "index").read_bytes()
    monkeypatch.setenv(name, value.format(elsewhere=elsewhere.root))

    found = find_repository(made.root)
    commit = snapshot(found)
    keep(found, "runs/x/base", commit)
    workspace = make_worktree(found, commit, tmp_path / "site")

    assert (found, (workspace.tree / "a.py").read_text()) == (made, "a = 2\n")
    assert (elsewhere.git_dir / "index").read_bytes() == index


def test_no_hook_and_no_monitor_of_the_user_ever_runs(tmp_path: Path) -> None:
    made = new_repository(tmp_path / "repo", {"a.py": "a = 1\n"})
    ran = tmp_path / "ran"
    for folder in (made.git_dir / "hooks", tmp_path / "hooks"):
        folder.mkdir(exist_ok=True)
        for name in HOOKS:
            (folder / name).write_text(f"#!/bin/sh\necho {name} >> {ran}\n")
            (folder / name).chmod(0o755)
    git(made.root, "config", "core.fsmonitor", str(tmp_path / "hooks" / "fsmonitor-watchman"))
    git(made.root, "config", "--global", "core.hooksPath", str(tmp_path / "hooks"))
    write_files(made.root, {"a.py": "a = 2\n"})
    commit_all(made.root)
    assert ran.exists()  # the hooks work
    ran.unlink()

    write_files(made.root, {"a.py": "a = 3\n", "new.py": ""})
    commit = snapshot(find_repository(made.root))
    keep(made, "runs/x/base", commit)
    for name, make in (("worktree", make_worktree), ("export", make_export)):
        workspace = make(made, commit, tmp_path / name)
        write_files(workspace.tree, {"a.py": "a = 4\n"})
        workspace.accept(["a.py"])
        workspace.reset()
        workspace.diff()
        workspace.commit("patch")
        workspace.remove()
    assert not ran.exists()


def test_our_commits_do_not_carry_the_users_name(tmp_path: Path) -> None:
    made = new_repository(tmp_path, {"a.py": ""})
    assert os.environ["GIT_AUTHOR_NAME"] == "Ada Example"
    assert git(tmp_path, "log", "-1", "--format=%an <%ae> %cn <%ce>", snapshot(made)) == (
        "regreen <regreen@localhost> regreen <regreen@localhost>"
    )
