"""`regreen grade`: predictions against their tasks, by SWE-bench's rules, on local clones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


def grade(
    preds: Annotated[Path, typer.Argument(metavar="PREDS", help="Predictions: JSON lines, or JSON.")],
    tasks: Annotated[str, typer.Argument(metavar="TASKS", help="The tasks they are for, as for `batch`.")],
    repos: Annotated[
        Path, typer.Option(help="Folder of the local clones, or the one clone; default: the current folder.")
    ] = Path(),
    workers: Annotated[int, typer.Option(help="Predictions at once.", min=1)] = 1,
    only: Annotated[
        list[str] | None, typer.Option(help="Only tasks with this id (* and ? as in a shell); may be repeated.")
    ] = None,
    max_seconds: Annotated[
        float | None, typer.Option(help="Wall seconds for one test run; default 600.", min=0)
    ] = None,
    honest: Annotated[
        bool | None,
        typer.Option("--honest/--no-honest", help="Keep the answers from what runs; default: for benchmarks."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report as one JSON object on standard output.")] = False,
    report: Annotated[Path | None, typer.Option(help="Write the report to this file, too.", metavar="FILE")] = None,
    sandbox: Annotated[
        Literal["auto", "require", "off"] | None, typer.Option(help="Sandbox for everything that runs.")
    ] = None,
    python: Annotated[str | None, typer.Option(help="Interpreter of all tests.", metavar="PATH")] = None,
    test_command: Annotated[
        str | None, typer.Option(help="Command that runs the tests of every task.", metavar="CMD")
    ] = None,
) -> int:
    """Say which predictions resolve their task."""
    flags: dict[str, object] = {"max_seconds": max_seconds, "python": python, "test_command": test_command}
    from agent.cli.grade_session import GradeCall, run_grade
    from agent.cli.honest import honest_flags

    call = GradeCall(preds, tasks, repos, workers, tuple(only or ()), as_json, report)
    return run_grade(call, {**flags, **honest_flags(honest, sandbox)})
