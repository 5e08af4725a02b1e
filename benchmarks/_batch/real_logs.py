"""Logs of real suites: libraries with a bug planted, as `pytest -rA` prints them and as our runner says they end."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks._bugs.library import libraries
from benchmarks._bugs.plant import Bug
from benchmarks._bugs.trial import Clean, planted_site
from benchmarks._repair.planting import clean_of, in_turn
from tools.testing.results import TestStatus
from tools.workspace.process import run_command

SEED = 1
HALF = "training"


@dataclass(frozen=True, slots=True)
class RealRun:
    """One suite of one library with a bug, run twice: the statuses of our runner, and plain pytest's log."""

    name: str
    statuses: Mapping[str, TestStatus]
    log: str


def real_runs(folder: Path, wanted: int) -> Iterator[RealRun]:
    """At most `wanted` runs, the libraries of `REGREEN_BENCH_LIBS` in turn."""
    with libraries() as listed:
        cleans = [clean for library in listed if (clean := clean_of(library, folder))]
        for clean, planted in in_turn(cleans, SEED, HALF, wanted, folder / "bugs"):
            yield _run(clean, planted.bug, planted.name, folder / "planted")


def _run(clean: Clean, bug: Bug, name: str, home: Path) -> RealRun:
    with planted_site(clean, bug, home) as site:
        said = site.runner.io / "said.txt"
        argv = ["sh", "-c", f"exec {clean.library.python} -m pytest -rA --tb=no --color=no > {said} 2>&1"]
        run_command(site.runner.sandbox.wrap(argv, site.runner.cwd), clean.patience_seconds)
        log = said.read_text(encoding="utf-8", errors="replace")
        return RealRun(name, site.runner.run(timeout_seconds=clean.patience_seconds).statuses, log)
