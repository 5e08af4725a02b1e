"""Does the embedded engine mend one-line bugs, and is it honest about it? Bugs are planted in real libraries.

Each is given to the installed `regreen fix`, offline, in a repository of one commit. A patch is right when it is the
program before the bug, or behaves like it on inputs that this benchmark makes. `REGREEN_BENCH_LIBS` names libraries,
`REGREEN_BENCH_BUGS` says how many bugs, `REGREEN_BENCH_SEED` which, `REGREEN_BENCH_HALF` of which half: `training`, to
work on, or `test`. `REGREEN_BENCH_KEEP=DIR` keeps a JSON file a bug, so that a run goes on where it was cut off;
`REGREEN_BENCH_LABEL` names the run in it, `REGREEN_BENCH_AGAINST` another run to compare with bug by bug.
`REGREEN_BENCH_COMMAND` is the command, `REGREEN_BENCH_SECONDS` its time; with `REGREEN_BENCH_REJUDGE=1` kept
patches are judged again.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks._bugs.library import libraries
from benchmarks._bugs.trial import Clean
from benchmarks._repair.command import Ground, commit, fix
from benchmarks._repair.opinion import opinion_of
from benchmarks._repair.planting import HALVES, clean_of, counting
from benchmarks._repair.probe import Probe
from benchmarks._repair.report import Case, compare, result, show, write_wrong
from benchmarks._repair.values import Attempt, Planted, keep, kept
from benchmarks._result import Result

REJUDGE = "REGREEN_BENCH_REJUDGE"
BUGS, QUICK_BUGS = 150, 2


def measure(*, quick: bool) -> Result:
    """Plant the bugs, let the command mend them one after the other, and judge."""
    wanted = QUICK_BUGS if quick else int(os.environ.get("REGREEN_BENCH_BUGS", BUGS))
    label = os.environ.get("REGREEN_BENCH_LABEL", "run")
    with libraries() as listed, _folder() as folder:
        smallest = sorted(listed, key=lambda library: sum(map(len, library.files().values())))
        cleans = [clean for library in (smallest[:1] if quick else listed) if (clean := clean_of(library, folder))]
        cases = []
        for clean, one in _dealt(cleans, wanted, folder):
            cases.append(Case(one, _attempted(clean, one, folder / label)))
            _tell(cases[-1])
        show(cases)
        write_wrong(cases, folder / f"{label}-wrong.txt")
        against = os.environ.get("REGREEN_BENCH_AGAINST")
        if against:
            rows = {case.planted.name: kept(folder / against, case.planted.name) for case in cases}
            compare(cases, {name: Attempt.from_row(row) for name, row in rows.items() if row is not None})
    return result(cases)


def _dealt(cleans: Sequence[Clean], wanted: int, folder: Path) -> Iterator[tuple[Clean, Planted]]:
    """Bugs of the half and the seed asked for, libraries in turn."""
    seed = int(os.environ.get("REGREEN_BENCH_SEED", "1"))
    half = os.environ.get("REGREEN_BENCH_HALF", HALVES[0])
    if half not in HALVES:
        raise SystemExit(f"REGREEN_BENCH_HALF is {half!r}, not one of {', '.join(HALVES)}")
    each = -(-wanted // len(cleans))
    found = {clean.library.name: counting(clean, seed, half, each, folder / "bugs") for clean in cleans}
    turns = [(clean, bugs[turn]) for turn in range(each) for clean in cleans
             if turn < len(bugs := found[clean.library.name])]  # fmt: skip
    yield from turns[:wanted]


def _attempted(clean: Clean, planted: Planted, folder: Path) -> Attempt:
    row = kept(folder, planted.name)
    if row is not None and not os.environ.get(REJUDGE):
        return Attempt.from_row(row)
    with tempfile.TemporaryDirectory(prefix="regreen-repair-") as home:
        tree = Path(home).resolve() / clean.library.name
        shutil.copytree(clean.library.root, tree, ignore=shutil.ignore_patterns(".git"))
        path = tree / planted.bug.path
        path.write_bytes(planted.bug.planted(path.read_bytes()))
        commit(tree)
        ground = Ground(tree, clean.library.python, clean.library.import_root)
        attempt = Attempt.from_row(row) if row is not None else fix(ground, planted.name, folder / "journals")
        attempt = _judged(attempt, clean, planted, tree)
    keep(folder, attempt)
    return attempt


def _judged(attempt: Attempt, clean: Clean, planted: Planted, tree: Path) -> Attempt:
    path, probe = planted.bug.path, Probe(clean, planted.red)
    opinions = [opinion_of(probe, tree, path, patch) for patch in (attempt.patch, *attempt.rivals)]
    rivals = [place for place, opinion in enumerate(opinions[1:], 1) if opinion.right]
    return replace(attempt, opinion=opinions[0], right_rival=rivals[0] if rivals else 0)


@contextmanager
def _folder() -> Iterator[Path]:
    named = os.environ.get("REGREEN_BENCH_KEEP")
    if named:
        Path(named).mkdir(parents=True, exist_ok=True)
        yield Path(named).resolve()
        return
    with tempfile.TemporaryDirectory(prefix="regreen-repair-kept-") as folder:
        yield Path(folder).resolve()


def _tell(case: Case) -> None:
    """Say how a bug ended, as there may be a minute between them."""
    bug, one = case.planted.bug, case.attempt
    print(f"{one.name} {bug.operator}: {one.status}, {one.opinion.word}, search {one.search_seconds} s,"
          f" proof {one.proof_seconds:.1f} s, {one.seconds:.0f} s in all", file=sys.stderr, flush=True)  # fmt: skip
