"""`regreen locate`: where the fault may be, from the failing tests and the issue; changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


def locate(
    tests: Annotated[list[str] | None, typer.Argument(metavar="[NODEID|PATH]...", show_default=False)] = None,
    issue: Annotated[str, typer.Option(help="What the issue says: text, a file, or - for standard input.")] = "",
    top: Annotated[int, typer.Option(help="Lines to list; 0 lists all.", min=0)] = 20,
    max_seconds: Annotated[float | None, typer.Option(help="Wall seconds at most; default 600.", min=0)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    sandbox: Annotated[
        Literal["auto", "require", "off"] | None, typer.Option(help="Sandbox for everything that runs.")
    ] = None,
    python: Annotated[str | None, typer.Option(help="Interpreter of the tests.", metavar="PATH")] = None,
    test_command: Annotated[
        str | None, typer.Option(help="Command that runs the tests, instead of pytest itself.", metavar="CMD")
    ] = None,
) -> int:
    """Rank the lines that may hold the fault."""
    flags: dict[str, object] = {"max_seconds": max_seconds, "sandbox": sandbox, "python": python,
                                "test_command": test_command}  # fmt: skip
    from agent.cli.issue import read_issue
    from agent.cli.suspects import find_suspects, print_report, report_row

    report = find_suspects(Path.cwd(), tests or [], read_issue(issue), flags)
    shown = report.suspects[:top] if top else report.suspects
    if as_json:
        from agent.cli.output import print_json

        print_json(report_row(report, shown))
    else:
        print_report(report, shown)
    return 0
