"""Runs a library's tests in the sandbox with the plug-in that compares its functions with a patch's."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks._bugs.library import Library
from benchmarks._repair.changed import Changed, changed_functions
from benchmarks._repair.values import DIFFERENT, EQUAL, UNDECIDED, Opinion
from tools.testing.layout import files_of
from tools.testing.results import TestRun

INSIDE = Path(__file__).parent / "inside"
PLUGIN = "regreen_bench_oracle.plugin"
FIRST, MOST_TESTS, MOST_TEST_SECONDS = 20, 100, 20.0
LOOK_SECONDS, RUN_SECONDS = 60, 180
LEAST_INPUTS = 20
BAD_USAGE = 4  # pytest's exit code


@dataclass(frozen=True, slots=True)
class Probe:
    """Compares patches with the true library; `tests` give inputs, and by its traced `run` those near a patch do."""

    library: Library
    tests: Sequence[str]
    run: TestRun | None = None

    def opinion(self, pairs: Mapping[str, tuple[bytes, bytes]], buggy: Mapping[str, bytes] | None = None) -> Opinion:
        """The opinion on a patch by its differing files, as they should be and as they are.

        Given the files with the bug, inputs must show the bug itself: those that do not could not show a difference.
        """
        try:
            functions = {path: changed_functions(*pair) for path, pair in pairs.items()}
            bugs = {path: changed_functions(pairs[path][0], buggy[path]) for path in pairs if buggy and path in buggy}
        except (SyntaxError, ValueError) as error:
            return Opinion(UNDECIDED, str(error))
        with tempfile.TemporaryDirectory(prefix="regreen-oracle-") as folder:
            home = Path(folder).resolve()
            root = shutil.copytree(self.library.root, home / "tree", ignore=shutil.ignore_patterns(".git"))
            rows = []
            for path, found in functions.items():
                sides = [_Side(home, "patched", path, pairs[path][1], found)]
                sides += [_Side(home, "buggy", path, buggy[path], bugs[path])] if buggy and path in bugs else []
                rows += [_row(root / path, one, sides) for one in found]
            return _opinion(self._asked(home, root, rows, self._tests(functions)), must_show=bool(buggy))

    def _tests(self, functions: Mapping[str, Sequence[Changed]]) -> list[str]:
        """The tests named first, then those that ran the functions, the quickest first, as far as there is time.

        Without a traced run nobody knows which these are: the files of the named ones stand for them.
        """
        run = self.run or TestRun()
        places = [(path, range(one.line + 1, one.last_line + 1)) for path, found in functions.items() for one in found]
        near = [name for name, files in run.lines.items()
                if any(not files.get(path, frozenset()).isdisjoint(lines) for path, lines in places)]  # fmt: skip
        near = near if self.run is not None else files_of(self.tests)
        ordered = [*self.tests[:FIRST], *sorted(near, key=lambda name: (run.durations.get(name, 0.0), name))]
        chosen: list[str] = []
        spent = 0.0
        for name in dict.fromkeys(ordered):
            spent += run.durations.get(name, 0.0)
            if len(chosen) >= MOST_TESTS or (chosen and spent > MOST_TEST_SECONDS):
                break
            chosen.append(name)
        return chosen

    def _asked(self, home: Path, root: Path, rows: Sequence[Mapping[str, Any]], tests: Sequence[str]) -> Any:
        settings, answer = home / "settings.json", home / "answer.json"
        given = {"functions": list(rows), "answer": str(answer), "seconds": LOOK_SECONDS}
        settings.write_text(json.dumps(given), encoding="utf-8")
        library = self.library
        env = {"PATH": "/usr/bin:/bin", "HOME": str(home), "TMPDIR": str(home), "LC_ALL": "C.UTF-8",
               "PYTHONPATH": f"{root / library.import_root}:{INSIDE}", "PYTHONDONTWRITEBYTECODE": "1",
               "PYTHONHASHSEED": "0", "REGREEN_BENCH_ORACLE": str(settings)}  # fmt: skip
        sandbox = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--bind", str(home), str(home),
                   "--unshare-all", "--die-with-parent", "--new-session", "--chdir", str(root)]  # fmt: skip
        python = [str(library.python), "-m", "pytest", "-q", "-p", PLUGIN, "-p", "no:cacheprovider"]
        for options in (["-o", "addopts="], []):  # an option in the configuration may want what is not installed
            argv = [*sandbox, *python, *options, *tests]
            try:
                done = subprocess.run(argv, env=env, capture_output=True, stdin=subprocess.DEVNULL, timeout=RUN_SECONDS)
            except subprocess.TimeoutExpired:
                return "the tests did not end"
            if done.returncode != BAD_USAGE and answer.exists():
                return json.loads(answer.read_text(encoding="utf-8"))
        return (done.stdout + done.stderr).decode(errors="replace")[-600:]


class _Side:
    """A version of a file, written beside the tree, and where its changed functions begin."""

    def __init__(self, home: Path, name: str, path: str, data: bytes, changed: Sequence[Changed]) -> None:
        self.name, self.file = name, home / f"{name}-{path.replace('/', '-')}"
        self.lines = {one.line: one.patched_line for one in changed}
        self.file.write_bytes(data)


def _row(file: Path, one: Changed, sides: Sequence[_Side]) -> dict[str, object]:
    """What the plug-in is told of a function."""
    versions = {side.name: (str(side.file), side.lines[one.line]) for side in sides if one.line in side.lines}
    return {"file": str(file), "name": one.name, "line": one.line, "versions": versions}


def _opinion(answer: Any, *, must_show: bool) -> Opinion:
    if isinstance(answer, str):
        return Opinion(UNDECIDED, answer)
    inputs = min((row["counts"]["same"] + row["counts"]["different"] for row in answer), default=0)
    example = next((row["example"] for row in answer if row["example"]), "")
    if example:
        return Opinion(DIFFERENT, example, inputs)
    unfit = next((row["unfit"] for row in answer if row["unfit"]), "")
    if unfit:
        return Opinion(UNDECIDED, unfit)
    if inputs < LEAST_INPUTS:
        return Opinion(UNDECIDED, f"only {inputs} inputs to compare", inputs)
    if must_show and not any(row["shown"] for row in answer):
        return Opinion(UNDECIDED, "no input shows the bug itself", inputs)
    return Opinion(EQUAL, "", inputs)
