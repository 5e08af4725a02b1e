"""Handing an outcome over: JSON or a report, a patch file, and, only when wanted, the user's own tree."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from agent.cli.compose import Place
from agent.cli.output import outcome_row, print_json
from agent.core.errors import UsageProblem
from agent.core.task import Outcome
from agent.core.verdict import Status
from agent.report.outcome import print_outcome
from tools.patch import decide, encode, parse_patch, write
from tools.workspace.commit import commit_patch

OFFERED = (Status.PROVED, Status.PLAUSIBLE)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What to do with the outcome: `apply` None asks on a terminal; `pick` counts rivals from 1, 0 is the patch."""

    apply: bool | None = None
    commit: bool = False
    as_json: bool = False
    patch_out: Path | None = None
    pick: int = 0


def deliver(outcome: Outcome, place: Place, wishes: Wishes) -> None:
    """Present the outcome and do what the user wished with its patch."""
    patch = _picked(outcome, wishes.pick)
    if wishes.as_json:
        print_json(outcome_row(outcome, patch))
    else:
        print_outcome(outcome, patch)
    if wishes.patch_out is not None and patch:
        wishes.patch_out.write_bytes(encode(patch))
    if patch and outcome.verdict.status in OFFERED and _wanted(wishes, patch):
        _apply(patch, outcome, place, commit=wishes.commit)


def _picked(outcome: Outcome, pick: int) -> str:
    rivals = outcome.verdict.rivals
    if pick == 0 or not outcome.model_patch:
        return outcome.model_patch
    if pick > len(rivals):
        raise UsageProblem(f"there is no rival {pick}", f"this run left {len(rivals)} rivals")
    return rivals[pick - 1].patch


def _wanted(wishes: Wishes, patch: str) -> bool:
    if wishes.apply is not None or wishes.commit:
        return wishes.apply is not False
    if wishes.as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    while True:
        try:
            answer = input("apply this patch to your tree? [y/n/diff] ").strip().lower()
        except EOFError:
            return False
        if answer in ("y", "yes", "n", "no", ""):
            return answer.startswith("y")
        print(patch)


def _apply(patch: str, outcome: Outcome, place: Place, *, commit: bool) -> None:
    repository = place.repository
    changes = decide(parse_patch(patch), repository.root)
    write(changes, repository.root)
    print(f"applied to {', '.join(change.path for change in changes)}", file=sys.stderr)
    if commit:
        message = f"Fix {outcome.task.fail_to_pass[0] if outcome.task.fail_to_pass else outcome.task.instance_id}"
        commit_id = commit_patch(repository, patch, message)
        print(f"committed as {commit_id[:12]}", file=sys.stderr)
