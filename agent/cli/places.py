"""Where the runs of the current folder are, in a repository or outside of one."""

from __future__ import annotations

import os
from pathlib import Path

from agent.trace.runs import RunStore, run_store
from tools.workspace.git import GitError, find_repository


def store_here() -> RunStore:
    """The store of the repository around the current folder, or of the user when there is none."""
    try:
        return run_store(find_repository(Path.cwd()).common_dir, os.environ)
    except GitError as error:
        if error.code != "no-repository":
            raise
        return run_store(None, os.environ)
