"""Work trees apart from the user's, made in two ways behind one interface.

`make_worktree` shares the repository's objects and history; `make_export` holds only the base tree, so there is no
future history to read. Neither is registered in the user's repository: a killed run leaves nothing there to prune.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from tools.workspace.git import Repository, run_git
from tools.workspace.ignored import Carried, carry_ignored, restore_carried
from tools.workspace.scratch import delete

Stamp = tuple[int, int, int]

# Each option overrides a setting of the user's that would change the diff.
CANONICAL_DIFF = ("-c", "core.quotePath=true", "-c", "diff.suppressBlankEmpty=false", "diff", "--binary",
                  "--no-color", "--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/", "--no-relative",
                  "--unified=3", "--inter-hunk-context=0", "--diff-algorithm=default", "--indent-heuristic",
                  "--find-renames", "--abbrev=7", "-O/dev/null")  # fmt: skip
INDEX = "checkout-index"
# A file that a test wrote anew with its old size and time is told by the time of its change, which nobody can set.
STRICT_LOOK = ("-c", "core.trustctime=true", "-c", "core.checkStat=default")
# Settings of the user's that would leave files out, or put a part of our index beside his.
WHOLE_INDEX = ("-c", "core.sparseCheckout=false", "-c", "core.splitIndex=false", "-c", "core.untrackedCache=false")


@dataclass(frozen=True, slots=True)
class Workspace:
    """A private checkout. `tree` holds the files, `git_dir` its own index (the current patch), `home` all of it.

    It started from the commit `origin` of the user's repository, called `base` in its own; `carried` is what git does
    not track but tests need.
    """

    repository: Repository
    home: Path
    origin: str
    base: str
    carried: Carried

    @property
    def tree(self) -> Path:
        return self.home / "tree"

    @property
    def git_dir(self) -> Path:
        return self.home / "git"

    @property
    def objects(self) -> Path:
        return self.home / "objects"

    def git(self, *arguments: str) -> bytes:
        """Run git on this workspace's own index and tree."""
        return run_git(["--git-dir", str(self.git_dir), "--work-tree", str(self.tree), *arguments], self.tree)

    def accept(self, paths: Iterable[str]) -> None:
        """Make the content of `paths` part of the current patch."""
        self.git("add", "-A", "-f", "--", *(f":(literal,top){path}" for path in paths))

    def reset(self) -> None:
        """Undo whatever test runs did to the tree: back to base plus the current patch, and what was carried."""
        self.git(*STRICT_LOOK, "checkout-index", "-a", "-f", "-u", "-q")
        spared = [part for name in (*self.carried.copied, *self.carried.bound) for part in ("-e", f"/{_escaped(name)}")]
        self.git("clean", "-f", "-f", "-d", "-x", "-q", *spared)  # forced twice: repositories that a test made, too
        restore_carried(self.repository, self.tree, self.carried)

    def restart(self) -> None:
        """Undo the current patch, too."""
        self.git("read-tree", "--reset", self.base)
        self.reset()

    def diff(self) -> str:
        """The current patch: a canonical git diff against the base, "" when there is none."""
        return self.git(*CANONICAL_DIFF, "--cached", self.base).decode("utf-8", errors="surrogateescape")

    def stamp(self) -> Stamp:
        """What is other after every change of the current patch: inode, size and time of the index, zeros for none."""
        try:
            status = (self.git_dir / "index").stat()
        except FileNotFoundError:  # of an empty tree
            return 0, 0, 0
        return status.st_ino, status.st_size, status.st_mtime_ns

    def files(self) -> list[str]:
        """Paths of the base and the current patch."""
        return list(_listed(self.git_dir, self.stamp()))

    def has(self, path: str) -> bool:
        """Whether a path is one of `files`."""
        return path in _listed(self.git_dir, self.stamp())

    def commit(self, message: str) -> str:
        """The current patch as a commit on `origin` in the user's object store (unnamed: a ref must keep it)."""
        self.reset()
        changed = self.git("diff", "--cached", "--name-only", "-z", "--no-renames", self.base)
        listing = self.home / "changed"
        listing.write_bytes(changed)
        env = {"GIT_INDEX_FILE": str(self.home / "commit-index")}

        def store(*arguments: str) -> str:
            theirs = ["--git-dir", str(self.repository.git_dir), "--work-tree", str(self.tree), "--literal-pathspecs"]
            return run_git([*theirs, *arguments], self.tree, env).decode().strip()

        store("read-tree", self.origin)
        if changed:
            store("add", "-A", "-f", f"--pathspec-from-file={listing}", "--pathspec-file-nul")
        return store("commit-tree", store("write-tree"), "-p", self.origin, "-m", message)

    def remove(self) -> None:
        """Delete the workspace."""
        delete(self.home)


@lru_cache(maxsize=4)
def _listed(git_dir: Path, stamp: Stamp) -> dict[str, None]:
    """The paths of an index, in its order."""
    listed = run_git(["--git-dir", str(git_dir), "ls-files", "-z", "--cached"], git_dir)
    return dict.fromkeys(os.fsdecode(name) for name in listed.split(b"\0") if name)


def diff_between(repository: Repository, old: str, new: str) -> str:
    """A canonical git diff from one commit to another."""
    return repository.git([*CANONICAL_DIFF, old, new]).decode("utf-8", errors="surrogateescape")


Maker = Callable[[Repository, str, Path], Workspace]


def make_worktree(repository: Repository, commit: str, home: Path) -> Workspace:
    """A checkout of `commit` in `home` that shares the repository's objects, read-only."""
    carried = _materialise(repository, commit, home)
    workspace = Workspace(repository, home, commit, commit, carried)
    _init(workspace)
    workspace.objects.symlink_to(repository.common_dir / "objects")
    (workspace.git_dir / "objects" / "info" / "alternates").write_text(f"{workspace.objects}\n")
    (workspace.git_dir / "HEAD").write_text(f"{commit}\n")
    (home / INDEX).rename(workspace.git_dir / "index")  # it knows the files as they are: none is written a second time
    return workspace


def make_export(repository: Repository, commit: str, home: Path) -> Workspace:
    """A fresh repository in `home` that holds the tree of `commit` in one commit and nothing else."""
    carried = _materialise(repository, commit, home)
    workspace = Workspace(repository, home, commit, "HEAD", carried)
    _init(workspace)
    workspace.objects.mkdir()
    names = repository.git(["ls-tree", "-r", "-z", "--name-only", commit])
    listing = home / "tracked"
    listing.write_bytes(names)
    workspace.git("add", "-f", f"--pathspec-from-file={listing}", "--pathspec-file-nul")
    workspace.git("commit", "-q", "--no-gpg-sign", "--allow-empty", "-m", "base")
    return replace(workspace, base=workspace.git("rev-parse", "HEAD").decode().strip())


def _materialise(repository: Repository, commit: str, home: Path) -> Carried:
    tree = home / "tree"
    tree.mkdir(parents=True)
    env = {"GIT_INDEX_FILE": str(home / INDEX)}
    place = [*WHOLE_INDEX, "--git-dir", str(repository.git_dir), "--work-tree", str(tree)]
    run_git([*place, "read-tree", commit], tree, env)
    run_git([*place, "checkout-index", "-a", "-u", "-q"], tree, env)
    return carry_ignored(repository, tree)


def _init(workspace: Workspace) -> None:
    separate = f"--separate-git-dir={workspace.git_dir}"
    names = workspace.repository.git(["rev-parse", "--show-object-format"]).decode().strip()
    run_git(["init", "-q", "--template=", f"--object-format={names}", separate, str(workspace.tree)], workspace.home)
    (workspace.git_dir / "objects" / "info").mkdir(exist_ok=True)
    shared = workspace.repository.common_dir / "info" / "exclude"
    (workspace.git_dir / "info").mkdir(exist_ok=True)
    if shared.is_file():
        shutil.copyfile(shared, workspace.git_dir / "info" / "exclude")


def _escaped(name: str) -> str:
    """A path as a pattern of git's ignore rules that matches only itself."""
    return re.sub(r"([\\*?\[\]!# ])", r"\\\1", name)
