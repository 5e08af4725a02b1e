"""`regreen runs`: the runs of this repository, newest first; `regreen runs prune` deletes those that are over."""

from __future__ import annotations

from typing import Annotated

import typer


def runs(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> int:
    """List the runs of this repository."""
    if ctx.invoked_subcommand is not None:
        return 0
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


def prune(
    older_than: Annotated[
        float | None, typer.Option(help="Delete runs that ended more than so many days ago.", metavar="DAYS", min=0)
    ] = None,
    max_size: Annotated[
        float | None, typer.Option(help="Delete the oldest until the rest takes no more.", metavar="MB", min=0)
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be deleted.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> int:
    """Delete the folders and refs of runs that have ended."""
    import sys
    from pathlib import Path

    from agent.cli.output import print_json
    from agent.cli.places import store_here
    from agent.core.errors import UsageProblem
    from agent.trace.pruning import Limits, delete, judged
    from tools.workspace.git import find_repository

    if older_than is None and max_size is None:
        raise UsageProblem("say what may go: --older-than DAYS, --max-size MB", "regreen runs prune --older-than 30")
    store = store_here()
    fates = judged(store, Limits(older_than, max_size))
    goes = [fate for fate in fates if fate.goes]
    if not dry_run:
        repository = find_repository(Path.cwd()) if store.common_dir is not None else None
        goes = [fate for fate in goes if delete(store, fate.run_id, repository)]
    word = "would delete" if dry_run else "deleted"
    for fate in goes:
        print(f"{word} {fate.run_id}: {fate.why}, {fate.size / 1e6:.1f} MB", file=sys.stderr)
    kept = [fate for fate in fates if fate not in goes]
    freed = sum(fate.size for fate in goes)
    print(f"{word} {len(goes)} runs, {freed / 1e6:.1f} MB; kept {len(kept)}", file=sys.stderr)
    if as_json:
        rows = [{"run": f.run_id, "deleted": f in goes, "why": f.why, "bytes": f.size} for f in fates]
        print_json({"dry_run": dry_run, "runs": rows, "freed_bytes": freed})
    return 0
