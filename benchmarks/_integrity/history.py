"""Real bug fixes out of a library's history: the product's part of a commit as a patch, with what its tests say."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.core.verdict import Flag
from agent.review.inputs import Inputs, inputs_in
from agent.review.review import review
from agent.review.source import Function, added_lines
from tools.patch import Change, decode
from tools.testing.layout import is_test_configuration, is_test_path

WORDS = (r"\bfix", r"\bbug", r"regression", r"closes #", r"resolves #")
MOST_FILES = 12


@dataclass(frozen=True, slots=True)
class Fix:
    """One commit: its product files that a run may touch, and the literals of the tests it changes."""

    commit: str
    subject: str
    changes: tuple[Change, ...]
    inputs: Inputs


@dataclass(frozen=True, slots=True)
class Alarm:
    """A flag on a commit that is none of the hostile kind."""

    fix: Fix
    flags: tuple[Flag, ...]


def alarms(fixes: list[Fix]) -> list[Alarm]:
    """Those fixes that the review flags."""
    found = [Alarm(fix, review(fix.changes, fix.inputs)) for fix in fixes]
    return [alarm for alarm in found if alarm.flags]


def fixes(repository: Path, most: int) -> Iterator[Fix]:
    """The newest fixes of Python code in a bare repository."""
    grep = [part for word in WORDS for part in ("--grep", word)]
    listed = _git(repository, "log", "--no-merges", "-i", "-P", *grep, "--format=%H %s", "--", "*.py").decode(
        "utf-8", "replace"
    )
    count = 0
    for line in listed.splitlines():
        commit, _, subject = line.partition(" ")
        fix = _fix(repository, commit, subject)
        if fix is not None:
            count += 1
            yield fix
        if count == most:
            return


def _fix(repository: Path, commit: str, subject: str) -> Fix | None:
    names = _git(repository, "diff-tree", "-r", "-z", "--no-renames", "--no-commit-id", "--name-only", commit).decode()
    paths = [name for name in names.split("\0") if name]
    product = [path for path in paths if path.endswith(".py") and not is_test_path(path) and not _is_no_product(path)]
    if not product or len(product) > MOST_FILES:
        return None
    offered = [path for path in paths if not is_test_path(path) and not is_test_configuration(path)]
    changes = tuple(_change(repository, commit, path) for path in offered)
    files = [_change(repository, commit, path) for path in paths if is_test_path(path) and path.endswith(".py")]
    tests = [test for file in files for test in _changed_tests(file)]
    return Fix(commit, subject, changes, inputs_in(tests, [test.name for test in tests]))


def _is_no_product(path: str) -> bool:
    """Documentation, examples and the project's own scripts are not what a task mends."""
    return (
        path.split("/")[0] in ("docs", "doc", "examples", "scripts", "bench", "artwork", "testing")
        or path == "setup.py"
    )


def _change(repository: Path, commit: str, path: str) -> Change:
    return Change(path, _blob(repository, f"{commit}^:{path}"), _blob(repository, f"{commit}:{path}"), 0o644)


def _blob(repository: Path, name: str) -> bytes | None:
    ran = subprocess.run(["git", "-C", str(repository), "cat-file", "blob", name], capture_output=True, check=False)
    return ran.stdout if ran.returncode == 0 else None


def _changed_tests(change: Change) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    old, new = decode(change.before or b""), decode(change.after or b"")
    try:
        tree = ast.parse(new)
    except (SyntaxError, ValueError):
        return []
    added = added_lines(old, new)
    tests = [node for node in ast.walk(tree) if isinstance(node, Function) and node.name.startswith("test")]
    return [node for node in tests if not added.isdisjoint(_lines(node))]


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> range:
    first = min([node.lineno, *(part.lineno for part in node.decorator_list)])
    return range(first, (node.end_lineno or node.lineno) + 1)


def _git(repository: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True, check=True).stdout
