"""The tests that a CI saw fail, as far as they are in this repository."""

from __future__ import annotations

import sys
from pathlib import Path

from agent.core.errors import UsageProblem
from agent.tasks.failing import failing_tests
from tools.testing.layout import find_test_root
from tools.workspace.git import find_repository

MOST_TOLD = 5


def tests_of_log(log: str, cwd: Path) -> list[str]:
    """Node ids from a log or JUnit XML (a file, or - for standard input); UsageProblem where none can be run here."""
    named = failing_tests(_read(log))
    where = "standard input" if log == "-" else log
    if not named:
        hint = "it takes the output of pytest or unittest, and JUnit XML"
        raise UsageProblem(f"{where} names no failing test", hint)
    root = find_repository(cwd).root
    bases = (cwd, find_test_root(cwd.resolve(), root), root)
    tests = [name for name in named if any((base / name.split("::")[0]).exists() for base in bases)]
    gone = [name for name in named if name not in tests]
    if not tests:
        raise UsageProblem(
            f"none of the tests in {where} is here, like {gone[0]}", "run regreen in the repository of the CI"
        )
    if gone:
        more = " …" if len(gone) > MOST_TOLD else ""
        print(f"left out, not in this repository: {', '.join(gone[:MOST_TOLD])}{more}", file=sys.stderr)
    print(f"{len(tests)} tests failed in the CI", file=sys.stderr)
    return tests


def _read(log: str) -> str:
    if log == "-":
        return sys.stdin.buffer.read().decode("utf-8", errors="replace")
    path = Path(log)
    if not path.is_file():
        raise UsageProblem(f"no such log: {log}", "name a log of the CI, a JUnit XML file, or - for standard input")
    return path.read_bytes().decode("utf-8", errors="replace")
