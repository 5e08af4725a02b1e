"""True fixes out of git histories, by a rule that looks at the commit alone, and tests that show each.

A commit counts when it changes at most so many lines of one product file, and test files beside it; when the product
file's program differs; and when tests fail with its parent's product file and pass with its own, everything else being
as the commit has it. Merges and other branches do not count.
"""

import io
import subprocess
import sys
import tarfile
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from agent.core.errors import RegreenError
from benchmarks._bugs.library import NOT_PRODUCT, Library, describe
from benchmarks._bugs.plant import Bug
from benchmarks._bugs.source import Source
from benchmarks._bugs.trial import open_sites
from benchmarks._repair.task import Task
from benchmarks._repair.trees import same_tree
from benchmarks._repair.values import Planted, keep, kept
from tools.testing.layout import is_test_path
from tools.testing.results import GREEN, TestRun
from tools.workspace.git import run_git

RUN_SECONDS = 240.0
TEST_FOLDERS = frozenset({"test", "tests", "testing"})


@dataclass(frozen=True, slots=True)
class Window:
    """Commits from a day to a day (`2024-01-01`), with at most so many product lines added, and removed.

    `without` are paths that no tree is to have, such as tests that never end here.
    """

    since: str
    until: str
    lines: int
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fix:
    """A commit that changes one product file and some test files."""

    git_dir: Path
    commit: str
    path: str
    tests: tuple[str, ...]

    @property
    def repository(self) -> str:
        return self.git_dir.resolve().parent.name.split("+")[-1]

    @property
    def name(self) -> str:
        return f"{self.repository}-{self.commit[:10]}"

    def text(self, revision: str) -> bytes:
        """The product file at `commit` or before it, given as what follows the commit's name."""
        return _git(self.git_dir, "show", f"{self.commit}{revision}:{self.path}")


def fixes(git_dir: Path, window: Window) -> list[Fix]:
    """Commits that count as far as they tell themselves, the newest first."""
    listed = _git(git_dir, "log", "HEAD", "--no-merges", f"--since={window.since}", f"--until={window.until}",
                  "--no-renames", "--numstat", "--format=commit %H").decode(errors="replace")  # fmt: skip
    found = (_fix(git_dir, part.split("\n"), window.lines) for part in listed.split("commit ")[1:])
    return [fix for fix in found if fix is not None and not same_tree(fix.text("^"), fix.text(""))]


def _is_test(path: str) -> bool:
    return is_test_path(path) or path.split("/")[0] in TEST_FOLDERS


def _fix(git_dir: Path, lines: Sequence[str], most: int) -> Fix | None:
    rows = [row for line in lines[1:] if len(row := line.split("\t")) == 3 and row[2].endswith(".py")]
    tests = [path for _, _, path in rows if _is_test(path)]
    product = [row for row in rows if not _is_test(row[2]) and row[2].split("/")[0] not in NOT_PRODUCT]
    if len(product) != 1 or not tests or not all(count.isdigit() and int(count) <= most for count in product[0][:2]):
        return None
    return Fix(git_dir, lines[0].strip(), product[0][2], tuple(tests))


def tasks(repositories: Sequence[Path], pythons: Sequence[Path], window: Window, folder: Path) -> Iterator[Task]:
    """A task for every fix that its tests show, histories in turn; why the others do not count is kept beside them."""
    waiting = deque(_of_one(*pair, window, folder) for pair in zip(repositories, pythons, strict=True))
    while waiting:
        one = waiting.popleft()
        task = next(one, None)
        if task is not None:
            waiting.append(one)
            yield task


def _of_one(git_dir: Path, python: Path, window: Window, folder: Path) -> Iterator[Task]:
    for fix in fixes(git_dir, window):
        task = _task(fix, python, folder, window.without)
        if task is not None:
            yield task


def _task(fix: Fix, python: Path, folder: Path, without: Sequence[str]) -> Task | None:
    library = _exported(fix, python, folder / "trees", without)
    true, buggy = fix.text(""), fix.text("^")
    row = kept(folder / "fixes", fix.name)
    planted = (
        Planted.from_row(row) if row is not None else Planted(fix.name, fix.repository, _bug(fix, true, buggy), ())
    )
    task = Task(planted, library, buggy)
    if row is None:
        task = replace(task, planted=_shown(task, fix))
        keep(folder / "fixes", task.planted)
        print(f"{fix.name}: {task.planted.lack or f'{len(task.planted.red)} red'}", file=sys.stderr, flush=True)
    return None if task.planted.lack else replace(task, tests=task.planted.red)


def _exported(fix: Fix, python: Path, trees: Path, without: Sequence[str]) -> Library:
    root = trees / fix.name
    if not root.exists():
        root.mkdir(parents=True)
        with tarfile.open(fileobj=io.BytesIO(_git(fix.git_dir, "archive", fix.commit))) as archive:
            archive.extractall(root, filter="data")
        for path in without:
            (root / path).unlink(missing_ok=True)
        run_git(["init", "-q", "-b", "main"], root)
    return describe(root, python)


def _bug(fix: Fix, true: bytes, buggy: bytes) -> Bug:
    """The first line that differs, as it is in the true file and as it was."""
    one, other = true.decode().splitlines(), buggy.decode().splitlines()
    at = next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), len(one) - 1)
    return Bug(fix.path, at + 1, Source(true).named(at + 1), one[at], "".join(other[at : at + 1]), "true fix")


def _shown(task: Task, fix: Fix) -> Planted:
    tests = [path for path in fix.tests if (task.library.root / path).is_file()]
    try:
        with task.tree() as tree:
            run_git(["init", "-q", "-b", "main"], tree)
            before = _run(replace(task.library, root=tree), tests)
        after = _run(task.library, tests)
    except RegreenError as error:
        return replace(task.planted, lack=f"breaks the run: {error.message}")
    red = tuple(name for name in before.red if after.status_of(name) in GREEN)
    if not (before.complete and after.complete):
        return replace(task.planted, lack="its tests do not run to their end here")
    lack = "" if red else "no test shows it" if after.green else "its tests do not run here"
    return replace(task.planted, red=red, lack=lack)


def _run(library: Library, tests: Sequence[str]) -> TestRun:
    with open_sites(library, RUN_SECONDS, timed=False) as (sites, base), closing(sites.open(base)) as site:
        return site.runner.run(tests, timeout_seconds=RUN_SECONDS)


def _git(git_dir: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", "--git-dir", str(git_dir), *arguments], capture_output=True, check=True).stdout
