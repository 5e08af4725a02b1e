"""Git as regreen uses it: no hooks, no file-system monitor, no maintenance, nothing of the caller's GIT_* state."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import git

from tools.errors import ToolError

QUIET = (
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "gc.auto=0",
    "-c",
    "maintenance.auto=false",
)
IDENTITY = {
    "GIT_AUTHOR_NAME": "regreen",
    "GIT_AUTHOR_EMAIL": "regreen@localhost",
    "GIT_COMMITTER_NAME": "regreen",
    "GIT_COMMITTER_EMAIL": "regreen@localhost",
}
STATEFUL = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
            "GIT_COMMON_DIR", "GIT_PREFIX", "GIT_NAMESPACE", "GIT_CEILING_DIRECTORIES", "GIT_CONFIG_PARAMETERS",
            "GIT_CONFIG_COUNT", "GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS", "GIT_TRACE", "GIT_LITERAL_PATHSPECS",
            "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS", "GIT_DEFAULT_HASH",
            "GIT_QUARANTINE_PATH", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE", "GIT_REPLACE_REF_BASE")  # fmt: skip


class GitError(ToolError):
    """Git refused; `message` is its last line."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A git work tree. `head` is None before the first commit; `common_dir` is shared by linked work trees.

    The git folder need not be the one that lies in `root`: `apart` makes one beside a tree that must stay as it is.
    """

    root: Path
    git_dir: Path
    common_dir: Path
    head: str | None

    def git(
        self, arguments: list[str], env: Mapping[str, str] | None = None, *, stdin: BinaryIO | None = None
    ) -> bytes:
        """Run git on this work tree and its git folder, wherever the two lie."""
        place = ["--git-dir", str(self.git_dir), "--work-tree", str(self.root)]
        return run_git([*place, *arguments], self.root, env, stdin=stdin)


def run_git(
    arguments: list[str],
    cwd: Path,
    env: Mapping[str, str] | None = None,
    *,
    as_user: bool = False,
    stdin: BinaryIO | None = None,
) -> bytes:
    """Run git and give its standard output; a failure is a GitError. Commits carry our name unless `as_user`."""
    for name in STATEFUL:  # a caller inside a git hook must not aim us at his index
        os.environ.pop(name, None)
    try:
        out = git.Git(str(cwd)).execute(
            ["git", *QUIET, *arguments],
            istream=stdin,
            env={"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", **({} if as_user else IDENTITY), **(env or {})},
            stdout_as_string=False,
            start_new_session=True,  # Ctrl-C is for us alone: a run may go on after it
            strip_newline_in_stdout=False,
        )
    except git.GitCommandNotFound as error:
        raise GitError("no-git", "git is not installed or not on PATH", "install git") from error
    except git.GitCommandError as error:
        said = str(error.stderr).strip().removeprefix("stderr: '").removesuffix("'")
        lines = [line.strip() for line in said.splitlines() if line.strip() and not line.startswith("hint:")]
        message = lines[-1] if lines else f"git {arguments[0]} failed"
        raise GitError(_code_of(str(error.stderr)), message) from error
    assert isinstance(out, bytes)
    return out


def _code_of(stderr: str) -> str:
    known = {
        "not a git repository": "no-repository",
        "dubious ownership": "dubious-ownership",
        "Read-only file system": "read-only",
        "ermission denied": "read-only",
        "insufficient permission": "read-only",
        "No space left": "no-space",
    }
    return next((code for words, code in known.items() if words in stderr), "git")


def find_repository(start: Path) -> Repository:
    """The repository whose work tree holds `start`; GitError `no-repository` when there is none."""
    if not start.is_dir():
        raise GitError("no-repository", f"{start} is not a folder")
    names = ["--show-toplevel", "--absolute-git-dir", "--git-common-dir"]
    try:
        lines = (
            run_git(["rev-parse", "--path-format=absolute", *names], start)
            .decode(errors="surrogateescape")
            .splitlines()
        )
    except GitError as error:
        if error.code in ("no-git", "dubious-ownership"):
            raise
        raise GitError("no-repository", f"{start} is not inside a git work tree") from error
    root, git_dir, common_dir = (Path(line).resolve() for line in lines)
    return Repository(root, git_dir, common_dir, _head(start))


def _head(cwd: Path) -> str | None:
    try:
        return run_git(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], cwd).decode().strip()
    except GitError:
        return None
