"""What the hook is asked about: what is staged against HEAD, or one commit against another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agent.core.errors import UsageProblem
from tools.workspace.git import GitError, Repository
from tools.workspace.staged import commit_of, empty_tree, index_of, staged_tree


@dataclass(frozen=True, slots=True)
class Subject:
    """A `tree` to check against the commit `before` it, None where there is none.

    `commit` is "" where the tree is in no commit yet. With `everything` all tests are asked for.
    """

    tree: str
    before: str | None
    commit: str = ""
    everything: bool = False

    def as_commit(self, repository: Repository) -> str:
        """The tree as a commit."""
        return self.commit or commit_of(repository, self.tree, self.before)

    def tree_before(self, repository: Repository) -> str:
        """The tree that it changes."""
        return tree_id(repository, self.before) if self.before else empty_tree(repository)


def tree_id(repository: Repository, commit: str) -> str:
    """The tree of a commit."""
    return repository.git(["rev-parse", f"{commit}^{{tree}}"]).decode().strip()


def staged(repository: Repository, environ: Mapping[str, str], cwd: Path, *, everything: bool) -> Subject:
    """What would be committed now. Where pre-commit asks about all files, nothing being staged, all tests are meant."""
    tree = staged_tree(repository, index_of(repository, environ, cwd))
    subject = Subject(tree, repository.head, everything=everything)
    asked_by_hand = environ.get("PRE_COMMIT") == "1" and "GIT_INDEX_FILE" not in environ
    if asked_by_hand and not everything and tree == subject.tree_before(repository):
        return Subject(tree, repository.head, everything=True)
    return subject


def ranged(repository: Repository, before: str, after: str) -> Subject:
    """A commit against where it branched off from another one."""
    commit = _commit(repository, after)
    start = _commit(repository, before)
    with suppress(GitError):  # where they have no history in common
        start = repository.git(["merge-base", start, commit]).decode().strip()
    return Subject(tree_id(repository, commit), start, commit)


def pushed(repository: Repository, lines: Iterable[str], remote: str) -> list[Subject]:
    """What git tells a pre-push hook, a line a ref: `LOCAL_REF LOCAL_ID REMOTE_REF REMOTE_ID`."""
    rows = [line.split() for line in lines if len(line.split()) == 4]
    found = []
    for _, local, _, there in rows:
        if not local.strip("0"):
            continue  # a ref is deleted there
        if there.strip("0") and _is_known(repository, there):
            found.append(ranged(repository, there, local))
        else:
            found += _new_there(repository, local, remote)
    return found


def _new_there(repository: Repository, local: str, remote: str) -> list[Subject]:
    known = f"--remotes={remote}" if remote else "--remotes"
    new = repository.git(["rev-list", "--topo-order", "--reverse", local, "--not", known]).decode().split()
    if not new:
        return []
    parents = repository.git(["rev-list", "--parents", "-n", "1", new[0]]).decode().split()[1:]
    return [Subject(tree_id(repository, local), parents[0] if parents else None, local)]


def _commit(repository: Repository, name: str) -> str:
    try:
        found = repository.git(["rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}"])
    except GitError as error:
        raise UsageProblem(f"no such commit: {name}", "fetch it, or name one that is here") from error
    return found.decode().strip()


def _is_known(repository: Repository, commit: str) -> bool:
    try:
        return bool(_commit(repository, commit))
    except UsageProblem:
        return False
