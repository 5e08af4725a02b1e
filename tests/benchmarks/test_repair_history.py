"""True fixes are chosen by a rule that nobody can bend: one product line and tests, shown by tests that turn green."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks._bugs.plant import Bug
from benchmarks._repair.history import Window, fixes, tasks
from tests.support import write_files

TEST = "from lib import f\n\ndef test_f():\n    assert f({given}) == {wanted}\n"
WINDOW = Window("2000-01-01", "2090-01-01", 1)


def _commit(repository: Path, message: str, files: dict[str, str]) -> None:
    write_files(repository, files)
    subprocess.run(["git", "add", "-A"], cwd=repository, check=True)
    subprocess.run(["git", "commit", "-q", "-m", message], cwd=repository, check=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Six commits, of which the third alone is a fix of one line that a test shows."""
    root = tmp_path / "some+lib" / "repo"
    root.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=root, check=True)
    files = {"pyproject.toml": "", "lib/__init__.py": "def f(a):\n    b = a\n    return b\n"}
    _commit(root, "first", {**files, "tests/test_f.py": TEST.format(given=1, wanted=1)})
    _commit(root, "no test", {"lib/__init__.py": "def f(a):\n    b = a + 0\n    return b\n"})
    fixed = {"lib/__init__.py": "def f(a):\n    b = abs(a)\n    return b\n"}
    _commit(root, "the fix", {**fixed, "tests/test_f.py": TEST.format(given=-1, wanted=1)})
    comment = {"lib/__init__.py": "def f(a):\n    b = abs(a)  # not below 0\n    return b\n"}
    _commit(root, "a comment", {**comment, "tests/test_f.py": TEST.format(given=-2, wanted=2)})
    shown_by_none = {"lib/__init__.py": "def f(a):\n    b = abs(a + 0)\n    return b\n"}
    _commit(root, "no test shows it", {**shown_by_none, "tests/test_f.py": TEST.format(given=-3, wanted=3)})
    two_lines = {"lib/__init__.py": "def f(a):\n    b = abs(a)\n    return 2 * b\n"}
    _commit(root, "two lines", {**two_lines, "tests/test_f.py": TEST.format(given=-3, wanted=6)})
    return root


def _subjects(repository: Path, window: Window) -> list[str]:
    names = [fix.commit for fix in fixes(repository / ".git", window)]
    show = ["git", "log", "--no-walk=unsorted", "--format=%s", *names]
    return subprocess.run(show, cwd=repository, capture_output=True, text=True, check=True).stdout.splitlines()


def test_commits_are_chosen_by_what_they_change(repository: Path) -> None:
    assert _subjects(repository, WINDOW) == ["no test shows it", "the fix"]
    assert _subjects(repository, Window("2000-01-01", "2090-01-01", 2)) == ["two lines", "no test shows it", "the fix"]
    assert fixes(repository / ".git", Window("2000-01-01", "2000-02-01", 1)) == []


@pytest.mark.slow
def test_a_fix_counts_when_its_tests_fail_without_it(repository: Path, tmp_path: Path) -> None:
    found = list(tasks([repository / ".git"], [Path(sys.executable)], WINDOW, tmp_path / "kept"))
    bug = Bug("lib/__init__.py", 2, "f", "    b = abs(a)", "    b = a + 0", "true fix")
    assert [(task.planted.bug, task.tests) for task in found] == [(bug, ("tests/test_f.py::test_f",))]
    with found[0].tree() as tree:
        assert (tree / "lib/__init__.py").read_text() == "def f(a):\n    b = a + 0\n    return b\n"
        assert "f(-1) == 1" in (tree / "tests/test_f.py").read_text()
    assert len(list((tmp_path / "kept" / "fixes").iterdir())) == 2
