"""What the user sees of errors and outcomes: one JSON object on standard output, or lines for people."""

from __future__ import annotations

import errno
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from agent.core.errors import RegreenError
from agent.core.usage import Usage
from agent.core.verdict import EXIT_CODES, Status
from agent.run.rows import charge_row, group_row, verdict_row
from tools.errors import PatchError, ToolError

if TYPE_CHECKING:
    from agent.core.task import Outcome

STATUS_OF_TOOL_ERRORS: dict[str, Status] = {
    "no-repository": Status.USAGE,
    "dubious-ownership": Status.USAGE,
    "no-interpreter": Status.USAGE,
    "no-git": Status.INFRA_FAILURE,
    "no-commit": Status.INFRA_FAILURE,
    "read-only": Status.INFRA_FAILURE,
    "no-space": Status.INFRA_FAILURE,
    "no-pytest": Status.INFRA_FAILURE,
    "test-command": Status.INFRA_FAILURE,
    "old-python": Status.INFRA_FAILURE,
    "old-pytest": Status.INFRA_FAILURE,
    "no-sandbox": Status.INFRA_FAILURE,
    "lab": Status.INFRA_FAILURE,
    "moved-on": Status.REFUSED,
    "index-locked": Status.REFUSED,
    "git": Status.INFRA_FAILURE,
}
HINTS: dict[str, str] = {
    "no-repository": "run regreen inside a git repository, or `git init` one",
    "dubious-ownership": "the repository belongs to another user; see git's safe.directory",
    "read-only": "regreen keeps its journal and patches in the git folder; make it writable",
    "no-space": "free some disk space",
}
REPORT_BUG = "this is a bug of regreen's; the run's journal is kept and your tree is untouched"


def translated(error: Exception) -> tuple[Status, str, str]:
    """Status, message and hint of any exception that ends a command."""
    if isinstance(error, RegreenError):
        return error.status, error.message, error.hint
    if isinstance(error, PatchError):
        return Status.REFUSED, error.message, error.hint
    if isinstance(error, ToolError) and error.code in STATUS_OF_TOOL_ERRORS:
        return STATUS_OF_TOOL_ERRORS[error.code], error.message, error.hint or HINTS.get(error.code, "")
    if isinstance(error, OSError) and error.filename:
        hint = HINTS["no-space"] if error.errno == errno.ENOSPC else ""
        return Status.INFRA_FAILURE, f"{error.filename}: {error.strerror}", hint
    return Status.INTERNAL_ERROR, f"{type(error).__name__}: {error}", REPORT_BUG


def tell(status: str, message: str, hint: str, *, as_json: bool, extra: Mapping[str, Any] | None = None) -> int:
    """Report an end without an outcome and give its exit code."""
    word = Status(status)
    if as_json:
        print_json({**empty_outcome(), "status": word.value, "reason": message, "hint": hint, **(extra or {})})
    complain(message, hint)
    return EXIT_CODES[word]


def complain(message: str, hint: str) -> None:
    """One clear line for people, and a hint where there is one."""
    print(f"regreen: {message}", file=sys.stderr)
    if hint:
        print(f"hint: {hint}", file=sys.stderr)


def excuse(status: Status, message: str, hint: str, *, strict: bool) -> int:
    """What a hook could not check: one line and 0, for a commit does not wait for us; where `strict` an error."""
    if strict:
        complain(message, hint)
        return EXIT_CODES[status]
    print(f"regreen: not checked: {message}", file=sys.stderr)
    return 0


def outcome_row(outcome: Outcome, patch: str) -> dict[str, Any]:
    """An outcome as the JSON of `fix`; `patch` is the one that was picked."""
    verdict = verdict_row(outcome.verdict)
    return {
        "instance_id": outcome.task.instance_id,
        "status": str(outcome.verdict.status),
        "resolved": outcome.verdict.resolved,
        "model_patch": patch,
        "test_patch_out": outcome.test_patch_out,
        "verdict": verdict,
        "rivals": verdict["rivals"],
        "groups": [group_row(group) for group in outcome.groups],
        "reason": outcome.reason,
        "usage": asdict(outcome.usage),
        "bill": [charge_row(charge) for charge in outcome.bill],
        "usd_per_proved": outcome.usd_per_proved,
        "seconds": outcome.seconds,
        "run": outcome.run,
        "journal": outcome.journal,
        "hint": outcome.hint,
        "honest": outcome.honest,
    }


def print_json(row: Mapping[str, Any]) -> None:
    """One object on standard output; what is not valid text survives as escapes."""
    sys.stdout.write(json.dumps(row, ensure_ascii=True) + "\n")
    sys.stdout.flush()


def empty_outcome() -> dict[str, Any]:
    """The JSON of `fix` with nothing in it."""
    return {
        "instance_id": "",
        "status": "",
        "resolved": False,
        "model_patch": "",
        "test_patch_out": "",
        "verdict": None,
        "rivals": [],
        "groups": [],
        "reason": "",
        "usage": asdict(Usage()),
        "bill": [],
        "usd_per_proved": None,
        "seconds": 0.0,
        "run": "",
        "journal": "",
        "hint": "",
        "honest": None,
    }
