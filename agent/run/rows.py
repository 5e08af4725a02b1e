"""Values of a run as JSON rows, in the names the command line's JSON and the journal share."""

from __future__ import annotations

from dataclasses import asdict

from agent.core.task import GroupOutcome, Suspect
from agent.core.usage import Charge
from agent.core.verdict import Tally, Verdict, WithTestEdits


def suspect_row(suspect: Suspect) -> dict[str, object]:
    return {name: getattr(suspect, name) for name in ("path", "line", "function", "score", "reason")}


def charge_row(charge: Charge) -> dict[str, object]:
    """What one model has cost, with the share of its input that came from the provider's cache."""
    return {**asdict(charge.payer), **asdict(charge.usage), "cached_share": round(charge.cached_share, 3)}


def group_row(group: GroupOutcome) -> dict[str, object]:
    """How one group of red tests ended; its patch comes on top of those of the groups before it."""
    return {
        "tests": list(group.tests),
        "status": str(group.verdict.status),
        "model_patch": group.model_patch,
        "reason": group.reason,
    }


def verdict_row(verdict: Verdict) -> dict[str, object]:
    """A verdict as JSON values, in the names the command line's JSON uses."""
    return {
        "status": str(verdict.status),
        "resolved": verdict.resolved,
        "patch_successfully_applied": verdict.patch_successfully_applied,
        "infra_failure": verdict.infra_failure,
        "fail_to_pass": _tally_row(verdict.fail_to_pass),
        "pass_to_pass": _tally_row(verdict.pass_to_pass),
        "evidence": list(verdict.evidence),
        "rivals": [{"patch": r.patch, "sentence": r.sentence, "example": r.example} for r in verdict.rivals],
        "with_test_edits": _edits_row(verdict.with_test_edits),
        "flags": [asdict(flag) for flag in verdict.flags],
    }


def _tally_row(tally: Tally) -> dict[str, object]:
    return {"success": list(tally.success), "failure": list(tally.failure)}


def _edits_row(found: WithTestEdits | None) -> dict[str, object] | None:
    if found is None:
        return None
    return {
        "resolved": found.resolved,
        "fail_to_pass": _tally_row(found.fail_to_pass),
        "pass_to_pass": _tally_row(found.pass_to_pass),
    }
