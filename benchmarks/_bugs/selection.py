"""Would the tests that a bug turns red have been selected from what was known before it was planted?"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from benchmarks._bugs.plant import Bug
from tools.testing.changes import file_change
from tools.testing.imports import ImportGraph
from tools.testing.results import TestRun
from tools.testing.select import FileChange, impacted


@dataclass(frozen=True, slots=True)
class Selected:
    """Whether every red test was selected, and the selected share of the suite."""

    holds_all: bool
    share: float


def change_of(bug: Bug, clean: bytes) -> FileChange:
    """The bug as a change of the clean file, in its lines."""
    return file_change(bug.path, clean.decode(), bug.planted(clean).decode())


def selected(change: FileChange, red: Collection[str], known: TestRun, tree: Path) -> Selected:
    """Select from a traced run of the clean tree for one change."""
    files = [path.relative_to(tree).as_posix() for path in tree.rglob("*.py")]
    picked = impacted([change], known, ImportGraph.of(tree, files))
    names = set(picked.tests)
    tests = {name for name in known.statuses if picked.everything or name in names or name.split("::")[0] in names}
    return Selected(set(red) <= tests, len(tests) / len(known.statuses))
