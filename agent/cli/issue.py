"""An issue as the user gives it."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def read_issue(issue: str, authors: Sequence[str] = ()) -> str:
    """The text itself, of the file it names, or of standard input; of an issue as `gh` writes it what it says.

    Where there are `authors`, an issue in JSON or with front matter by anybody else is a UsageProblem, and comments by
    others are left out; plain text is the user's own word.
    """
    text = _given(issue)
    row = _row_of(text)
    if row is None:
        return text
    from agent.cli.output import complain
    from agent.core.errors import UsageProblem
    from agent.tasks.authors import author_of, comments_of, is_allowed, readable, why_not
    from agent.tasks.rows import BadRow, is_issue, issue_text

    author = author_of(row)
    if not is_allowed(author, authors):
        raise UsageProblem(
            f"the issue is not read: {why_not(author)}", "name its author in `authors`, or quote the text"
        )
    left_out = readable(comments_of(row), authors).left_out
    if left_out:
        complain(left_out, "")
    try:
        is_stated = "problem_statement" in row and not is_issue(row)
        return str(row["problem_statement"]) if is_stated else issue_text(row, authors)
    except BadRow as error:
        raise UsageProblem(f"the issue cannot be read: {error}") from error


def _given(issue: str) -> str:
    if issue == "-":
        return sys.stdin.read()
    try:
        return Path(issue).read_text(encoding="utf-8", errors="replace") if issue and Path(issue).is_file() else issue
    except OSError:  # too long for a file name: a text
        return issue


def _row_of(text: str) -> dict[str, Any] | None:
    """The row of a text that is an issue in JSON, or has front matter that names its author; None for any other."""
    start = text.lstrip()[:3]
    if start[:1] == "{":
        try:
            row = json.loads(text)
        except (ValueError, RecursionError):
            return None
        return row if isinstance(row, dict) and ("title" in row or "body" in row) else None
    if start != "---":
        return None
    from agent.tasks.authors import author_of
    from agent.tasks.sources import issue_row

    row = issue_row(text, "issue")
    return row if author_of(row) else None
