"""`regreen hook`: what is staged, checked before it is committed; and the git hook that calls it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Stage = Literal["pre-commit", "pre-push"]


def hook(
    context: typer.Context,
    stage: Annotated[
        Stage, typer.Option(help="The git hook that calls: pre-push reads what is pushed from standard input.")
    ] = "pre-commit",
    remote: Annotated[str, typer.Option(help="With pre-push: the remote that git names to its hook.")] = "",
    from_ref: Annotated[
        str | None, typer.Option(help="Check --to-ref against where it left this commit.", metavar="COMMIT")
    ] = None,
    to_ref: Annotated[str | None, typer.Option(help="With --from-ref; default: HEAD.", metavar="COMMIT")] = None,
    all_files: Annotated[bool, typer.Option("--all-files", help="Run every test, whatever changed.")] = False,
    max_seconds: Annotated[float | None, typer.Option(help="Wall seconds for everything; default 20.", min=0)] = None,
    max_cost: Annotated[
        float | None, typer.Option(help="USD to spend at most; default 0: the embedded engine alone.", min=0)
    ] = None,
    model: Annotated[str | None, typer.Option(help="Name or role of a model, for a --max-cost above 0.")] = None,
    strict: Annotated[
        bool | None, typer.Option("--strict", help="Fail, too, where something could not be checked.")
    ] = None,
    autofix: Annotated[
        bool | None, typer.Option("--autofix", help="Write the patch to the work tree, and fail all the same.")
    ] = None,
    sandbox: Annotated[
        Literal["auto", "require", "off"] | None, typer.Option(help="Sandbox for everything that runs.")
    ] = None,
    python: Annotated[str | None, typer.Option(help="Interpreter of the tests.", metavar="PATH")] = None,
) -> int:
    """Check what is staged by the tests it can affect; on red, propose a patch."""
    if context.invoked_subcommand is not None:
        return 0
    from agent.cli.hook_session import Asked, run_hook

    own = {"max_seconds": max_seconds, "max_cost": max_cost, "model": model, "strict": strict, "autofix": autofix}
    asked = Asked(stage, remote, from_ref, to_ref, all_files)
    return run_hook(Path.cwd(), asked, own, {"sandbox": sandbox, "python": python})


def install(
    stage: Annotated[Stage, typer.Option(help="The git hook to write.")] = "pre-commit",
) -> int:
    """Write a git hook that calls `regreen hook`; one that is there is kept, and runs first."""
    from agent.cli.places import find_place
    from agent.hook.install import install_hook

    for line in install_hook(find_place(Path.cwd()).repository, stage):
        typer.echo(line)
    return 0
