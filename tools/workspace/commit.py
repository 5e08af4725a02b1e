"""Committing a patch alone: unfinished work in the same files stays uncommitted."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tools.workspace.git import GitError, Repository, run_git


def commit_patch(repository: Repository, patch: str, message: str) -> str:
    """Commit `patch` (a git diff) on top of HEAD as the user, and stage the same in his index; gives the commit id.

    GitError `not-on-head` when the patch does not fit the committed files: then nothing is committed.
    """
    with tempfile.TemporaryDirectory(prefix="regreen-commit-") as folder:
        file = Path(folder) / "patch.diff"
        file.write_bytes(patch.encode("utf-8", "surrogateescape"))
        env = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        if repository.head:
            run_git(["read-tree", repository.head], repository.root, env)
        try:
            run_git(["apply", "--cached", str(file)], repository.root, env)
            run_git(["apply", "--cached", "--check", str(file)], repository.root)
        except GitError as error:
            raise GitError(
                "not-on-head", "the patch does not fit the committed files", "commit your changes first"
            ) from error
        tree = run_git(["write-tree"], repository.root, env).decode().strip()
        parents = ["-p", repository.head] if repository.head else []
        commit = run_git(["commit-tree", tree, *parents, "-m", message], repository.root, as_user=True).decode().strip()
        run_git(["apply", "--cached", str(file)], repository.root)
    run_git(
        ["update-ref", "-m", "regreen: commit", "HEAD", commit, *([repository.head] if repository.head else [])],
        repository.root,
    )
    return commit
