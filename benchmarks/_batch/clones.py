"""Clones of libraries with a commit a bug, and the SWE-bench row of each."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks._bugs.library import short_name
from benchmarks._repair.command import IDENTITY
from benchmarks._repair.task import Task


@dataclass(frozen=True, slots=True)
class Clone:
    """A git repository of a library as it should be, with an environment that imports the library from there."""

    folder: Path

    @classmethod
    def make(cls, home: Path, task: Task) -> "Clone":
        """Copy a bug's library; its environment finds what the library's own has, after the clone itself."""
        library = task.library
        clone = cls(home / short_name(library.name))
        shutil.copytree(library.root, clone.folder, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        clone.git("init", "-q", "-b", "main")
        (clone.folder / ".git" / "info" / "exclude").write_text("/.venv/\n__pycache__/\n")
        clone.git("add", "-A", "-f")
        clone.git("commit", "-q", "-m", "as it should be")
        subprocess.run([library.python, "-m", "venv", "--without-pip", clone.folder / ".venv"], check=True)
        (site,) = (clone.folder / ".venv" / "lib").glob("python*/site-packages")
        theirs = library.python.parents[1] / site.relative_to(clone.folder / ".venv")
        (site / "editable.pth").write_text(f"{clone.folder / library.import_root}\n{theirs}\n")
        return clone

    def git(self, *arguments: str) -> str:
        """Run git in the clone; its output."""
        env = {**os.environ, **IDENTITY}
        ran = subprocess.run(["git", *arguments], cwd=self.folder, env=env, check=True, capture_output=True, text=True)
        return ran.stdout.strip()

    def commit_bug(self, task: Task) -> tuple[str, str]:
        """The commit with a bug, kept by a branch, and the patch that takes it back; the clone is as before."""
        path = self.folder / task.planted.bug.path
        path.write_bytes(task.buggy)
        self.git("commit", "-q", "-a", "-m", "change")
        self.git("branch", f"bugs/{task.planted.name}")
        found = self.git("rev-parse", "HEAD"), self.git("diff", "HEAD", "HEAD~1") + "\n"
        self.git("reset", "-q", "--hard", "HEAD~1")
        return found


def row_of(task: Task, clone: Clone) -> dict[str, Any]:
    """A bug as a row of a SWE-bench data set; nothing is said of it but which tests fail."""
    commit, patch = clone.commit_bug(task)
    red = task.planted.red
    passing = [name for name in task.run.green if name not in red] if task.run is not None else []
    return {"instance_id": task.planted.name, "repo": f"public/{clone.folder.name}", "base_commit": commit,
            "problem_statement": "Some tests fail.", "FAIL_TO_PASS": list(red), "PASS_TO_PASS": passing,
            "patch": patch}  # fmt: skip
