"""Errors for the user: one line, a hint, and the status word that decides the exit code.

RegreenError
├── UsageProblem      bad arguments or configuration, no repository
│   ├── KeyRefused        the endpoint does not accept the key
│   └── ModelUnknown      the endpoint has no such model
├── InfraFailure      the ground is broken: no tests, no pytest, collection, sandbox
│   └── EndpointProblem   the model's endpoint is unreachable, silent, busy or broken
├── Refused           a policy forbids the patch
├── OverBudget        a limit ended the work
│   └── DaySpent          the limit of the day, which is another one tomorrow
└── ContextTooLong    the conversation no longer fits the model
"""

from __future__ import annotations

from typing import ClassVar

from agent.core.verdict import Status


class RegreenError(Exception):
    """What the user is told: `message` in one line and `hint`, the next move."""

    status: ClassVar[Status] = Status.INTERNAL_ERROR

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


class UsageProblem(RegreenError):
    """The call cannot be carried out as it was made."""

    status = Status.USAGE


class InfraFailure(RegreenError):
    """The tests cannot be trusted to run here, so nothing can be proved."""

    status = Status.INFRA_FAILURE


class Refused(RegreenError):
    """The patch breaks a policy."""

    status = Status.REFUSED


class OverBudget(RegreenError):
    """A limit was reached before the work could end."""

    status = Status.OVER_BUDGET


class DaySpent(OverBudget):
    """The money of the day is gone; the same work can go on tomorrow."""


class KeyRefused(UsageProblem):
    """The endpoint does not accept the key."""


class ModelUnknown(UsageProblem):
    """The endpoint has no such model, or none for this key."""


class EndpointProblem(InfraFailure):
    """The model's endpoint is unreachable, silent, busy or broken, and trying again did not help."""


class ContextTooLong(RegreenError):
    """The conversation no longer fits the model's context: a limit like any other, unless it is shortened."""

    status = Status.OVER_BUDGET
