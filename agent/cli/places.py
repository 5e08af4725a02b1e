"""Where the runs of the current folder are, in a repository or outside of one; and what a killed apply left there."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent.trace.applies import apply_log
from agent.trace.runs import RunStore, run_store
from tools.errors import PatchError
from tools.ledger import is_used, ledger_of
from tools.workspace.git import GitError, Repository, find_repository

if TYPE_CHECKING:
    from tools.patch.recover import Recovery


def recover_here(folder: Path) -> Recovery | None:
    """Settle an apply that was cut off around a folder, and say so in one line; PatchError when that is impossible."""
    ledger = ledger_of(folder)
    recovery = None
    if is_used(ledger):
        from tools.patch.recover import recover

        recovery = recover(folder)
        if recovery is not None:
            print(recovery.message.encode("utf-8", "backslashreplace").decode(), file=sys.stderr)
    log = apply_log(ledger, os.environ)
    if log.begun():
        from agent.trace.writing import settle

        if said := settle(log):
            print(said.encode("utf-8", "backslashreplace").decode(), file=sys.stderr)
    return recovery


def store_here() -> RunStore:
    """The store of the repository around the current folder, or of the user when there is none."""
    try:
        recover_here(Path.cwd())
    except PatchError as error:  # reading about runs is possible all the same
        print(f"regreen: {error.message}\nhint: {error.hint}", file=sys.stderr)
    try:
        return run_store(find_repository(Path.cwd()).common_dir, os.environ)
    except GitError as error:
        if error.code != "no-repository":
            raise
        return run_store(None, os.environ)


@dataclass(frozen=True, slots=True)
class Apart:
    """Of a place that was made for one task: the clone it stands for, paths that tests of an honest run must not read,
    and the hash of the task's row.
    """

    origin: Repository
    secret: tuple[Path, ...] = ()
    row_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command was called: the folder, its repository, its runs."""

    cwd: Path
    repository: Repository
    store: RunStore
    apart: Apart | None = None

    @property
    def row_sha256(self) -> str:
        """The hash of the row that the task of this place came in, "" for any other place."""
        return self.apart.row_sha256 if self.apart else ""


def find_place(cwd: Path) -> Place:
    """The repository around a folder, with no patch half applied; GitError `no-repository` outside of one."""
    repository = find_repository(cwd)
    recover_here(repository.root)
    return Place(cwd.resolve(), repository, run_store(repository.common_dir, os.environ))
