"""Clones, task files and calls of the installed command, for measuring batches."""

import json
import os
import resource
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.startup import REGREEN
from tests.e2e._repositories import ALL_GREEN, LAMP, LAMP_TEST, PRIMES, new_repository

Row = dict[str, Any]
PRIMES_TEST = "test_primes.py::test_primes"
PRIMES_PATCH = """\
--- a/primes.py
+++ b/primes.py
@@ def prime
 def prime(number):
-    return number
+    found = []
+    candidate = 2
+    while len(found) < number:
+        if all(candidate % one for one in found):
+            found.append(candidate)
+        candidate += 1
+    return found[-1]
"""


@dataclass(frozen=True, slots=True)
class Ground:
    """A folder with clones and a task file; `out` is where a batch of it is kept."""

    folder: Path
    model: str = "offline"

    @classmethod
    def make(cls, folder: Path, kind: str, count: int, model: str = "offline") -> "Ground":
        """`count` tasks on one clone: the embedded engine proves `lamp`, `primes` needs a model, `green` is green."""
        files, tests = {"lamp": (LAMP, [LAMP_TEST]), "green": (ALL_GREEN, []), "primes": (PRIMES, [PRIMES_TEST])}[kind]
        clone = new_repository(folder / "clones" / kind, files)
        told = {"repo": f"octo/{kind}", "base_commit": head_of(clone), "FAIL_TO_PASS": tests, "PASS_TO_PASS": []}
        write_tasks(folder, ({"instance_id": f"{kind}-{number}", **told} for number in range(count)))
        return cls(folder, model)

    def argv(self, out: str, *more: str) -> list[str]:
        """The command that works the tasks off."""
        where = ["--out", str(self.folder / out), "--repos", str(self.folder / "clones")]
        return [REGREEN, "batch", str(self.folder / "tasks.jsonl"), *where, "--model", self.model, *more]

    def predictions(self, out: str) -> list[Row]:
        """The predictions as they are on the disk; ValueError when the file is not whole."""
        path = self.folder / out / "preds.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@dataclass(frozen=True, slots=True)
class Cost:
    """Wall and CPU seconds of a call, all its processes included."""

    wall: float
    cpu: float


def head_of(clone: Path) -> str:
    """The commit that is checked out."""
    argv = ["git", "rev-parse", "HEAD"]
    return subprocess.run(argv, cwd=clone, check=True, capture_output=True, text=True).stdout.strip()


def write_tasks(folder: Path, rows: Iterable[Row]) -> None:
    """A task file of these rows."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tasks.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def run(argv: list[str], cwd: Path, env: Mapping[str, str] | None = None) -> Cost:
    """Call a command to its end; CalledProcessError when it fails."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(argv, cwd=cwd, env=dict(env or os.environ), check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(time.monotonic() - started, cpu)
