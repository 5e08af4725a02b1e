"""What tells the two workspace makers apart; tests/contract/test_workspace_makers.py holds what they share."""

from pathlib import Path

import pytest

from tests.support import commit_all, git, new_repository, write_files
from tools.workspace.checkout import make_export, make_worktree
from tools.workspace.git import Repository, find_repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Three commits; the middle one is the base, the last one the future."""
    made = new_repository(tmp_path / "repo", {"a.py": "a = 1\n"})
    for number in (2, 3):
        write_files(made.root, {"a.py": f"a = {number}\n"})
        commit_all(made.root)
    return find_repository(made.root)


def base_of(repository: Repository) -> str:
    return git(repository.root, "rev-parse", "HEAD~1")


def test_a_worktree_shares_the_objects_and_the_history(repository: Repository, tmp_path: Path) -> None:
    base = base_of(repository)
    workspace = make_worktree(repository, base, tmp_path / "site")
    assert workspace.base == base
    assert git(workspace.tree, "log", "--format=%H").split() == [base, git(repository.root, "rev-parse", "HEAD~2")]
    assert workspace.objects.resolve() == repository.common_dir / "objects"
    assert not [
        path for path in (workspace.git_dir / "objects").rglob("*") if path.is_file() and path.name != "alternates"
    ]


def test_a_worktree_is_not_registered_in_the_repository(repository: Repository, tmp_path: Path) -> None:
    make_worktree(repository, base_of(repository), tmp_path / "site")
    assert git(repository.root, "worktree", "list").split("\n") == [f"{repository.root}  {repository.head[:7]} [main]"]  # type: ignore[index]
    assert not (repository.git_dir / "worktrees").exists()


def test_a_worktree_of_a_linked_work_tree_finds_the_common_objects(repository: Repository, tmp_path: Path) -> None:
    git(repository.root, "worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    linked = find_repository(tmp_path / "linked")
    assert linked.head
    workspace = make_worktree(linked, linked.head, tmp_path / "site")
    assert (workspace.tree / "a.py").read_text() == "a = 3\n"


def test_an_export_has_one_commit_and_no_history(repository: Repository, tmp_path: Path) -> None:
    workspace = make_export(repository, base_of(repository), tmp_path / "site")
    assert git(workspace.tree, "log", "--all", "--format=%H %s").split() == [workspace.base, "base"]
    assert git(workspace.tree, "for-each-ref", "--format=%(objectname)") == workspace.base


def test_an_export_holds_no_object_of_the_past_or_the_future(repository: Repository, tmp_path: Path) -> None:
    workspace = make_export(repository, base_of(repository), tmp_path / "site")
    held = git(workspace.tree, "cat-file", "--batch-all-objects", "--batch-check=%(objecttype)").split()
    assert sorted(held) == ["blob", "commit", "tree"]
    assert not (workspace.git_dir / "objects" / "info" / "alternates").exists()
    assert not any(workspace.objects.iterdir())


def test_an_exported_commit_tells_nothing_of_the_user(repository: Repository, tmp_path: Path) -> None:
    workspace = make_export(repository, base_of(repository), tmp_path / "site")
    assert git(workspace.tree, "log", "-1", "--format=%an %cn") == "regreen regreen"


def test_the_users_private_excludes_hold_in_the_workspace(repository: Repository, tmp_path: Path) -> None:
    (repository.git_dir / "info" / "exclude").write_text("private/\n")
    write_files(repository.root, {"private/notes.txt": ""})
    workspace = make_worktree(repository, base_of(repository), tmp_path / "site")
    assert git(workspace.tree, "status", "--porcelain") == ""
