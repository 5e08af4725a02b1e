"""The work behind `regreen locate`: the tests as they are, then suspects, as a table or as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from agent.cli.console import Console
from agent.cli.places import find_place
from agent.cli.stage import configure, open_stage
from agent.core.task import Suspect, Task
from agent.run.baseline import take_baseline
from agent.run.begin import suspects_of
from agent.run.budget import Budget
from agent.run.rows import suspect_row

CODE_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Report:
    """Suspects, best first, and the red tests they come from; `code` holds the text of each suspect's line."""

    suspects: tuple[Suspect, ...]
    targets: tuple[str, ...]
    flaky: tuple[str, ...]
    broken: tuple[str, ...]
    code: Mapping[tuple[str, int], str]


def find_suspects(cwd: Path, tests: Sequence[str], issue: str, flags: Mapping[str, object]) -> Report:
    """Run the tests in a work tree and rank what the red ones ran."""
    place = find_place(cwd)
    config = configure(place, dict(flags))
    with Console() as console, open_stage(config, place, tests) as stage:
        console.note(stage.about)
        with closing(stage.sites.open(stage.base)) as site:
            budget = Budget(1, config.max_seconds)
            task = Task(place.repository.root.name, place.repository.root.name, stage.base, problem_statement=issue)
            baseline = take_baseline(site, task, stage.terms, budget, console)
            suspects = suspects_of(task, baseline, site)
            code = {(suspect.path, suspect.line): _line(site.workspace.tree, suspect) for suspect in suspects}
    return Report(suspects, baseline.targets, baseline.flaky, baseline.broken, code)


def _line(tree: Path, suspect: Suspect) -> str:
    try:
        lines = (tree / suspect.path).read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return ""
    return lines[suspect.line - 1].strip() if suspect.line <= len(lines) else ""


def report_row(report: Report, shown: Sequence[Suspect]) -> dict[str, object]:
    """The report as JSON values."""
    return {
        "suspects": [suspect_row(suspect) for suspect in shown],
        "targets": list(report.targets),
        "flaky": list(report.flaky),
        "broken": list(report.broken),
    }


def print_report(report: Report, shown: Sequence[Suspect]) -> None:
    """The report as a table on standard output; plain columns where that is no terminal."""
    from rich.console import Console as RichConsole
    from rich.table import Table
    from rich.text import Text

    console = RichConsole(highlight=False, soft_wrap=True)
    red = f"{len(report.targets)} red: {', '.join(report.targets[:3])}" if report.targets else "no target test fails"
    console.print(Text(red))
    if not shown:
        console.print(Text("no suspects: no failing test ran product code, and no issue names any"))
        return
    rows = [_cells(suspect, report.code[suspect.path, suspect.line]) for suspect in shown]
    if not console.is_terminal:
        print("\n".join("  ".join(row) for row in rows))
        return
    table = Table("score", "place", "function", "why", "line", box=None)
    for row in rows:
        table.add_row(*map(Text, row))
    console.print(table)


def _cells(suspect: Suspect, code: str) -> tuple[str, ...]:
    place = f"{suspect.path}:{suspect.line}"
    return f"{suspect.score:.2f}", place, suspect.function, suspect.reason, code[:CODE_WIDTH]
