"""A scratch copy that trials work on, kept as it was: what a candidate does to its files must not reach the next."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from tools.patch import decode
from tools.testing.run import RunsTests

# Looking at more files after each trial would cost more than the trial; then only trials that ended badly are mended.
MAX_WATCHED_FILES = 3000

# A test that looks at another's failure may see that its asserts are not rewritten.
ABOUT_ASSERTIONS = re.compile(rb"AssertionError|assertrepr|assert_rewrite|pytester|testdir")

Stamps = dict[str, tuple[int, int]]


class Place:
    """One tree with its runner. `restore` puts the whole tree back; it is called only when something is amiss."""

    def __init__(self, runner: RunsTests, tree: Path, restore: Callable[[], None] = lambda: None) -> None:
        self.runner = runner
        self.tree = tree
        self._restore = restore
        self._originals: dict[str, bytes] = {}
        self._stamps: Stamps | None = _stamps(tree)

    def is_about_assertions(self, tests: Sequence[str]) -> bool:
        """Whether a file of these tests, or a conftest.py above it, names what the rewriting of asserts changes."""
        root = self.tree / self.runner.cwd
        paths = {Path(os.path.normpath(root / test.split("::")[0])) for test in tests}
        folders = {folder for path in paths for folder in path.parents if folder.is_relative_to(self.tree)}
        return any(_names_assertions(path) for path in [*paths, *(folder / "conftest.py" for folder in folders)])

    def text(self, path: str) -> str:
        """The unedited text of a file."""
        if path not in self._originals:
            self._originals[path] = (self.tree / path).read_bytes()
        return decode(self._originals[path])

    def tidy(self, edited: str, *, ended_well: bool) -> bool:
        """After a trial of an edit of one file: put the tree back if it is not as it was; True when it was."""
        if ended_well and self._is_intact(edited):
            return True
        self._restore()
        target = self.tree / edited
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(self._originals[edited])
        self._stamps = _stamps(self.tree)
        return False

    def _is_intact(self, edited: str) -> bool:
        target = self.tree / edited
        if target.is_symlink() or not target.is_file() or target.read_bytes() != self._originals[edited]:
            return False
        if self._stamps is None:
            return True
        now = _stamps(self.tree)
        if now is not None and edited in now:  # written and put back, so of another time than before
            self._stamps[edited] = now[edited]
        return now == self._stamps


def _names_assertions(path: Path) -> bool:
    try:
        return path.is_file() and ABOUT_ASSERTIONS.search(path.read_bytes()) is not None
    except OSError:
        return True


def _stamps(tree: Path) -> Stamps | None:
    """Size and time of every file below a tree; None when there are too many."""
    found: Stamps = {}
    top = f"{tree}{os.sep}"
    for folder, folders, files in os.walk(tree):
        folders[:] = [name for name in folders if name not in (".git", "__pycache__", ".pytest_cache")]
        for name in files:
            path = f"{folder}{os.sep}{name}"  # as text: this runs after each batch of trials, for every file
            status = os.lstat(path)
            found[path.removeprefix(top)] = (status.st_size, status.st_mtime_ns)
        if len(found) > MAX_WATCHED_FILES:
            return None
    return found
