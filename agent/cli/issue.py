"""An issue as the user gives it."""

from __future__ import annotations

import sys
from pathlib import Path


def read_issue(issue: str) -> str:
    """The text itself, of the file it names, or of standard input."""
    if issue == "-":
        return sys.stdin.read()
    try:
        return Path(issue).read_text(encoding="utf-8", errors="replace") if issue and Path(issue).is_file() else issue
    except OSError:  # too long for a file name: a text
        return issue
