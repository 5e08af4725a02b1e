"""Turn one: issue, failing tests with their errors, suspects, the code around them, the repository's own rules."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from pathlib import Path

from agent.core.protocols import RunView
from agent.core.task import Suspect
from prompts import render
from tools.patch import decode

MAX_FAILURES = 5
MAX_FAILURE_CHARS = 3000
MAX_SUSPECTS = 12
MAX_CODE_CHARS = 24_000
MAX_RULES_CHARS = 4000
RULES_FILE = "AGENTS.md"


def first_message(view: RunView) -> str:
    """The task as one text, laid out for a model; `view.tree` is read, nothing is written."""
    return render(
        "task",
        problem_statement=view.task.problem_statement or "(no issue text: the failing tests say what is wrong)",
        failing_tests=_failing_tests(view) or "none: the issue describes what is wrong",
        suspects=_suspects(view.suspects[:MAX_SUSPECTS]) or "not known: no failing test ran product code",
        code=_code(view.tree, view.suspects) or "none yet: use search and read_file",
        hints=view.task.hints_text or "nothing was tried yet",
        rules=_rules(view.tree) or "none",
    )


def _failing_tests(view: RunView) -> str:
    shown = view.task.fail_to_pass[:MAX_FAILURES]
    parts = []
    for name in shown:
        failure = view.before.failures.get(name)
        text = failure.traceback[-MAX_FAILURE_CHARS:] if failure else "failed"
        parts.append(f'<test_output test="{name}">\n{text}\n</test_output>')
    rest = view.task.fail_to_pass[MAX_FAILURES:]
    more = [f"and {len(rest)} more: {', '.join(rest[:20])}"] if rest else []
    return "\n".join([*parts, *more])


def _suspects(suspects: Iterable[Suspect]) -> str:
    return "\n".join(f"{s.path}:{s.line} | {s.function} | {s.score:.2f} | {s.reason}" for s in suspects)


def _code(tree: Path, suspects: Sequence[Suspect]) -> str:
    """The functions around the suspects, whole and numbered, best first, until the budget is used up."""
    shown: dict[tuple[str, int], str] = {}
    room = MAX_CODE_CHARS
    for suspect in suspects:
        found = _around(tree, suspect)
        if found is None or (suspect.path, found[0]) in shown:
            continue
        text = f'<file path="{suspect.path}" first_line="{found[0]}">\n{found[1]}\n</file>'
        if len(text) > room:
            break
        room -= len(text)
        shown[suspect.path, found[0]] = text
    return "\n".join(shown.values())


def _around(tree: Path, suspect: Suspect) -> tuple[int, str] | None:
    """First line and numbered text of the innermost function (or else ten lines) around a suspect."""
    try:
        text = decode((tree / suspect.path).read_bytes())
        parsed = ast.parse(text)
    except (OSError, SyntaxError, ValueError):
        return None
    functions = [
        node
        for node in ast.walk(parsed)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.lineno <= suspect.line <= (node.end_lineno or node.lineno)
    ]
    inner = max(functions, key=lambda node: node.lineno, default=None)
    lines = text.split("\n")
    start, end = (suspect.line - 5, suspect.line + 5) if inner is None else (inner.lineno, inner.end_lineno or 0)
    first, last = max(1, start), min(end, len(lines))
    return first, "\n".join(f"{number:5} {lines[number - 1]}" for number in range(first, last + 1))


def _rules(tree: Path) -> str:
    path = tree / RULES_FILE
    if not path.is_file() or path.is_symlink():
        return ""
    return f'<file path="{RULES_FILE}">\n{decode(path.read_bytes())[:MAX_RULES_CHARS]}\n</file>'
