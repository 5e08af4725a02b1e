"""Many files of a repository read at once."""

from pathlib import Path

import pytest

from tests.support import commit_all, git, new_repository
from tools.workspace.blobs import list_blobs, read_blobs
from tools.workspace.git import GitError


def test_files_are_read_as_they_are_whatever_they_hold(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repo", {"a": "", "b/é \udcff": "x\n", "same": "x\n", "c": "blob 3\n\0\r\n"})
    (repository.root / "link").symlink_to("a")
    commit_all(repository.root)
    blobs = list_blobs(repository, "HEAD")
    contents = read_blobs(repository, blobs.values())
    found = {path: contents[blob] for path, blob in blobs.items()}
    assert found == {"a": b"", "b/é \udcff": b"x\n", "same": b"x\n", "c": b"blob 3\n\0\r\n", "link": b"a"}


def test_submodules_are_no_files(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repo", {"a": ""})
    git(repository.root, "update-index", "--add", "--cacheinfo", f"160000,{repository.head},inner")
    assert set(list_blobs(repository, git(repository.root, "write-tree"))) == {"a"}


def test_nothing_is_asked_for_nothing_and_what_is_not_there_is_said(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repo", {})
    assert read_blobs(repository, []) == {}
    with pytest.raises(GitError, match="missing"):
        read_blobs(repository, ["1" * 40])
