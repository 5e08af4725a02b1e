"""How many edits does the lab settle in a processor second, and does it say what a cold run says?

Edits are one-line bugs (`_bugs/`) planted in real libraries, each with the quickest tests that run its function. The
lab and `python -m pytest` settle the same edits with the same tests, both in the sandbox. `REGREEN_BENCH_LIBS` names
the libraries, `REGREEN_BENCH_EDITS` says how many edits, `REGREEN_BENCH_SEED` which. `REGREEN_BENCH_KEEP=DIR` keeps
what is known of each, so that a run goes on where it was cut off.
"""

import os
import pickle
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from benchmarks._bugs.library import Library, libraries, short_name
from benchmarks._bugs.plant import OPERATORS, Bug, Deck
from benchmarks._bugs.trial import CPU_NOTE, Clean, may_be_seen, open_sites
from benchmarks._kept import kept_folder
from benchmarks._repair.planting import clean_of
from benchmarks._result import Result, at_least, at_most
from tools.patch import Edit, decode
from tools.testing.lab.lab import Lab
from tools.testing.lab.place import Place
from tools.testing.results import GREEN
from tools.testing.site import Site

EDITS, QUICK_EDITS = 1500, 40
PROCESSES = 2
MOST_TESTS, SHORT_TEST_SECONDS = 8, 0.001
SEARCHES = 3  # a library
EACH_OPERATOR, EACH_OPERATOR_SEARCHED = 40, 100
COLD_SECONDS = 120.0
SECONDS = 3600.0
TICKS = os.sysconf("SC_CLK_TCK")
Group = tuple[tuple[str, ...], list[Bug]]


@dataclass(frozen=True, slots=True)
class Settled:
    """One edit as the lab (in a warm process or not) and a cold run settle it; CPU seconds of the cold run."""

    bug: Bug
    tests: tuple[str, ...]
    warm: bool
    passes: bool
    cold_passes: bool
    cold_cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Search:
    """Edits that end red on one short test, as nearly all of a search do; CPU seconds of all in the lab, ours too."""

    edits: int
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Measured:
    """A library's edits, its searches, and the CPU seconds of a worker's first verdict after collection."""

    name: str
    settled: tuple[Settled, ...]
    searches: tuple[Search, ...]
    first_cpu_seconds: float


def measure(*, quick: bool) -> Result:
    """Settle every edit twice, and compare."""
    seed = int(os.environ.get("REGREEN_BENCH_SEED", "1"))
    wanted = QUICK_EDITS if quick else int(os.environ.get("REGREEN_BENCH_EDITS", EDITS))
    with libraries() as listed, kept_folder() as folder:
        chosen = sorted(listed, key=lambda library: len(library.sources))[:2] if quick else listed
        each = -(-wanted // len(chosen))
        with ProcessPoolExecutor(PROCESSES) as pool:
            work = partial(_kept, folder=folder, wanted=each, seed=seed)
            found = [one for one in pool.map(work, chosen) if one is not None]
    _print(found)
    return _result(found)


def _kept(library: Library, folder: Path, wanted: int, seed: int) -> Measured | None:
    """What was measured before, or is now; None where the library's own tests do not run here."""
    note = folder / f"lab-{library.name}-{wanted}-{seed}.pickle"
    if note.exists():
        measured = pickle.loads(note.read_bytes())
        assert isinstance(measured, Measured)
        return measured
    clean = clean_of(library, folder)
    if clean is None:
        return None
    measured = _measured(clean, wanted, seed)
    note.write_bytes(pickle.dumps(measured))
    return measured


def _measured(clean: Clean, wanted: int, seed: int) -> Measured:
    bugs, searched = list(_dealt(clean, seed, EACH_OPERATOR)), list(_dealt(clean, seed, EACH_OPERATOR_SEARCHED))
    groups = list(_grouped(clean, bugs, wanted))
    shorts = _busiest(clean)
    tests = tuple(dict.fromkeys([*shorts, *(test for names, _ in groups for test in names)]))
    with open_sites(clean.library, SECONDS, timed=False) as (sites, base), closing(sites.open(base)) as site:
        place = Place(site.runner, site.workspace.tree, site.workspace.reset)
        with Lab([place], tests, clean.run.durations) as lab:
            first = _first_verdict(lab, place, groups[0])
            warm = [_in_the_lab(lab, place, group) for group in groups]
            searches = [_search(lab, place, _on_lines(clean, searched, test), test) for test in shorts]
    with open_sites(clean.library, SECONDS) as (sites, base), closing(sites.open(base)) as site:
        settled = [
            Settled(bug, names, *result, *_cold(site, bug, names))
            for (names, members), results in zip(groups, warm, strict=True)
            for bug, result in zip(members, results, strict=True)
        ]
    print(f"{clean.library.name}: {len(settled)} edits", file=sys.stderr, flush=True)
    return Measured(clean.library.name, tuple(settled), tuple(searches), first)


def _dealt(clean: Clean, seed: int, each: int) -> Iterator[Bug]:
    """Bugs in functions that tests run."""
    deck = Deck(clean.library.files(), seed)
    for operator in sorted(OPERATORS):
        seen = (bug for bug in deck.deal(operator) if may_be_seen(clean, bug))
        yield from (bug for bug in islice(seen, each) if bug.function != "<module>")


def _grouped(clean: Clean, bugs: Sequence[Bug], wanted: int) -> Iterator[Group]:
    """Bugs by the function they are in, with the quickest tests that run it."""
    by_function: dict[tuple[str, str], list[Bug]] = defaultdict(list)
    for bug in bugs:
        by_function[bug.path, bug.function].append(bug)
    left = wanted
    for _, members in sorted(by_function.items(), key=lambda item: (-len(item[1]), item[0])):
        tests = _covering(clean, members)
        if tests and left > 0:
            yield tests, members[:left]
            left -= len(members[:left])


def _covering(clean: Clean, bugs: Sequence[Bug]) -> tuple[str, ...]:
    lines, green = {bug.line for bug in bugs}, set(clean.run.green)
    found = [name for name, files in clean.run.lines.items() if not lines.isdisjoint(files.get(bugs[0].path, ()))]
    ordered = sorted(found, key=lambda name: (clean.run.durations.get(name, 0.0), name))
    return tuple([name for name in ordered if name in green][:MOST_TESTS])


def _busiest(clean: Clean) -> list[str]:
    """The short tests that run most lines."""
    green = set(clean.run.green)
    short = [name for name in clean.run.lines
             if name in green and clean.run.durations.get(name, 0.0) <= SHORT_TEST_SECONDS]  # fmt: skip
    return sorted(short, key=lambda name: (-sum(map(len, clean.run.lines[name].values())), name))[:SEARCHES]


def _on_lines(clean: Clean, bugs: Sequence[Bug], test: str) -> list[Bug]:
    lines = clean.run.lines[test]
    return [bug for bug in bugs if bug.line in lines.get(bug.path, ())]


def _edit(place: Place, bug: Bug) -> Edit:
    text = place.text(bug.path)
    return Edit(bug.path, 0, len(text), decode(bug.planted(text.encode("utf-8", "surrogateescape"))))


def _first_verdict(lab: Lab, place: Place, group: Group) -> float:
    """CPU seconds from the end of collection to the first verdict."""
    names, bugs = group
    lab.workers[0].start()
    before = _of_all(lab)
    next(lab.try_edits([_edit(place, bugs[0])], names))
    return _of_all(lab) - before


def _in_the_lab(lab: Lab, place: Place, group: Group) -> list[tuple[bool, bool]]:
    """For each edit whether it was settled warm, and whether it passes."""
    names, bugs = group
    results = lab.try_edits([_edit(place, bug) for bug in bugs], names)
    return [(result.warm, result.passes(names)) for result in results]


def _search(lab: Lab, place: Place, bugs: Sequence[Bug], test: str) -> Search:
    edits = [_edit(place, bug) for bug in bugs]
    red = [result.edit for result in lab.try_edits(edits, [test]) if result.warm and not result.passes([test])]
    before, own = _of_all(lab), time.process_time()
    for _ in lab.try_edits(red, [test]):
        pass
    return Search(len(red), _of_all(lab) - before + time.process_time() - own)


def _of_all(lab: Lab) -> float:
    return sum(_cpu_seconds(worker.process.pid) for worker in lab.workers if worker.process is not None)


def _cpu_seconds(pid: int) -> float:
    """Of a process and all below it, those included that it has waited for."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS + sum(_cpu_seconds(int(child)) for child in children)


def _cold(site: Site, bug: Bug, tests: Sequence[str]) -> tuple[bool, float]:
    """Whether a run of pytest passes, and its CPU seconds."""
    path = site.workspace.tree / bug.path
    path.write_bytes(bug.planted(path.read_bytes()))
    run = site.runner.run(tests, timeout_seconds=COLD_SECONDS)
    site.workspace.reset()
    note = site.runner.io / CPU_NOTE
    spent = float(note.read_text()) if note.exists() else 0.0
    note.unlink(missing_ok=True)
    return run.complete and all(run.status_of(test) in GREEN for test in tests), spent


HEADINGS = {"edits": "edits", "passing": "passing", "false +": "false_passes", "false -": "false_failures",
            "warm %": "warm_percent", "search": "search_edits", "a CPU s": "edits_per_cpu_second",
            "x cold": "times_cold"}  # fmt: skip


def _print(found: Sequence[Measured]) -> None:
    print("".join([f"{'':22}", *(f"{heading:>9}" for heading in HEADINGS)]))
    for one in found:
        rates = _rates([one])
        print("".join([f"{short_name(one.name):22}", *(f"{rates[name]:9.0f}" for name in HEADINGS.values())]))
        for case in one.settled:
            if case.passes != case.cold_passes:
                print(f"    lab {case.passes}, cold {case.cold_passes}: {case.bug} by {', '.join(case.tests)}")


def _rates(found: Sequence[Measured]) -> dict[str, float]:
    cases = [case for one in found for case in one.settled]
    searches = [search for one in found for search in one.searches]
    tried, spent = sum(search.edits for search in searches), sum(search.cpu_seconds for search in searches)
    speed = tried / max(spent, 1 / TICKS)
    cold = statistics.mean(case.cold_cpu_seconds for case in cases) if cases else 0.0
    return {
        "edits": len(cases),
        "passing": sum(case.passes for case in cases),
        "false_passes": sum(case.passes and not case.cold_passes for case in cases),
        "false_failures": sum(case.cold_passes and not case.passes for case in cases),
        "warm_percent": 100 * sum(case.warm for case in cases) / max(len(cases), 1),
        "search_edits": tried,
        "edits_per_cpu_second": speed,
        "times_cold": speed * cold,
        "first_verdict_cpu_seconds": max((one.first_cpu_seconds for one in found), default=0.0),
    }


def _result(found: Sequence[Measured]) -> Result:
    figures = {name: round(value, 3) for name, value in _rates(found).items()}
    share = round(figures["false_failures"] / max(figures["edits"], 1), 4)
    return Result(
        figures,
        {
            "edits_per_cpu_second": at_least(figures["edits_per_cpu_second"], 500),
            "times_cold": at_least(figures["times_cold"], 250),
            "false_passes": at_most(figures["false_passes"], 0),
            "false_failures_share": at_most(share, 0.005),
            "passing": at_least(figures["passing"], 300),
            "first_verdict_cpu_seconds": at_most(figures["first_verdict_cpu_seconds"], 0.3),
        },
    )
