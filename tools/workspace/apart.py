"""A base commit in a git folder of its own, beside a clone that stays as it is: one commit, nothing later to read.

The tree of the new repository is the clone's own folder, so that environments, editable installs and ignored files are
found where they are; its objects are only those of the base.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from tools.patch import encode
from tools.workspace.git import GitError, Repository

# The same base has the same commit id whenever it is made.
EPOCH = {"GIT_AUTHOR_DATE": "2000-01-01T00:00:00+0000", "GIT_COMMITTER_DATE": "2000-01-01T00:00:00+0000"}


@dataclass(frozen=True, slots=True)
class Draft:
    """A tree in the making: an index that starts from a commit of the clone; `left_out` are its submodules."""

    repository: Repository
    origin: str
    home: Path
    left_out: tuple[str, ...]

    @property
    def _env(self) -> dict[str, str]:
        return {"GIT_INDEX_FILE": str(self.home / "draft-index")}

    def apply(self, patch: str) -> None:
        """Apply a git diff to the tree; GitError when it does not apply."""
        file = self.home / "patch.diff"
        file.write_bytes(encode(patch))
        self.repository.git(["apply", "--cached", "--whitespace=nowarn", str(file)], self._env)

    def restore(self, paths: Iterable[str]) -> None:
        """Files as the commit has them; those that it does not have are removed."""
        wanted = sorted(paths)
        if wanted:
            self.repository.git(["--literal-pathspecs", "reset", "-q", self.origin, "--", *wanted], self._env)

    def sealed(self) -> Repository:
        """The repository with this tree as its only commit, and the objects of nothing else."""
        git = self.repository.git
        tree = git(["write-tree"], self._env).decode().strip()
        commit = git(["commit-tree", tree, "-m", "base"], EPOCH).decode().strip()
        git(["update-ref", "HEAD", commit])
        git(["read-tree", commit])
        git(["repack", "-a", "-d", "-q"])
        (self.repository.git_dir / "objects" / "info" / "alternates").unlink()
        git(["prune", "--expire=now"])
        return replace(self.repository, head=commit)


def draft_of(clone: Repository, commit: str, home: Path) -> Draft:
    """The tree of a commit of `clone`, to be changed and sealed; GitError `no-commit` when the clone lacks it."""
    origin = _commit_of(clone, commit)
    folder = home / "apart"
    git_dir = folder / ".git"
    names = clone.git(["rev-parse", "--show-object-format"]).decode().strip()
    folder.mkdir(parents=True)
    empty = Repository(folder, git_dir, git_dir, None)
    empty.git(["init", "-q", "-b", "main", "--template=", f"--object-format={names}"])
    info = git_dir / "info"
    info.mkdir(exist_ok=True)
    if (clone.common_dir / "info" / "exclude").is_file():
        shutil.copyfile(clone.common_dir / "info" / "exclude", info / "exclude")
    (git_dir / "objects" / "info").mkdir(exist_ok=True)
    (git_dir / "objects" / "info" / "alternates").write_text(f"{clone.common_dir / 'objects'}\n")
    draft = Draft(Repository(clone.root, git_dir, git_dir, None), origin, folder, _submodules(clone, origin))
    draft.repository.git(["read-tree", origin], draft._env)
    if draft.left_out:
        draft.repository.git(["rm", "-q", "-r", "--cached", "--", *draft.left_out], draft._env)
    return draft


def _commit_of(clone: Repository, commit: str) -> str:
    wanted = commit or "HEAD"
    try:
        return (
            clone.git(["rev-parse", "--verify", "--quiet", "--end-of-options", f"{wanted}^{{commit}}"]).decode().strip()
        )
    except GitError as error:
        what = f"commit {commit} is not in {clone.root}" if commit else f"{clone.root} has no commit"
        raise GitError("no-commit", what, "fetch it there: nothing is downloaded") from error


def _submodules(clone: Repository, commit: str) -> tuple[str, ...]:
    rows = clone.git(["ls-tree", "-r", "-z", commit]).split(b"\0")
    return tuple(row.split(b"\t", 1)[1].decode(errors="surrogateescape") for row in rows if row.startswith(b"160000 "))
