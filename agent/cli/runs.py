"""`regreen runs`: the runs of this repository, newest first."""

from __future__ import annotations

from typing import Annotated

import typer


def runs(as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False) -> int:
    """List the runs of this repository."""
    from agent.cli.output import print_json
    from agent.cli.places import store_here
    from agent.report.story import headline
    from agent.trace.journal import NAME, read_journal

    store = store_here()
    rows = [{"run": run_id, **headline(read_journal(store.folder / run_id / NAME))} for run_id in reversed(store.ids())]
    if as_json:
        print_json({"runs": rows})
        return 0
    if not rows:
        print("no run yet; start one with `regreen fix`")
    for row in rows:
        print(f"{row['run']}  {row['started']}  {row['status']:14} {row['about']}")
    return 0
