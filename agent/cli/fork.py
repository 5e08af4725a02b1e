"""`regreen fork`: a new run from the tree after a step of an earlier one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def fork(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's id or its beginning; `last` is the newest.")],
    step: Annotated[str, typer.Argument(metavar="STEP", help="A step's number; 0 is the base, 2.1 is in group 2.")],
    hint: Annotated[str, typer.Option(help="A word of yours to the model.", metavar="TEXT")] = "",
    model: Annotated[str | None, typer.Option(help="Name or role, or `offline`; default: the run's own.")] = None,
    max_cost: Annotated[float | None, typer.Option(help="USD at most; default: the run's own.", min=0)] = None,
    max_seconds: Annotated[float | None, typer.Option(help="Wall seconds at most.", min=0)] = None,
    max_steps: Annotated[int | None, typer.Option(help="Steps at most.", min=0)] = None,
    apply: Annotated[
        bool | None,
        typer.Option("--apply/--no-apply", help="Write the patch to your tree; default: ask on a terminal, else no."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> int:
    """Start a new run from the tree after a step."""
    from agent.cli.compose import Asked
    from agent.cli.places import find_place
    from agent.cli.resume import own_config
    from agent.cli.selection import Selection
    from agent.cli.session import Wishes, run_asked
    from agent.cli.stage import open_stage_at
    from agent.context.images import kept_images
    from agent.run.fork import Point, patches_before, start_of
    from agent.run.resume import earlier_run
    from agent.trace.journal import NAME, read_journal

    point = Point.of(step)
    place = find_place(Path.cwd())
    folder = place.store.find(run)
    events = tuple(read_journal(folder / NAME))
    earlier = earlier_run(events)
    patches = patches_before(events, point)
    flags = {"model": model, "max_cost": max_cost, "max_seconds": max_seconds, "max_steps": max_steps}
    config = own_config(place.repository.root, earlier, flags)
    about = f"begun on the tree after step {step} of run {earlier.run_id}"
    with open_stage_at(earlier.base, config, place, Selection(earlier.test_root, earlier.tests)) as stage:
        start = start_of(patches, earlier.base, stage.sites, about)
    asked = Asked(earlier.tests, earlier.issue, earlier=earlier, start=start, hint=hint, images=kept_images(folder))
    return run_asked(config, place, asked, Wishes(apply, as_json=as_json))
