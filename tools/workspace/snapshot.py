"""The user's tree as a commit, uncommitted and untracked files included, with his index and refs untouched."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tools.workspace.git import Repository, run_git
from tools.workspace.scratch import scratch_folder

VENV_MARK = "pyvenv.cfg"
# Settings of the user's that would put a part of our index beside his, or refuse his line ends.
OWN_INDEX = ("-c", "core.splitIndex=false", "-c", "core.safecrlf=false")


def snapshot(repository: Repository) -> str:
    """Commit id of the tree as it stands. Objects are written, nothing else; GitError when that is impossible.

    A virtual environment the user forgot to ignore is left out: it is not his work, and holds thousands of files. So
    is a repository inside the repository that git does not track: its files are not this one's.
    """
    with scratch_folder("index") as folder:
        index = folder / "index"
        if (repository.git_dir / "index").exists():
            shutil.copy2(repository.git_dir / "index", index)  # stat data spares re-reading files, its time says which
        env = {"GIT_INDEX_FILE": str(index)}
        excluded = [f":(exclude,literal,top){name}" for name in _left_out(repository)]
        run_git([*OWN_INDEX, "add", "-A", "--", ":/", *excluded], repository.root, env)
        tree = run_git([*OWN_INDEX, "write-tree"], repository.root, env).decode().strip()
    parents = ["-p", repository.head] if repository.head else []
    message = "regreen: the tree as it stood"
    return run_git(["commit-tree", tree, *parents, "-m", message], repository.root).decode().strip()


def _left_out(repository: Repository) -> list[str]:
    """Virtual environments and repositories that would be added. To exclude what is ignored is an error to git.

    Untracked folders with a git folder of their own are the only untracked entries that git lists with a slash.
    """
    listed = run_git(["ls-files", "-z", "--others", "--exclude-standard"], repository.root)
    untracked = [os.fsdecode(name) for name in listed.split(b"\0")]
    environments = [path.name for path in virtual_environments(repository.root)]
    forgotten = [name for name in environments if any(path.startswith(f"{name}/") for path in untracked)]
    return [*forgotten, *(path.rstrip("/") for path in untracked if path.endswith("/"))]


def virtual_environments(root: Path) -> tuple[Path, ...]:
    """Folders directly below `root` that are virtual environments."""
    return tuple(sorted(mark.parent for mark in root.glob(f"*/{VENV_MARK}")))


def keep(repository: Repository, ref: str, commit: str) -> None:
    """Name a commit by a ref of ours, so that git keeps it."""
    repository.git(["update-ref", f"refs/regreen/{ref}", commit])
