"""How long does the hook hold up a commit, and how often does it mend a bug that is staged?

Seconds on a made project of 500 tests; bugs of `_bugs/` staged in libraries, within the hook's own 20 seconds.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, starmap
from pathlib import Path

from agent.report.story import offered_patch
from agent.trace.journal import NAME, read_journal
from agent.trace.runs import RunStore
from benchmarks._bugs.library import FOLDER, libraries
from benchmarks._kept import kept_folder
from benchmarks._repair.command import IDENTITY
from benchmarks._repair.opinion import opinion_of
from benchmarks._repair.planting import clean_of, in_turn
from benchmarks._repair.task import Task
from benchmarks._repair.values import NO_PATCH, RIGHT
from benchmarks._result import Result, at_least, at_most

REGREEN = str(Path(sys.executable).with_name("regreen"))
MODULES, TESTS, LIBRARIES, BUGS = 50, 10, 3, 30
BOX_SECONDS = os.environ.get("REGREEN_BENCH_SECONDS", "20")  # more, where a process gets a part of a core
MODULE = "def times(number):\n    return number * {n}\n\n\ndef plus(number):\n    return number + {n}\n"
TEST = "\n\ndef test_{name}_{k}():\n    assert m{n}.{name}({k}) == {expected}\n"


@dataclass(frozen=True, slots=True)
class Ran:
    """One call of the hook: wall seconds, processor seconds of it and all it started, exit code."""

    seconds: float
    cpu_seconds: float
    code: int


def measure(*, quick: bool) -> Result:
    """Time the hook; then, where libraries are named, stage bugs in them."""
    with tempfile.TemporaryDirectory(prefix="regreen-hook-") as name:
        folder = Path(name).resolve()
        figures = _times(folder, 3 if quick else 15)
        if os.environ.get(FOLDER):
            with kept_folder() as kept:
                figures |= _bugs(kept, 2 if quick else BUGS)
    for name, figure in figures.items():
        print(f"{name:40}{figure:10}")
    goals = {
        "nothing_impacted_seconds": at_most(figures["nothing_impacted_seconds"], 0.5),
        "one_file_beside_its_tests_seconds": at_most(figures["one_file_beside_its_tests_seconds"], 3),
    }
    if "bugs" in figures and not quick:
        goals["bugs"] = at_least(figures["bugs"], BUGS)
    return Result(figures, goals)


def _times(folder: Path, rounds: int) -> dict[str, float]:
    """Medians on the made project: nothing impacted, a change with and without known lines, and the tests alone."""
    tree = _project(folder / "project")
    kinds: dict[str, list[Ran]] = {"nothing_staged": [], "nothing_impacted": [], "no_test_reached": [], "one_file": []}
    first = _staged(tree, {"m1.py": MODULE.format(n=1) + "# 0\n"})
    _git(tree, "commit", "-q", "-m", "lines are known")
    tests = []
    for number in range(rounds):
        _git(tree, "reset", "-q", "--hard")
        kinds["nothing_staged"].append(_hook(tree))
        kinds["nothing_impacted"].append(_staged(tree, {"README.md": f"{number}\n"}))
        kinds["no_test_reached"].append(_staged(tree, {"alone.py": f"x = {number}\n"}))
        kinds["one_file"].append(_staged(tree, {"m1.py": MODULE.format(n=1).replace("* 1", f"* 1 * {number} ** 0")}))
        tests.append(_pytest(tree, "test_m1.py"))
    figures = {f"{name}_seconds": _median(ran.seconds for ran in calls) for name, calls in kinds.items()}
    figures |= {f"{name}_cpu_seconds": _median(ran.cpu_seconds for ran in calls) for name, calls in kinds.items()}
    own = _median(ran.seconds for ran in tests)
    figures |= {"one_file_first_time_seconds": round(first.seconds, 2), "its_tests_by_pytest_seconds": own,
                "one_file_beside_its_tests_seconds": round(figures["one_file_seconds"] - own, 2),
                "load_average": round(os.getloadavg()[0], 1)}  # fmt: skip
    wrong = [ran for calls in kinds.values() for ran in calls if ran.code]
    if wrong:
        raise SystemExit(f"{len(wrong)} calls of the hook ended with an error on green tests")
    return figures


def _bugs(folder: Path, wanted: int) -> dict[str, float]:
    """What the hook makes of staged bugs: refused, proposed, right."""
    ends: list[tuple[int, str, float]] = []
    for task in _planted(folder, wanted):
        with task.tree() as tree:
            ends.append(_one(task, tree))
        code, word, seconds = ends[-1]
        print(f"{task.planted.name} {task.planted.bug.operator}: {code}, {word}, {seconds:.1f} s", file=sys.stderr)
    if not ends:
        raise SystemExit("the tests of none of these libraries run here")
    words = [word for _, word, _ in ends]
    right = sum(word in RIGHT for word in words)
    return {
        "bugs": len(ends),
        "box_seconds": float(BOX_SECONDS),
        "refused_percent": _percent(sum(code == 1 for code, _, _ in ends), len(ends)),
        "proposed_percent": _percent(sum(word != NO_PATCH for word in words), len(ends)),
        "right_percent": _percent(right, len(ends)),
        "right_of_proposed_percent": _percent(right, sum(word != NO_PATCH for word in words)),
        "bug_median_seconds": _median(seconds for _, _, seconds in ends),
        "bug_longest_seconds": round(max(seconds for _, _, seconds in ends), 1),
    }


def _planted(folder: Path, wanted: int) -> Iterator[Task]:
    """Bugs that turn a test red, in turn from the smallest libraries."""
    with libraries() as listed:
        smallest = sorted(listed, key=lambda library: sum(map(len, library.files().values())))
        cleans = list(islice((clean for one in smallest if (clean := clean_of(one, folder))), LIBRARIES))
        yield from starmap(Task.of_planted, in_turn(cleans, 1, "training", wanted, folder / "bugs"))


def _one(task: Task, tree: Path) -> tuple[int, str, float]:
    """Exit code, our opinion of the patch, and seconds, of a bug that is staged on the true tree."""
    path = tree / task.planted.bug.path
    path.write_bytes((task.library.root / task.planted.bug.path).read_bytes())
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A", "-f"], ["commit", "-q", "-m", "base"]):
        _git(tree, *arguments)
    path.write_bytes(task.buggy)
    _git(tree, "add", "-A")
    roots = {"PYTHONPATH": str(tree / task.library.import_root)}
    options = ["--max-seconds", BOX_SECONDS, "--sandbox", "require", "--python", str(task.library.python)]
    ran = _hook(tree, *options, more=roots)
    store = RunStore(tree / ".git" / "regreen" / "runs")
    patch = offered_patch(read_journal(store.find("last") / NAME)) if store.ids() else ""
    return ran.code, opinion_of(task.probe, tree, task.planted.bug.path, patch).word, ran.seconds


def _project(tree: Path) -> Path:
    """A package-less project: modules, and a test file for each."""
    tree.mkdir()
    for n in range(1, MODULES + 1):
        cases = [("times" if k % 2 else "plus", k, k * n if k % 2 else k + n) for k in range(TESTS)]
        tests = "".join(TEST.format(name=name, k=k, n=n, expected=expected) for name, k, expected in cases)
        (tree / f"m{n}.py").write_text(MODULE.format(n=n))
        (tree / f"test_m{n}.py").write_text(f"import m{n}\n{tests}")
    (tree / "README.md").write_text("A project.\n")
    (tree / "alone.py").write_text("")
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "base"]):
        _git(tree, *arguments)
    return tree


def _staged(tree: Path, files: Mapping[str, str]) -> Ran:
    """The hook with these files staged alone."""
    _git(tree, "reset", "-q", "--hard")
    for path, text in files.items():
        (tree / path).write_text(text)
    _git(tree, "add", "-A")
    return _hook(tree, "--max-seconds", "120", "--python", sys.executable)


def _hook(tree: Path, *arguments: str, more: Mapping[str, str] | None = None) -> Ran:
    return _timed([REGREEN, "hook", *arguments], tree, more or {})


def _pytest(tree: Path, *tests: str) -> Ran:
    return _timed([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests], tree, {})


def _timed(argv: Sequence[str], tree: Path, more: Mapping[str, str]) -> Ran:
    home = tree.parent / "home"
    home.mkdir(exist_ok=True)
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8", **IDENTITY, **more}
    before, started = os.times(), time.perf_counter()
    done = subprocess.run(argv, cwd=tree, env=env, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    seconds, after = time.perf_counter() - started, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Ran(seconds, cpu, done.returncode)


def _git(tree: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=tree, env={**os.environ, **IDENTITY}, check=True, capture_output=True)


def _median(values: Iterable[float]) -> float:
    return round(statistics.median(values), 2)


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 0.0
