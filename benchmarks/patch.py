"""How often do patch appliers do the right thing with damaged patches? Ours beside the public ones, each sandboxed."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks._patch.appliers import APPLIERS, OURS
from benchmarks._patch.generate import cases
from benchmarks._patch.history import Commit, commits
from benchmarks._patch.inside import lay
from benchmarks._patch.sandbox import ROOT, python_for, run_inside
from benchmarks._patch.tables import Rates, Tried, appliers_table, classes_table, counts_line, rates
from benchmarks._patch.values import FORMS, Case, Form
from benchmarks._result import Goal, Result, at_least, at_most

REPOS = "REGREEN_BENCH_REPOS"
SEED = "REGREEN_BENCH_SEED"
CASES = "REGREEN_BENCH_CASES"
SHOW = "REGREEN_BENCH_SHOW"
TIMED = 300  # cases


def measure(*, quick: bool) -> Result:
    """Make the cases, let every installed applier at them, print the tables."""
    seed = int(os.environ.get(SEED, "1"))
    made = cases(_history(seed, 150 if quick else 700), seed, int(os.environ.get(CASES, "200" if quick else "3000")))
    ours: list[Tried] = []
    for form in FORMS:
        results, absent = _results([case for case in made if case.form == form])
        ours += results[OURS]
        print(appliers_table(form, results, absent))
        print(f"  {OURS}, counts: {counts_line(results[OURS])}\n")
    print(classes_table(ours))
    speeds = _speeds(ours)
    print(f"\npatches per CPU second: {speeds['decided']:.0f} decided, {speeds['applied']:.0f} applied and synced;")
    print(f"parsing and syncing the outcome alone: {speeds['floor']:.0f}")
    _show(ours)
    return _result(ours, speeds)


def _history(seed: int, most: int) -> list[Commit]:
    """Commits of the repositories named in the environment, else of this one."""
    named = [Path(path) for path in os.environ.get(REPOS, "").split(os.pathsep) if path] or [ROOT]
    places = [path / ".git" if (path / ".git").exists() else path for path in named]
    found = [commit for place in places for commit in commits(str(place), seed, most // len(places))]
    if not found:
        raise OSError(f"no commit with a change of text files; name other repositories in {REPOS}")
    return found


def _results(made: Sequence[Case]) -> tuple[dict[str, list[Tried]], list[str]]:
    results: dict[str, list[Tried]] = {}
    absent: list[str] = []
    for name, applier in APPLIERS.items():
        if not made or made[0].form not in applier.forms:
            continue
        python = sys.executable if name == OURS else python_for(applier.program, applier.module)
        if python is None:
            absent.append(name)
            continue
        answers = run_inside("inside", name, cases=made, python=python)
        results[name] = [Tried(case, *answer) for case, answer in zip(made, answers, strict=True)]
    return results, absent


def _speeds(ours: Sequence[Tried]) -> Mapping[str, float]:
    typical = [row.case for row in ours if row.outcome == "exact"][:: max(len(ours) // TIMED, 1)]
    with tempfile.TemporaryDirectory() as folder:
        speeds: dict[str, float] = run_inside("speed", folder, cases=typical, python=sys.executable, disk=Path(folder))
    return speeds


def _show(ours: Sequence[Tried]) -> None:
    """Write each case of ours that is not right as a folder, where the environment asks for it."""
    if SHOW not in os.environ:
        return
    folder = Path(os.environ[SHOW])
    for row in ours:
        place = folder / row.case.name
        shutil.rmtree(place, ignore_errors=True)
        if row.acceptable and row.outcome == ("refused" if row.case.category == "must_refuse" else "exact"):
            continue
        lay(place / "input", row.case.before)
        lay(place / "expected", row.case.after)
        said = f"{row.case.category}: {row.outcome}\n{row.message}\n"
        lay(place, {"patch.txt": row.case.patch.encode(), "verdict.txt": said.encode()})


def _result(ours: Sequence[Tried], speeds: Mapping[str, float]) -> Result:
    by_form = {form: rates([row for row in ours if row.case.form == form]) for form in FORMS}
    figures = {f"{form}_{name}": round(share, 4) for form, name, share in _named(by_form)}
    figures |= {f"{name}_per_cpu_second": round(speed, 1) for name, speed in speeds.items()}
    goals: dict[str, Goal] = {}
    for form in FORMS:
        goals |= {f"{form}_{name}": goal for name, goal in _goals(by_form[form]).items()}
    goals["decided_per_cpu_second"] = at_least(figures["decided_per_cpu_second"], 1000)
    goals["applied_per_cpu_second"] = at_least(figures["applied_per_cpu_second"], 150)
    return Result(figures, goals)


def _named(by_form: Mapping[Form, Rates]) -> Iterator[tuple[str, str, float]]:
    for form, found in by_form.items():
        for name, share in asdict(found).items():
            if share is not None:
                yield form, name, share


def _goals(found: Rates) -> dict[str, Goal]:
    accidents = sum(share or 0 for share in (found.noop, found.half, found.escape))
    return {
        "enough_exact": at_least(found.enough_exact or 0, 0.98),
        "wrong": at_most(found.wrong or 0, 0.001),
        "may_right": at_least(found.may_right or 0, 0.6),
        "must_refused": at_least(found.must_refused or 0, 1),
        "escapes_halves_and_noops": at_most(accidents, 0),
    }
