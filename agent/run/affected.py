"""Passing tests that run what a patch changes: what a patch that is still red may have broken on its way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from agent.repair.covering import covering_tests
from agent.repair.source import Module
from tools.check import MAX_SHOWN
from tools.clip import last_lines
from tools.patch import Hunk, decode, parse_patch
from tools.testing.results import GREEN, TestRun
from tools.workspace.checkout import Workspace

MAX_TESTS = 200
MAX_TRACEBACK = 1500


def tests_of_lines(path: str, text: str, lines: Iterable[int], spectrum: TestRun) -> Iterator[str]:
    """Green tests that run the functions around lines of a file; none where it cannot be read as Python."""
    try:
        module = Module.parse(path, text)
    except (SyntaxError, ValueError, RecursionError):
        return
    for line in sorted(lines):
        yield from covering_tests(spectrum, module, line)


def affected_tests(model_patch: str, workspace: Workspace, spectrum: TestRun) -> tuple[str, ...]:
    """Green tests that run the functions a git diff against the workspace's base changes, each once."""
    found: list[str] = []
    for patch in parse_patch(model_patch):
        if patch.source_file is None or not patch.source_file.endswith(".py"):
            continue
        text = decode(workspace.git("show", f"{workspace.base}:{patch.source_file}"))
        lines = {line for hunk in patch.hunks for line in _changed_lines(hunk)}
        found += tests_of_lines(patch.source_file, text, lines, spectrum)
    return tuple(sorted(list(dict.fromkeys(found))[:MAX_TESTS]))


def _changed_lines(hunk: Hunk) -> Iterator[int]:
    """Lines of the old file that go, and those that something is put after."""
    number = hunk.source_start or 1
    for line in hunk.lines:
        if line.line_type != " ":
            yield number if line.line_type == "-" else max(1, number - 1)
        number += line.line_type != "+"


def about_affected(run: TestRun, tests: tuple[str, ...]) -> str:
    """How passing tests came out that a patch can affect, in a line, and why the first of them fails."""
    if not run.complete:
        return f"passing tests that run what changed: {len(tests)}, and their run did not end"
    broken = [name for name in tests if run.status_of(name) not in GREEN]
    if not broken:
        return f"passing tests that run what changed: {len(tests)}, all still pass"
    names = ", ".join(broken[:MAX_SHOWN])
    failure = run.failures.get(broken[0])
    why = f"\n{broken[0]}\n{last_lines(failure.traceback, MAX_TRACEBACK)}" if failure else ""
    return f"{len(broken)} of {len(tests)} tests that passed and run what changed fail now: {names}{why}"
