"""`regreen show`: a run's journal as a story."""

from __future__ import annotations

from typing import Annotated

import typer


def show(
    run: Annotated[
        str, typer.Argument(metavar="[RUN]", help="A run's id or its beginning; `last` is the newest.")
    ] = "last",
) -> int:
    """Tell a run as a story."""
    from agent.cli.places import store_here
    from agent.report.story import tell
    from agent.trace.journal import NAME, read_journal

    folder = store_here().find(run)
    for line in tell(read_journal(folder / NAME)):
        print(line.encode("utf-8", "backslashreplace").decode())
    return 0
