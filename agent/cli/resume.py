"""`regreen resume`: goes on with a run that was killed, interrupted, or came to no patch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.core.config import Config
    from agent.run.resume import Earlier


def resume(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's id or its beginning; `last` is the newest.")],
    hint: Annotated[str, typer.Option(help="A word of yours to the model.", metavar="TEXT")] = "",
    max_cost: Annotated[float | None, typer.Option(help="USD for the whole run at most.", min=0)] = None,
    max_cost_per_day: Annotated[
        float | None, typer.Option(help="USD for all runs of this day together; default: no limit.", min=0)
    ] = None,
    max_seconds: Annotated[float | None, typer.Option(help="Wall seconds from now at most.", min=0)] = None,
    max_steps: Annotated[int | None, typer.Option(help="Steps of the whole run at most.", min=0)] = None,
    apply: Annotated[
        bool | None,
        typer.Option("--apply/--no-apply", help="Write the patch to your tree; default: ask on a terminal, else no."),
    ] = None,
    commit: Annotated[bool, typer.Option("--commit", help="Apply, and commit the patch alone.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> int:
    """Go on with a run; no reply of a model is paid for twice."""
    from agent.cli.compose import Asked
    from agent.cli.places import find_place
    from agent.cli.session import Wishes, run_asked
    from agent.context.images import kept_images
    from agent.run.resume import earlier_run
    from agent.trace.journal import NAME, read_journal

    place = find_place(Path.cwd())
    folder = place.store.find(run)
    events = tuple(read_journal(folder / NAME))
    earlier = earlier_run(events)
    if earlier.has_ended_well:
        return _ended_well(earlier, folder, as_json=as_json)
    limits = {"max_cost": max_cost, "max_cost_per_day": max_cost_per_day, "max_seconds": max_seconds,
              "max_steps": max_steps}  # fmt: skip
    config = configured(place.repository.root, earlier, limits)
    asked = Asked(earlier.tests, earlier.issue, earlier=earlier, goes_on=True, start=earlier.start, hint=hint,
                  images=kept_images(folder))  # fmt: skip
    return run_asked(config, place, asked, Wishes(apply, commit, as_json))


def configured(root: Path, earlier: Earlier, flags: Mapping[str, object]) -> Config:
    """The run's own configuration with what is asked for now; one that ended gets its steps once more."""
    from dataclasses import replace

    config = own_config(root, earlier, flags)
    if earlier.was_cut_off or flags["max_steps"] is not None:
        return config
    return replace(config, max_steps=config.max_steps + earlier.steps)


def own_config(root: Path, earlier: Earlier, flags: Mapping[str, object]) -> Config:
    """The run's own configuration with the flags that are given now."""
    import os
    from dataclasses import fields

    from agent.core.config import Config, load_config

    names = {field.name for field in fields(Config)}
    own = {name: value for name, value in earlier.config.items() if name in names}
    given = {name: value for name, value in flags.items() if value is not None}
    return load_config(root, os.environ, {**own, **given})


def _ended_well(earlier: Earlier, folder: Path, *, as_json: bool) -> int:
    import sys

    from agent.cli.output import empty_outcome, print_json
    from agent.core.verdict import EXIT_CODES, OFFERED, Status
    from agent.report.story import offered_patch
    from agent.trace.journal import NAME, read_journal

    status = Status(earlier.ended)
    reason = f"run {earlier.run_id} has ended: {status}; there is nothing to go on with"
    hint = f"`regreen show {earlier.run_id}` tells it"
    if as_json:
        row: dict[str, Any] = {**empty_outcome(), "status": str(status), "reason": reason, "hint": hint}
        row["resolved"] = status in OFFERED
        patch = offered_patch(read_journal(folder / NAME))
        print_json({**row, "model_patch": patch, "run": earlier.run_id, "journal": str(folder / NAME)})
    print(reason, hint, sep="\nhint: ", file=sys.stderr)
    return EXIT_CODES[status]
