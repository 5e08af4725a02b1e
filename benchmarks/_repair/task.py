"""One bug to mend: the true tree, the files as the bug has them, and the tests that the command is given."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks._bugs.library import Library
from benchmarks._bugs.trial import Clean
from benchmarks._repair.probe import Probe
from benchmarks._repair.values import Planted
from tools.testing.results import TestRun


@dataclass(frozen=True, slots=True)
class Task:
    """A bug, the true library, and the bug's file as bytes.

    `tests` are what the command is told, nothing for whatever fails; `run` is a traced run of the true library, where
    there is one.
    """

    planted: Planted
    library: Library
    buggy: bytes
    tests: tuple[str, ...] = ()
    run: TestRun | None = None

    @classmethod
    def of_planted(cls, clean: Clean, planted: Planted) -> "Task":
        """A planted bug: the command finds out itself what fails."""
        path = clean.library.root / planted.bug.path
        return cls(planted, clean.library, planted.bug.planted(path.read_bytes()), (), clean.run)

    @property
    def probe(self) -> Probe:
        """What compares patches with the true program."""
        return Probe(self.library, self.planted.red, self.run)

    @contextmanager
    def tree(self) -> Iterator[Path]:
        """A scratch copy of the library with the bug, gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="regreen-repair-") as home:
            root = Path(home).resolve() / self.library.name
            shutil.copytree(self.library.root, root, symlinks=True, ignore=shutil.ignore_patterns(".git"))
            (root / self.planted.bug.path).write_bytes(self.buggy)
            yield root
