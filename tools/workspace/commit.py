"""Committing a patch alone: unfinished work in the same files stays uncommitted."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools.patch import encode
from tools.workspace.git import GitError, Repository, run_git


def check_commit(repository: Repository, patch: str) -> None:
    """Raise GitError `not-on-head` when the patch does not fit the committed files or the index; changes nothing."""
    with _staged(repository, patch):
        pass


def commit_patch(repository: Repository, patch: str, message: str) -> str:
    """Commit `patch` (a git diff) on top of HEAD as the user, and stage the same in his index; gives the commit id.

    GitError `not-on-head` when the patch does not fit the committed files: then nothing is committed.
    """
    with _staged(repository, patch) as (file, tree):
        parents = ["-p", repository.head] if repository.head else []
        commit = run_git(["commit-tree", tree, *parents, "-m", message], repository.root, as_user=True).decode().strip()
        run_git(["apply", "--cached", str(file)], repository.root)
    old = [repository.head] if repository.head else []
    run_git(["update-ref", "-m", "regreen: commit", "HEAD", commit, *old], repository.root)
    return commit


@contextlib.contextmanager
def _staged(repository: Repository, patch: str) -> Iterator[tuple[Path, str]]:
    """The patch as a file, and the tree of HEAD with the patch; both fit, or GitError."""
    with tempfile.TemporaryDirectory(prefix="regreen-commit-") as folder:
        file = Path(folder) / "patch.diff"
        file.write_bytes(encode(patch))
        env = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        if repository.head:
            run_git(["read-tree", repository.head], repository.root, env)
        try:
            run_git(["apply", "--cached", str(file)], repository.root, env)
            run_git(["apply", "--cached", "--check", str(file)], repository.root)
        except GitError as error:
            hint = "commit the file first, or use --apply and commit yourself"
            raise GitError("not-on-head", "the patch does not fit the committed files", hint) from error
        yield file, run_git(["write-tree"], repository.root, env).decode().strip()
