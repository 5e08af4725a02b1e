"""`regreen batch`: many issues or SWE-bench tasks, each in a process of its own; the same command goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


def batch(
    tasks: Annotated[
        str,
        typer.Argument(
            metavar="TASKS|-",
            help="SWE-bench file, issues (file or folder), log of a CI, or - for standard input.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for all results; given again, the batch goes on.", metavar="DIR")],
    repos: Annotated[
        Path, typer.Option(help="Folder of the local clones, or the one clone; default: the current folder.")
    ] = Path(),
    workers: Annotated[int, typer.Option(help="Tasks at once.", min=1)] = 1,
    only: Annotated[
        list[str] | None, typer.Option(help="Only tasks with this id (* and ? as in a shell); may be repeated.")
    ] = None,
    shard: Annotated[str, typer.Option(help="Only every n-th task, from the i-th on.", metavar="I/N")] = "",
    model: Annotated[str | None, typer.Option(help="As for `fix`.")] = None,
    max_cost: Annotated[
        float, typer.Option(help="USD for the whole batch. With 0 the embedded engine works alone.", min=0)
    ] = 10.0,
    max_cost_per_task: Annotated[float | None, typer.Option(help="USD for one task; default 1.", min=0)] = None,
    max_cost_per_day: Annotated[
        float | None, typer.Option(help="USD for all runs of this day together; default: no limit.", min=0)
    ] = None,
    max_seconds: Annotated[float | None, typer.Option(help="Wall seconds for the whole batch.", min=0)] = None,
    max_seconds_per_task: Annotated[
        float | None, typer.Option(help="Wall seconds for one task; default 600.", min=0)
    ] = None,
    max_steps: Annotated[int | None, typer.Option(help="Steps of one task; default 40.", min=0)] = None,
    scope: Annotated[Literal["auto", "impacted", "full"] | None, typer.Option(help="As for `fix`.")] = None,
    sandbox: Annotated[
        Literal["auto", "require", "off"] | None, typer.Option(help="Sandbox for everything that runs.")
    ] = None,
    python: Annotated[str | None, typer.Option(help="Interpreter of all tests.", metavar="PATH")] = None,
    test_command: Annotated[
        str | None, typer.Option(help="Command that runs the tests of every task.", metavar="CMD")
    ] = None,
    honest: Annotated[
        bool | None,
        typer.Option("--honest/--no-honest", help="Keep the answers from tests and models; default: for benchmarks."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> int:
    """Work off many tasks; killed or stopped, the same command goes on where it was."""
    flags: dict[str, object] = {"model": model, "max_cost": max_cost_per_task, "max_cost_per_day": max_cost_per_day,
                                "max_seconds": max_seconds_per_task, "max_steps": max_steps, "scope": scope,
                                "python": python,
                                "test_command": test_command}  # fmt: skip
    from agent.cli.batch_session import Call, run_batch
    from agent.cli.honest import honest_flags

    call = Call(tasks, out, repos, workers, tuple(only or ()), shard, max_cost, max_seconds, as_json)
    return run_batch(call, {**flags, **honest_flags(honest, sandbox)})
