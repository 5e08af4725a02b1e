"""The end of a run on a terminal: the verdict, what it rests on, the patch."""

from __future__ import annotations

from agent.core.task import Outcome
from agent.core.verdict import Status, Verdict
from agent.report.bill import bill_lines
from agent.run.rows import charge_row

COLOURS = {
    Status.PROVED: "green",
    Status.NOTHING_TO_DO: "green",
    Status.PLAUSIBLE: "yellow",
    Status.OVER_BUDGET: "yellow",
}
HEADLINES = {
    Status.PROVED: "the patch is proved",
    Status.PLAUSIBLE: "the tests pass, but other readings are open",
    Status.NOTHING_TO_DO: "nothing to do",
    Status.UNSOLVED: "no patch passed",
}


def print_outcome(outcome: Outcome, patch: str, *, keepsake: bool = True) -> None:
    """Print an outcome on standard output, in colour on a terminal; `keepsake` names the run for later."""
    from rich.console import Console
    from rich.syntax import Syntax
    from rich.text import Text

    console = Console(soft_wrap=True, highlight=False)
    verdict = outcome.verdict
    if patch and console.is_terminal:
        console.print(Syntax(patch.rstrip("\n"), "diff", background_color="default"))
    elif patch:
        console.print(Text(patch.rstrip("\n")))
    headline = HEADLINES.get(verdict.status, "")
    console.print(Text(str(verdict.status), style=f"bold {COLOURS.get(verdict.status, 'red')}"), Text(headline))
    bill = bill_lines([charge_row(charge) for charge in outcome.bill], outcome.usd_per_proved)
    for line in [*report_lines(verdict, outcome.reason), *(f"  {line}" for line in bill)]:
        console.print(Text(line))
    later = f" · `regreen show {outcome.run}` tells the run" if keepsake else ""
    changed = f" · {stat}" if (stat := diffstat(patch)) else ""
    console.print(Text(f"{outcome.seconds:.1f} s{changed}{later}"))


def diffstat(patch: str) -> str:
    """The files of a canonical diff with lines added and removed; "" for a text that is none."""
    from unidiff.errors import UnidiffParseError
    from unidiff.patch import PatchSet

    try:
        return ", ".join(f"{file.path} +{file.added} -{file.removed}" for file in PatchSet(patch))
    except UnidiffParseError:
        return ""


def report_lines(verdict: Verdict, reason: str) -> list[str]:
    """What the verdict rests on, a line each, and the rivals with what tells them apart."""
    lines = [f"  {sentence}" for sentence in verdict.evidence] or ([f"  {reason}"] if reason else [])
    if reason and reason not in "; ".join(verdict.evidence):
        lines = [f"  {reason}"]
    for number, rival in enumerate(verdict.rivals, start=1):
        lines += [f"  rival {number}: {rival.sentence}", f"           {rival.example}"]
    if verdict.rivals:
        lines.append("  a test for one of these inputs settles it; --pick N takes rival N")
    return lines
