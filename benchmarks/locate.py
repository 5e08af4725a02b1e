"""How well is the fault located? One-line bugs are planted in real libraries, and regreen ranks what the red tests ran.

A bug counts when it turns at least one and at most half of the tests red. Peer: plain Ochiai on the same spectra.
`REGREEN_BENCH_LIBS` names the libraries, `REGREEN_BENCH_BUGS` says how many bugs, `REGREEN_BENCH_SEED` which;
`REGREEN_BENCH_KEEP=DIR` keeps every spectrum as a pickle; a run that finds some there ranks those anew and goes on.
"""

import functools
import os
import pickle
import random
import shutil
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from agent.localize.spectrum import locate as rank
from benchmarks._bugs.library import Library, libraries, short_name
from benchmarks._bugs.plant import OPERATORS, Deck
from benchmarks._bugs.ranks import best_of, mid_rank, ochiai
from benchmarks._bugs.selection import Selected, change_of, selected
from benchmarks._bugs.trial import LEFT_BEHIND, Clean, Located, clean_run, keep, may_be_seen, try_bug
from benchmarks._kept import kept_folder
from benchmarks._result import Result, at_least, at_most

BUGS, QUICK_BUGS = 100, 6
TRIES_AN_OPERATOR, MOST_TRIES = 3, 20
PROCESSES = 2
TOP_LINES, TOP_FUNCTIONS = 10, 3


@dataclass(frozen=True, slots=True)
class Task:
    """One bug to find in a library, with `operator` if it can; each task has its share of the places."""

    library: str
    number: int
    operator: str
    share: int
    shares: int
    seed: int
    home: Path
    kept: Path


@dataclass(frozen=True, slots=True)
class Trial:
    """The ranks of one bug's line and function, by regreen and by plain Ochiai, and the tests selected for it."""

    library: str
    operator: str
    line_rank: float
    function_rank: float
    peer_line_rank: float
    peer_function_rank: float
    selection: Selected


@dataclass(frozen=True, slots=True)
class Found:
    """What one task ended with: a trial, or none; and why bugs before it did not count."""

    trial: Trial | None
    discarded: Counter[str]


def measure(*, quick: bool) -> Result:
    """Plant the bugs, two at a time, and rank."""
    seed = int(os.environ.get("REGREEN_BENCH_SEED", "1"))
    wanted = QUICK_BUGS if quick else int(os.environ.get("REGREEN_BENCH_BUGS", BUGS))
    with libraries() as listed, tempfile.TemporaryDirectory(prefix="regreen-locate-") as folder, kept_folder() as kept:
        home = Path(folder).resolve()
        chosen = sorted(listed, key=lambda library: len(library.sources))[:2] if quick else listed
        with ProcessPoolExecutor(PROCESSES) as pool:
            cleans = list(filter(None, pool.map(functools.partial(_clean, home=home, kept=kept), chosen)))
            found = [_shown(one) for one in pool.map(_find, _tasks(cleans, wanted, seed, (home, kept)))]
    trials = [one.trial for one in found if one.trial is not None]
    discarded = sum((one.discarded for one in found), Counter[str]())
    _print_tables(cleans, trials, discarded)
    return _result(cleans, trials)


@dataclass(frozen=True, slots=True)
class Suite:
    """A library's suite in figures."""

    name: str
    tests: int
    plain_cpu_seconds: float
    traced_cpu_seconds: float


def _tasks(suites: Sequence[Suite], wanted: int, seed: int, folders: tuple[Path, Path]) -> list[Task]:
    """Libraries take turns, and so do operators, in an order that the seed decides."""
    chance, shares = random.Random(seed), -(-wanted // len(suites))
    rounds = [chance.sample(sorted(OPERATORS), len(OPERATORS)) for _ in range(-(-wanted // len(OPERATORS)))]
    operators = [name for names in rounds for name in names][:wanted]
    return [
        Task(suites[number % len(suites)].name, number, operator, number // len(suites), shares, seed, *folders)
        for number, operator in enumerate(operators)
    ]


def _clean(library: Library, home: Path, kept: Path) -> Suite | None:
    known = kept / f"clean-{library.name}.pickle"
    try:
        clean = pickle.loads(known.read_bytes()) if known.exists() else clean_run(library, home)
    except ValueError as error:
        print(f"left out: {error}", flush=True)
        return None
    tree = kept / "trees" / library.name
    if not known.exists():
        shutil.copytree(clean.library.root, tree)
        clean = replace(clean, library=replace(clean.library, root=tree))
        keep(kept, known.stem, clean)
    return Suite(library.name, len(clean.run.statuses), clean.plain_cpu_seconds, clean.traced_cpu_seconds)


@functools.cache
def _known(kept: Path, library: str, seed: int) -> tuple[Clean, Deck]:
    clean = pickle.loads((kept / f"clean-{library}.pickle").read_bytes())
    assert isinstance(clean, Clean)
    return clean, Deck(clean.library.files(), seed)


def _find(task: Task) -> Found:
    """Deal bugs, operator after operator, until one counts."""
    clean, deck = _known(task.kept, task.library, task.seed)
    earlier = task.kept / f"bug-{task.number:04}.pickle"
    if earlier.exists():
        return Found(_trial(clean, _ranked_anew(clean, pickle.loads(earlier.read_bytes()), task), task), Counter())
    others = random.Random(task.number).sample(sorted(OPERATORS), len(OPERATORS))
    discarded: Counter[str] = Counter()
    for operator in dict.fromkeys([task.operator, *others]):
        seen = (bug for bug in deck.deal(operator, task.share, task.shares) if may_be_seen(clean, bug))
        for bug in islice(seen, TRIES_AN_OPERATOR):
            outcome = try_bug(clean, bug, task.home / f"bug-{task.number}")
            if isinstance(outcome, Located):
                return Found(_trial(clean, outcome, task), discarded)
            discarded[outcome] += 1
            if discarded.total() >= MOST_TRIES:
                return Found(None, discarded)
    return Found(None, discarded)


def _ranked_anew(clean: Clean, located: Located, task: Task) -> Located:
    """What an earlier run found, with the lines ranked by today's rules."""
    tree = task.home / f"bug-{task.number}"
    shutil.copytree(clean.library.root, tree, ignore=LEFT_BEHIND)
    path = tree / located.bug.path
    path.write_bytes(located.bug.planted(path.read_bytes()))
    suspects = rank(located.baseline.run, located.baseline.targets, tree)
    shutil.rmtree(tree)
    return replace(located, suspects=suspects)


def _shown(found: Found) -> Found:
    """Say what a task ended with, as there are minutes between them."""
    print(found.trial or f"no bug: {dict(found.discarded)}", file=sys.stderr, flush=True)
    return found


def _trial(clean: Clean, found: Located, task: Task) -> Trial:
    bug, run = found.bug, found.baseline.run
    data = (clean.library.root / bug.path).read_bytes()
    change = change_of(bug, data)
    selection = selected(change, found.red, clean.run, clean.library.root)
    keep(task.kept, f"bug-{task.number:04}", found)
    ours = {(suspect.path, suspect.line): suspect.score for suspect in found.suspects}
    functions = {(suspect.path, suspect.line): suspect.function for suspect in found.suspects}
    peer = ochiai(run, found.baseline.targets)
    line, function = (bug.path, bug.line), (bug.path, bug.function)
    return Trial(short_name(task.library), bug.operator,
                 mid_rank(ours, line), mid_rank(best_of(ours, functions), function),
                 mid_rank(peer, line), mid_rank(best_of(peer, functions), function), selection)  # fmt: skip


def _share(trials: Sequence[Trial], rank: Callable[[Trial], float], top: int) -> float:
    return round(100 * sum(rank(trial) <= top for trial in trials) / max(len(trials), 1), 1)


COLUMNS: dict[str, Callable[[Sequence[Trial]], float]] = {
    "line_top_10_percent": lambda trials: _share(trials, lambda trial: trial.line_rank, TOP_LINES),
    "function_top_3_percent": lambda trials: _share(trials, lambda trial: trial.function_rank, TOP_FUNCTIONS),
    "median_line_rank": lambda trials: statistics.median(trial.line_rank for trial in trials),
    "ochiai_line_top_10_percent": lambda trials: _share(trials, lambda trial: trial.peer_line_rank, TOP_LINES),
    "ochiai_function_top_3_percent": lambda trials: _share(trials, lambda t: t.peer_function_rank, TOP_FUNCTIONS),
    "ochiai_median_line_rank": lambda trials: statistics.median(trial.peer_line_rank for trial in trials),
    "selection_complete_percent": lambda trials: _share(trials, lambda trial: 1 - trial.selection.holds_all, 0),
    "selected_median_percent": lambda trials: round(
        100 * statistics.median(trial.selection.share for trial in trials), 1
    ),
}
HEADINGS = ("bugs", "line@10", "func@3", "median", "och@10", "och f@3", "och med", "sel ok", "selected")


def _print_tables(suites: Sequence[Suite], trials: Sequence[Trial], discarded: Counter[str]) -> None:
    for suite in suites:
        print(f"{suite.name:26}{suite.tests:7} tests {suite.plain_cpu_seconds:7.2f} CPU s plain"
              f" {suite.traced_cpu_seconds:7.2f} traced")  # fmt: skip
    print(f"did not count: {', '.join(f'{number} {why}' for why, number in sorted(discarded.items())) or 'none'}")
    print("".join([f"{'':20}", *(f"{heading:>9}" for heading in HEADINGS)]))
    for name in ("library", "operator"):
        _print_rows(trials, sorted({getattr(trial, name) for trial in trials}), name)
    _print_row("all", trials)


def _print_rows(trials: Sequence[Trial], values: Iterable[str], attribute: str) -> None:
    for value in values:
        _print_row(value, [trial for trial in trials if getattr(trial, attribute) == value])


def _print_row(name: str, trials: Sequence[Trial]) -> None:
    if trials:
        print("".join([f"{name:20}{len(trials):9}", *(f"{column(trials):9}" for column in COLUMNS.values())]))


def _result(suites: Sequence[Suite], trials: Sequence[Trial]) -> Result:
    factor = statistics.median(suite.traced_cpu_seconds / suite.plain_cpu_seconds for suite in suites)
    figures = {name: column(trials) for name, column in COLUMNS.items()}
    figures |= {"bugs": len(trials), "libraries": len({trial.library for trial in trials})}
    figures["tracing_factor"] = round(factor, 2)
    return Result(
        figures,
        {
            "line_top_10_percent": at_least(figures["line_top_10_percent"], 70),
            "function_top_3_percent": at_least(figures["function_top_3_percent"], 85),
            "tracing_factor": at_most(figures["tracing_factor"], 3),
            "selection_complete_percent": at_least(figures["selection_complete_percent"], 100),
            "selected_median_percent": at_most(figures["selected_median_percent"], 30),
        },
    )
