"""`regreen fix`: from red tests to a judged patch, and into the user's tree only when he says so."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


def fix(
    tests: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NODEID|PATH]...", help="Tests to turn green; default: whatever fails."),
    ] = None,
    issue: Annotated[str, typer.Option(help="Issue text, a file that holds it, or - for standard input.")] = "",
    image: Annotated[
        list[Path] | None, typer.Option(help="An image of the issue, for a model that sees.", metavar="FILE")
    ] = None,
    from_ci: Annotated[
        str, typer.Option(help="Fix what failed in this log or JUnit XML of a CI; - for standard input.", metavar="LOG")
    ] = "",
    model: Annotated[
        str | None, typer.Option(help="Name or role, or `offline`; default: strong with a key, else offline.")
    ] = None,
    max_cost: Annotated[
        float | None,
        typer.Option(help="USD to spend at most; default 1. With 0 the embedded engine works alone.", min=0),
    ] = None,
    max_cost_per_day: Annotated[
        float | None, typer.Option(help="USD for all runs of this day together; default: no limit.", min=0)
    ] = None,
    max_seconds: Annotated[float | None, typer.Option(help="Wall seconds at most; default 600.", min=0)] = None,
    max_steps: Annotated[int | None, typer.Option(help="Steps of the loop at most; default 40.", min=0)] = None,
    scope: Annotated[
        Literal["auto", "impacted", "full"] | None,
        typer.Option(help="Tests to run: all, those that can be affected, or auto: all when there is time."),
    ] = None,
    apply: Annotated[
        bool | None,
        typer.Option("--apply/--no-apply", help="Write the patch to your tree; default: ask on a terminal, else no."),
    ] = None,
    commit: Annotated[bool, typer.Option("--commit", help="Apply, and commit the patch alone.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    patch_out: Annotated[Path | None, typer.Option(help="Write the patch to this file.")] = None,
    accept: Annotated[
        Literal["proved", "plausible"] | None, typer.Option(help="With plausible, exit 0 for a plausible patch too.")
    ] = None,
    pick: Annotated[int, typer.Option(help="Take rival N instead of the patch.", min=0)] = 0,
    escalate: Annotated[
        bool | None,
        typer.Option(
            "--escalate/--no-escalate",
            help="When the engine's patch leaves several readings open, ask the model; default: yes.",
        ),
    ] = None,
    allow_test_edits: Annotated[
        bool | None, typer.Option("--allow-test-edits", help="Let the patch change existing tests.")
    ] = None,
    sandbox: Annotated[
        Literal["auto", "require", "off"] | None, typer.Option(help="Sandbox for everything that runs.")
    ] = None,
    honest: Annotated[
        bool | None,
        typer.Option(
            "--honest/--no-honest", help="As a benchmark: no network, no history, no other copy of the project."
        ),
    ] = None,
    python: Annotated[str | None, typer.Option(help="Interpreter of the tests.", metavar="PATH")] = None,
    test_command: Annotated[
        str | None, typer.Option(help="Command that runs the tests, instead of pytest itself.", metavar="CMD")
    ] = None,
    context: Annotated[
        Literal["focused", "full"] | None,
        typer.Option(help="With full a model is shown the whole repository, where that fits and pays."),
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(
            help="After two failed attempts of a model, ask it for N patches and let the tests choose.", min=0
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the first request to a model and its worst price; send nothing.")
    ] = False,
    record: Annotated[
        Path | None, typer.Option(help="Keep every exchange with the model in this folder.", metavar="DIR")
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(help="Take the model's replies from a recording: no key, no network.", metavar="DIR")
    ] = None,
) -> int:
    """Turn failing tests green with a proved patch."""
    from agent.cli.honest import honest_flags

    flags: dict[str, object] = {
        "model": model, "max_cost": max_cost, "max_cost_per_day": max_cost_per_day, "max_seconds": max_seconds,
        "max_steps": max_steps, "scope": scope, "accept": accept, "escalate": escalate,
        "allow_test_edits": allow_test_edits, "python": python, "test_command": test_command, "context": context,
        "samples": samples, **honest_flags(honest, sandbox),
    }  # fmt: skip
    from agent.cli.ci_log import tests_of_log
    from agent.cli.session import Asked, Tape, Wishes, run_fix
    from agent.context.images import read_images
    from agent.core.errors import UsageProblem

    if replay is not None and (record is not None or model is not None):
        other = "--record" if record is not None else "--model"
        raise UsageProblem(f"--replay does not go with {other}", "a recording says itself whose replies it holds")

    named = [*(tests or []), *(tests_of_log(from_ci, Path.cwd()) if from_ci else [])]
    asked = Asked(named, issue, tape=Tape(record, replay), images=read_images(image or []))
    if dry_run:
        if record is not None or replay is not None:
            raise UsageProblem("--dry-run sends nothing that could be recorded or replayed", "leave one of them out")
        from agent.cli.dry_run import run_dry

        return run_dry(Path.cwd(), asked, flags, as_json=as_json)
    return run_fix(Path.cwd(), asked, flags, Wishes(apply, commit, as_json, patch_out, pick))
