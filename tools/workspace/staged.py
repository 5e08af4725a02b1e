"""What is staged, as a tree: read from a copy of the index, which git may rewrite as it likes."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from tools.workspace.git import GitError, Repository
from tools.workspace.scratch import scratch_folder
from tools.workspace.snapshot import OWN_INDEX


def index_of(repository: Repository, environ: Mapping[str, str], cwd: Path) -> Path:
    """The index that a commit is made from; git names one of its own to hooks (`git commit -a`, `git commit PATH`)."""
    named = environ.get("GIT_INDEX_FILE")
    return cwd / named if named else repository.git_dir / "index"


def staged_tree(repository: Repository, index: Path) -> str:
    """Tree id of what an index holds; only objects are written. GitError before conflicts in it are resolved."""
    with scratch_folder("index") as folder:
        copy = folder / "index"
        if index.exists():
            shutil.copy2(index, copy)
        env = {"GIT_INDEX_FILE": str(copy)}
        try:
            return repository.git([*OWN_INDEX, "write-tree"], env).decode().strip()
        except GitError as error:
            if repository.git(["ls-files", "--unmerged"], env):
                raise GitError("git", "conflicts are not resolved yet") from error
            raise


def commit_of(repository: Repository, tree: str, parent: str | None) -> str:
    """A commit of a tree, named by nothing, on `parent` where there is one."""
    parents = ["-p", parent] if parent else []
    return repository.git(["commit-tree", tree, *parents, "-m", "regreen: what is staged"]).decode().strip()


def empty_tree(repository: Repository) -> str:
    """Id of the tree without files."""
    return repository.git(["hash-object", "-t", "tree", "--stdin"]).decode().strip()
