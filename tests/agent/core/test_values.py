"""The core's values: usage adds up, verdicts know their exit code, errors survive the way between processes."""

import pickle

import pytest

from agent.core.errors import InfraFailure, OverBudget, Refused, RegreenError, UsageProblem
from agent.core.usage import Usage
from agent.core.verdict import EXIT_CODES, Status, Verdict


def test_usage_adds_up() -> None:
    assert Usage(1, 10, 5, 2, 0.25) + Usage(2, 20, 0, 3, 0.5) == Usage(3, 30, 5, 5, 0.75)
    assert Usage() + Usage() == Usage(0, 0, 0, 0, 0.0)


def test_a_cost_that_is_not_known_stays_unknown() -> None:
    assert (Usage(cost_usd=1.0) + Usage(cost_usd=None)).cost_usd is None
    assert (Usage(cost_usd=None) + Usage(cost_usd=1.0)).cost_usd is None


def test_every_status_has_its_exit_code() -> None:
    assert {str(status): code for status, code in EXIT_CODES.items()} == {
        "proved": 0,
        "nothing_to_do": 0,
        "unsolved": 1,
        "usage": 2,
        "plausible": 3,
        "over_budget": 4,
        "infra_failure": 5,
        "refused": 6,
        "internal_error": 70,
        "interrupted": 130,
    }
    assert {status: Verdict(status).exit_code for status in Status} == EXIT_CODES


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (RegreenError, Status.INTERNAL_ERROR),
        (UsageProblem, Status.USAGE),
        (InfraFailure, Status.INFRA_FAILURE),
        (Refused, Status.REFUSED),
        (OverBudget, Status.OVER_BUDGET),
    ],
)
def test_an_error_has_a_status_a_message_and_a_hint_and_survives_pickling(
    kind: type[RegreenError], status: Status
) -> None:
    error = pickle.loads(pickle.dumps(kind("what", "next")))
    assert (type(error), error.status, error.message, error.hint, str(error)) == (kind, status, "what", "next", "what")
