"""Committing a patch alone, and taking such a commit back: unfinished work in the same files stays uncommitted.

Everything is prepared beside the repository first; then the index is replaced and the branch moved, each in one step,
and `carry_out` may be called again after it was cut off between the two.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.patch import encode
from tools.workspace.git import GitError, Repository, run_git
from tools.workspace.scratch import scratch_folder
from tools.workspace.snapshot import OWN_INDEX

NEW_INDEX = "index"
LOCKED = "another git is at work here: there is an index.lock"


@dataclass(frozen=True, slots=True)
class Move:
    """A branch's way from commit `old` to `new` (None: no commit), and the index's beside it, by SHA-256."""

    branch: str
    old: str | None
    new: str | None
    index_before: str | None
    index_after: str

    @property
    def is_commit(self) -> bool:
        """Whether the branch moves, too; else only the index does."""
        return self.old != self.new


def check_commit(repository: Repository, patch: str) -> None:
    """Raise GitError `not-on-head` when the patch does not fit the committed files or the index; changes nothing."""
    with _staged(repository, patch):
        pass


def commit_patch(repository: Repository, patch: str, message: str) -> str:
    """Commit `patch` (a git diff) on top of HEAD as the user, and stage the same in his index; gives the commit id.

    GitError `not-on-head` when the patch does not fit the committed files: then nothing is committed.
    """
    with scratch_folder("commit") as folder:
        move = prepare_commit(repository, patch, message, folder)
        carry_out(repository, move, folder)
    return str(move.new)


def prepare_commit(repository: Repository, patch: str, message: str, folder: Path) -> Move:
    """Make the commit and, in `folder`, the index with the patch; the repository shows neither yet."""
    with _staged(repository, patch) as (file, tree):
        parents = ["-p", repository.head] if repository.head else []
        new = run_git(["commit-tree", tree, *parents, "-m", message], repository.root, as_user=True).decode().strip()
        before = _moved_index(repository, file, folder)
    return Move(branch_of(repository), repository.head, new, before, str(_digest(folder / NEW_INDEX)))


def prepare_staging(repository: Repository, patch: str, tree: Path, folder: Path) -> Move:
    """Make, in `folder`, the index with a patch (a git diff) of files below `tree`; the branch stays where it is.

    GitError `not-staged` where the index does not hold these files as they lie in the tree: `git apply --index` asks
    for that, so that nothing is staged that nobody meant to stage.
    """
    index, copy = repository.git_dir / "index", folder / NEW_INDEX
    if index.exists():
        shutil.copy2(index, copy)
    if (repository.git_dir / "index.lock").exists():
        raise GitError("index-locked", LOCKED, "try again")
    before, env = _digest(copy), {"GIT_INDEX_FILE": str(copy)}
    below = [] if tree == repository.root else [f"--directory={tree.relative_to(repository.root).as_posix()}"]
    with scratch_folder("index") as apart:
        file = apart / "patch.diff"
        file.write_bytes(encode(patch))
        apply = [*OWN_INDEX, "apply", "--whitespace=nowarn", *below, str(file)]
        with contextlib.suppress(GitError):  # says that files differ, which is no news
            run_git([*OWN_INDEX, "update-index", "-q", "--refresh"], repository.root, env)
        try:
            run_git([*apply, "--index", "--check"], repository.root, env)
            run_git([*apply, "--cached"], repository.root, env)
        except GitError as error:
            hint = "stage or stash what is not staged in these files first, or apply without --index"
            raise GitError("not-staged", error.message.removeprefix("error: "), hint) from error
    return Move(branch_of(repository), repository.head, repository.head, before, str(_digest(copy)))


def prepare_return(repository: Repository, moves: Sequence[Move], folder: Path) -> Move:
    """The way back over `moves`, newest first; GitError when somebody has gone on from there."""
    newest, oldest = moves[0], moves[-1]
    hint = f"`git revert {str(newest.new)[:12]}` takes it back with a commit" if newest.new else "look at `git log`"
    linked = all(later.old == earlier.new for later, earlier in itertools.pairwise(moves))
    if not linked or _tip(repository, newest.branch) != newest.new or branch_of(repository) != newest.branch:
        raise GitError("moved-on", f"{newest.branch} has moved on since", hint)
    patch = folder / "patch.diff"
    patch.write_bytes(_difference(repository, newest.new, oldest.old))
    try:
        before = _moved_index(repository, patch, folder)
    except GitError as error:
        raise GitError("moved-on", "the index no longer holds what regreen committed", hint) from error
    return Move(newest.branch, newest.new, oldest.old, before, str(_digest(folder / NEW_INDEX)))


def carry_out(repository: Repository, move: Move, folder: Path) -> None:
    """Replace the index and move the branch. GitError when one of them is elsewhere by now: then it is left there."""
    index, lock = repository.git_dir / "index", repository.git_dir / "index.lock"
    if _digest(lock) == move.index_after:  # ours, from when this was cut off
        lock.unlink()
    if branch_of(repository) != move.branch or _tip(repository, move.branch) not in (move.old, move.new):
        raise GitError("moved-on", f"{move.branch} was moved meanwhile", "look at `git log` and `git status`")
    if _digest(index) != move.index_after:
        _replace_index(index, lock, folder / NEW_INDEX, move.index_before)
    if _tip(repository, move.branch) != move.new:
        wanted = [move.branch, move.new] if move.new else ["-d", move.branch]
        # An empty old value says that there must be no such branch yet.
        run_git(["update-ref", "-m", "regreen: commit", *wanted, move.old or ""], repository.root)


def branch_of(repository: Repository) -> str:
    """The full name of the branch that is checked out; HEAD when none is."""
    with contextlib.suppress(GitError):
        return run_git(["symbolic-ref", "--quiet", "HEAD"], repository.root).decode().strip()
    return "HEAD"


def _tip(repository: Repository, branch: str) -> str | None:
    with contextlib.suppress(GitError):
        return run_git(["rev-parse", "--verify", "--quiet", f"{branch}^{{commit}}"], repository.root).decode().strip()
    return None


def _replace_index(index: Path, lock: Path, new: Path, before: str | None) -> None:
    """As git does it: the lock file becomes the index."""
    try:
        _link_or_copy(new, lock)
    except FileExistsError as error:
        raise GitError("index-locked", LOCKED, "try again") from error
    if _digest(index) != before:
        lock.unlink()
        raise GitError("moved-on", "the index was changed meanwhile", "look at `git status`")
    lock.replace(index)


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except FileExistsError:
        raise
    except OSError:  # another file system, or one without links
        with target.open("xb") as file:
            file.write(source.read_bytes())


def _moved_index(repository: Repository, patch: Path, folder: Path) -> str | None:
    """A copy of the index in `folder`, patched; gives the digest of the index itself."""
    index, copy = repository.git_dir / "index", folder / NEW_INDEX
    if index.exists():
        shutil.copy2(index, copy)  # its time says which of its entries must be looked at again
    before = _digest(copy)
    apply = ["-c", "core.splitIndex=false", "apply", "--cached", "--whitespace=nowarn", str(patch)]
    run_git(apply, repository.root, {"GIT_INDEX_FILE": str(copy)})
    return before


def _difference(repository: Repository, old: str | None, new: str | None) -> bytes:
    nothing = run_git(["hash-object", "-t", "tree", "/dev/null"], repository.root).decode().strip()
    plain = ["--binary", "--full-index", "--no-ext-diff", "--no-textconv", "--no-color", "--no-renames"]
    return run_git(
        [
            "diff",
            "-O/dev/null",
            *plain,
            "--src-prefix=a/",
            "--dst-prefix=b/",
            "--no-relative",
            old or nothing,
            new or nothing,
        ],
        repository.root,
    )


@contextlib.contextmanager
def _staged(repository: Repository, patch: str) -> Iterator[tuple[Path, str]]:
    """The patch as a file, and the tree of HEAD with the patch; both fit, or GitError."""
    with scratch_folder("commit") as folder:
        file = folder / "patch.diff"
        file.write_bytes(encode(patch))
        env = {"GIT_INDEX_FILE": str(folder / "index")}
        if repository.head:
            run_git(["read-tree", repository.head], repository.root, env)
        try:
            run_git(["apply", "--cached", str(file)], repository.root, env)
            run_git(["apply", "--cached", "--check", str(file)], repository.root)
        except GitError as error:
            hint = "commit the file first, or use --apply and commit yourself"
            raise GitError("not-on-head", "the patch does not fit the committed files", hint) from error
        yield file, run_git(["write-tree"], repository.root, env).decode().strip()


def _digest(file: Path) -> str | None:
    """SHA-256 in hexadecimal digits; None without the file."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except FileNotFoundError:
        return None
