"""Does the embedded engine mend one-line bugs, and is it honest about it? Planted ones, and true ones from histories.

Each is given to the installed `regreen fix`, offline, in a repository of one commit. A patch is right when it is the
program before the bug, or behaves like it on inputs that this benchmark makes. README.md says what the variables of the
environment are for.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice, repeat, starmap
from pathlib import Path

from benchmarks._bugs.library import FETCH, FOLDER, libraries
from benchmarks._kept import kept_folder
from benchmarks._repair.command import commit, fix
from benchmarks._repair.history import Window, tasks
from benchmarks._repair.opinion import opinion_of, opinion_of_texts
from benchmarks._repair.planting import HALVES, clean_of, in_turn
from benchmarks._repair.reach import choices, generated
from benchmarks._repair.report import Case, compare, result, show, write_wrong
from benchmarks._repair.task import Task
from benchmarks._repair.values import Attempt, keep, kept
from benchmarks._result import Result

BUGS, QUICK_BUGS = 150, 2
DEFAULTS = {
    "BUGS": str(BUGS), "SEED": "1", "HALF": HALVES[0], "REPOS": "", "PYTHONS": "", "SINCE": "2021-01-01",
    "UNTIL": "2027-01-01", "LINES": "1", "WITHOUT": "", "LABEL": "run", "AGAINST": "", "REJUDGE": "",
    "CHOICES": "", "FIXES": "1000",
}  # fmt: skip


def measure(*, quick: bool) -> Result:
    """Let the command mend planted bugs and true ones, one after the other, and judge."""
    with kept_folder() as folder:
        planted = _mended(_planted(folder, quick), folder, "planted") if _wants_planted() else []
        true = _mended(_true(folder, quick), folder, "true") if _setting("REPOS") else []
    return result(planted, true)


def _setting(name: str) -> str:
    return os.environ.get(f"REGREEN_BENCH_{name}") or DEFAULTS[name]


def _wants_planted() -> bool:
    """Whether libraries are named; without them and without histories the way to get them is told."""
    return bool(os.environ.get(FOLDER) or os.environ.get(FETCH) or not _setting("REPOS"))


def _planted(folder: Path, quick: bool) -> Iterator[Task]:
    """Planted bugs of the half and the seed asked for, libraries in turn."""
    wanted, half = QUICK_BUGS if quick else int(_setting("BUGS")), _setting("HALF")
    if half not in HALVES:
        raise SystemExit(f"REGREEN_BENCH_HALF is {half!r}, not one of {', '.join(HALVES)}")
    with libraries() as listed:
        smallest = sorted(listed, key=lambda library: sum(map(len, library.files().values())))
        cleans = [clean for library in (smallest[:1] if quick else listed) if (clean := clean_of(library, folder))]
        if not cleans:
            raise SystemExit("the tests of none of these libraries run here")
        yield from starmap(Task.of_planted, in_turn(cleans, int(_setting("SEED")), half, wanted, folder / "bugs"))


def _true(folder: Path, quick: bool) -> Iterator[Task]:
    """True fixes of the window asked for, from every history, each with its interpreter."""
    repositories = [Path(name) for name in _setting("REPOS").split(os.pathsep)]
    pythons = [Path(name) for name in _setting("PYTHONS").split(os.pathsep)]
    pythons = pythons if len(pythons) > 1 else list(repeat(pythons[0], len(repositories)))
    if len(pythons) != len(repositories) or not all(python.is_file() for python in pythons):
        raise SystemExit("REGREEN_BENCH_PYTHONS names an interpreter for each of REGREEN_BENCH_REPOS, or one for all")
    window = Window(_setting("SINCE"), _setting("UNTIL"), int(_setting("LINES")), tuple(_setting("WITHOUT").split()))
    return islice(tasks(repositories, pythons, window, folder), QUICK_BUGS if quick else int(_setting("FIXES")))


def _mended(waiting: Iterator[Task], folder: Path, kind: str) -> Sequence[Case]:
    """Every task with what came of it; prints the tables, and what another run made of the same bugs."""
    label, against = _setting("LABEL"), _setting("AGAINST")
    cases = []
    for task in waiting:
        cases.append(Case(task.planted, _attempted(task, folder / label)))
        _tell(cases[-1])
    show(kind, cases)
    write_wrong(cases, folder / f"{label}-{kind}-wrong.txt")
    if against:
        rows = {case.planted.name: kept(folder / against, case.planted.name) for case in cases}
        compare(cases, {name: Attempt.from_row(row) for name, row in rows.items() if row is not None})
    return cases


def _attempted(task: Task, folder: Path) -> Attempt:
    row = kept(folder, task.planted.name)
    if row is not None and not _setting("REJUDGE"):
        return Attempt.from_row(row)
    with task.tree() as tree:
        commit(tree)
        attempt = Attempt.from_row(row) if row is not None else fix(task, tree, folder / "journals")
        attempt = _judged(attempt, task, tree, folder / "journals" / f"{attempt.name}.jsonl")
    keep(folder, attempt)
    return attempt


def _judged(attempt: Attempt, task: Task, tree: Path, journal: Path) -> Attempt:
    """The attempt with our opinion of its patch and, where that is wrong, of its rivals; where the right one was."""
    path, line = task.planted.bug.path, task.planted.bug.line
    probe = task.probe
    opinion = opinion_of(probe, tree, path, attempt.patch)
    rivals = () if opinion.right else attempt.rivals
    right = (at for at, patch in enumerate(rivals, 1) if opinion_of(probe, tree, path, patch).right)
    true = (task.library.root / path).read_bytes()
    found, order = choices(journal, path, task.buggy)
    run = bool(_setting("CHOICES"))
    words = tuple(opinion_of_texts(probe, tree, path, {path: one.data}, run=run).word for one in found)
    return replace(
        attempt, opinion=opinion, right_rival=next(right, 0), generated=generated(path, true, task.buggy, {line}),
        choices=words, sizes=tuple(one.size for one in found), order=order,
    )  # fmt: skip


def _tell(case: Case) -> None:
    """Say how a bug ended, as there may be a minute between them."""
    bug, one = case.planted.bug, case.attempt
    print(f"{one.name} {bug.operator}: {one.status}, {one.opinion.word}, search {one.search_seconds} s,"
          f" proof {one.proof_seconds:.1f} s, {one.seconds:.0f} s in all", file=sys.stderr, flush=True)  # fmt: skip
