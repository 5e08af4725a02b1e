"""Does our runner agree with plain pytest on every test? On libraries and interpreters named in the environment.

Both run the same command in the same sandbox on copies of the same tree: ours with its plug-in and flags, plain pytest
with `-vv` alone, whose lines are its own word on every test.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks._result import Goal, Result
from tools.testing.environment import environment_for_tests
from tools.testing.interpreter import Interpreter, probe
from tools.testing.layout import find_test_root
from tools.testing.results import TestRun
from tools.testing.site import Sites
from tools.workspace.git import find_repository
from tools.workspace.process import run_command
from tools.workspace.sandbox.choose import choose_sandbox
from tools.workspace.snapshot import snapshot

LIBRARIES, PYTHONS = "REGREEN_BENCH_LIBS", "REGREEN_BENCH_PYTHONS"
SECONDS = 600.0
# In rising order: of several words on one test the worst is its outcome.
WORDS = {
    "SKIPPED": "SKIPPED",
    "XPASS": "PASSED",
    "PASSED": "PASSED",
    "XFAIL": "XFAIL",
    "FAILED": "FAILED",
    "ERROR": "ERROR",
}
LINE = re.compile(rf"^(?P<id>\S.*?::.*?) (?P<word>{'|'.join(WORDS)})(?: \(.*\))?\s*(?:\[ *\d+%\])?$")


@dataclass(frozen=True, slots=True)
class Compared:
    """One library on one interpreter: tests that plain pytest saw, and those on which ours says something else."""

    library: str
    python: str
    tests: int
    differing: Mapping[str, tuple[str, str]]
    skipped: str = ""


def measure(*, quick: bool) -> Result:
    """Compare on every library and interpreter, print a table and each disagreement."""
    libraries = [
        path for path in sorted(Path(os.environ.get(LIBRARIES, "")).iterdir()) if (path / "PKG-INFO").is_file()
    ]
    pythons = [probe(Path(path), "named") for path in os.environ[PYTHONS].split(os.pathsep)]
    rows = [compared for compared in _all(libraries[: 2 if quick else None], pythons)]
    for row in rows:
        said = row.skipped or f"{row.tests:6} tests, {len(row.differing)} differ"
        print(f"{row.library:28} {row.python:8} {said}")
        for name, (plain, ours) in list(row.differing.items())[:10]:
            print(f"    {name}: plain {plain}, ours {ours}")
    tests, differing = sum(row.tests for row in rows), sum(len(row.differing) for row in rows)
    figures = {"runs": float(len(rows)), "tests": float(tests), "disagreements": float(differing)}
    return Result(figures, {"disagreements": Goal(differing, 0, differing == 0 and tests > 0)})


def _all(libraries: list[Path], pythons: list[Interpreter]) -> Iterator[Compared]:
    for library in libraries:
        for python in pythons:
            with tempfile.TemporaryDirectory(prefix="regreen-truth-") as folder:
                yield _compared(library, python, Path(folder))


def _compared(library: Path, python: Interpreter, folder: Path) -> Compared:
    repo = folder / "repo"
    shutil.copytree(library, repo, symlinks=True)
    for argv in (
        ["init", "-q"],
        ["add", "-A", "-f"],
        ["-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *argv], cwd=repo, check=True, stdout=subprocess.DEVNULL)
    repository = find_repository(repo)
    fence, _ = choose_sandbox("require")
    root = find_test_root(repo, repo).relative_to(repo).as_posix()
    sites = Sites(repository, python, fence, root, environment_for_tests(os.environ), folder / "sites")
    base = snapshot(repository)
    plain_site, own_site = sites.open(base), sites.open(base)
    said = plain_site.runner.io / "said.txt"
    argv = ["sh", "-c", f"COLUMNS=1000 exec {python.executable} -m pytest -vv --color=no --tb=no > {said} 2>&1"]
    run_command(plain_site.runner.sandbox.wrap(argv, root), SECONDS)
    plain = outcomes(said.read_text(encoding="utf-8", errors="replace"))
    run = own_site.runner.run(timeout_seconds=SECONDS)
    if not plain:
        last = run.output.strip().splitlines()[-1:]
        return Compared(library.name, python.version, 0, {}, f"plain pytest ran nothing: {last}")
    return Compared(library.name, python.version, len(plain), disagreements(plain, run))


def outcomes(output: str) -> dict[str, str]:
    """Plain pytest's word on every test, from what `-vv` prints."""
    order = list(WORDS)
    found: dict[str, str] = {}
    for line in output.splitlines():
        match = LINE.match(line)
        if match:
            name = match["id"].partition(" <- ")[0]  # where an inherited test is written
            found[name] = max(match["word"], found.get(name, order[0]), key=order.index)
    return {name: WORDS[word] for name, word in found.items()}


def disagreements(plain: Mapping[str, str], run: TestRun) -> dict[str, tuple[str, str]]:
    """Tests that only one of the two knows, or that end otherwise."""
    ours = {name: str(status) for name, status in run.statuses.items() if "::" in name}
    names = [*plain, *(name for name in ours if name not in plain)]
    pairs = {name: (plain.get(name, "absent"), ours.get(name, "absent")) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
