"""Handing an outcome over: JSON or a report, a patch file, and, only when wanted, the user's own tree."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from agent.cli.output import complain, outcome_row, print_json
from agent.cli.places import Place
from agent.core.errors import UsageProblem
from agent.core.task import Outcome
from agent.core.verdict import OFFERED, Status
from agent.report.outcome import print_outcome
from agent.trace.applies import apply_log
from agent.trace.writing import Purpose, write_logged
from tools.errors import PatchError
from tools.ledger import ledger_of
from tools.patch import decide, encode, parse_patch
from tools.workspace.commit import prepare_commit
from tools.workspace.git import GitError, find_repository


@dataclass(frozen=True, slots=True)
class Wishes:
    """What to do with the outcome: `apply` None asks on a terminal; `pick` counts rivals from 1, 0 is the patch.

    Without `keepsake` nothing points to the run afterwards: its repository is temporary.
    """

    apply: bool | None = None
    commit: bool = False
    as_json: bool = False
    patch_out: Path | None = None
    pick: int = 0
    keepsake: bool = True


def deliver(outcome: Outcome, place: Place, wishes: Wishes) -> Outcome:
    """Present the outcome and do what the user wished with its patch; a patch that cannot be applied is `refused`."""
    picked = _picked(outcome, wishes.pick)
    # What passes only with its edits of tests is of no use without them.
    patch = picked + outcome.test_patch_out if outcome.verdict.needs_test_edits else picked
    offered = bool(patch) and outcome.verdict.status in OFFERED
    if wishes.patch_out is not None and patch:
        wishes.patch_out.write_bytes(encode(patch))
    if offered and _asked_for(wishes):
        outcome = _applied(patch, outcome, place, commit=wishes.commit)
    if wishes.as_json:
        print_json(outcome_row(outcome, picked))
    else:
        print_outcome(outcome, patch, keepsake=wishes.keepsake)
    if offered and _may_ask(wishes) and _answer(patch):
        return _applied(patch, outcome, place, commit=False)
    return outcome


def _applied(patch: str, outcome: Outcome, place: Place, *, commit: bool) -> Outcome:
    """The outcome after the patch went into the user's tree, or why it did not: then nothing was changed."""
    repository = place.repository
    try:
        changes = decide(parse_patch(patch), repository.root)
        about = f"regreen fix {'--commit' if commit else '--apply'}"
        prepare = partial(prepare_commit, repository, patch, _subject(outcome)) if commit else None
        log = apply_log(ledger_of(repository.root), os.environ)
        write_logged(log, changes, repository.root, Purpose(about, prepare=prepare))
    except (PatchError, GitError) as error:
        reason = f"the patch was not applied to your tree: {error.message}"
        again = f"`regreen apply --run {outcome.run}` tries again"
        hint = error.hint if isinstance(error, GitError) else again  # a patch's own hint speaks to models
        verdict = replace(outcome.verdict, status=Status.REFUSED)
        complain(reason, hint)
        return replace(outcome, verdict=verdict, reason=reason, hint=hint)
    print(f"applied to {', '.join(change.path for change in changes)}", file=sys.stderr)
    if commit:
        print(f"committed as {str(find_repository(repository.root).head)[:12]}", file=sys.stderr)
    return outcome


def _subject(outcome: Outcome) -> str:
    return f"Fix {outcome.task.fail_to_pass[0] if outcome.task.fail_to_pass else outcome.task.instance_id}"


def _picked(outcome: Outcome, pick: int) -> str:
    rivals = outcome.verdict.rivals
    if pick == 0 or not outcome.model_patch:
        return outcome.model_patch
    if pick > len(rivals):
        raise UsageProblem(f"there is no rival {pick}", f"this run left {len(rivals)} rivals")
    return rivals[pick - 1].patch


def _asked_for(wishes: Wishes) -> bool:
    return wishes.apply is not False and (wishes.apply is True or wishes.commit)


def _may_ask(wishes: Wishes) -> bool:
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    return wishes.apply is None and not wishes.commit and not wishes.as_json and terminal


def _answer(patch: str) -> bool:
    while True:
        try:
            answer = input("apply this patch to your tree? [y/n/diff] ").strip().lower()
        except EOFError:
            return False
        if answer in ("y", "yes", "n", "no", ""):
            return answer.startswith("y")
        print(patch)
