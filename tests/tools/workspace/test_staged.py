"""The tree of an index, and the index as it was."""

import subprocess
from pathlib import Path

import pytest

from tests.support import git, new_repository, write_files
from tools.workspace.git import GitError, Repository
from tools.workspace.staged import commit_of, empty_tree, index_of, staged_tree


def state_of(index: Path) -> tuple[bytes, int]:
    return index.read_bytes(), index.stat().st_mtime_ns


def test_what_is_staged_is_read_and_the_index_stays_as_it_is(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repo", {"a": "1\n", "b": "1\n"})
    write_files(repository.root, {"a": "2\n", "new": "2\n", "meant": "2\n"})
    git(repository.root, "add", "a")
    git(repository.root, "add", "--intent-to-add", "meant")
    write_files(repository.root, {"a": "3\n", "b": "3\n"})
    index = index_of(repository, {}, repository.root)
    before = state_of(index)
    tree = staged_tree(repository, index)
    assert state_of(index) == before
    assert git(repository.root, "ls-tree", "--name-only", tree).split() == ["a", "b"]
    assert git(repository.root, "show", f"{tree}:a") == "2"


def test_without_an_index_nothing_is_staged(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repo", {"a": ""})
    assert staged_tree(repository, tmp_path / "nowhere") == empty_tree(repository)


def test_a_split_index_is_read_and_stays_split(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repo", {"a": "1\n"})
    git(repository.root, "update-index", "--split-index")
    write_files(repository.root, {"a": "2\n"})
    git(repository.root, "add", "a")
    index = index_of(repository, {}, repository.root)
    before = state_of(index)
    assert git(repository.root, "show", f"{staged_tree(repository, index)}:a") == "2"
    assert state_of(index) == before


def test_conflicts_have_no_tree(tmp_path: Path) -> None:
    repository = conflicting(tmp_path)
    with pytest.raises(GitError, match="conflicts are not resolved yet"):
        staged_tree(repository, index_of(repository, {}, repository.root))


def test_a_commit_has_the_parent_that_is_named(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repo", {"a": ""})
    tree = empty_tree(repository)
    parents = [git(repository.root, "log", "-1", "--format=%P", commit_of(repository, tree, parent))
               for parent in (repository.head, None)]  # fmt: skip
    assert parents == [repository.head, ""]


def conflicting(folder: Path) -> Repository:
    """A repository whose index holds three versions of a file."""
    repository = new_repository(folder / "repo", {"a": "1\n"})
    blob = git(repository.root, "rev-parse", "HEAD:a")
    rows = folder / "rows"
    rows.write_text("".join(f"100644 {blob} {stage}\ta\n" for stage in (1, 2, 3)))
    git(repository.root, "rm", "-q", "--cached", "a")
    with rows.open() as given:
        subprocess.run(["git", "update-index", "--index-info"], cwd=repository.root, stdin=given, check=True)
    return repository
