"""The budget counts steps and seconds of a given clock, and names the limit that is reached."""

from agent.core.protocols import Remaining
from agent.core.usage import Charge, Payer, Usage
from agent.run.budget import Budget


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_fresh_budget_has_everything_left() -> None:
    budget = Budget(3, 60.0, Clock())
    assert (budget.remaining, budget.seconds, budget.exhausted, budget.usage) == (Remaining(3, 60.0), 0.0, "", Usage())


def test_steps_are_counted() -> None:
    budget = Budget(2, 60.0, Clock())
    budget.count_step()
    assert (budget.remaining.steps, budget.exhausted) == (1, "")
    budget.count_step()
    assert (budget.remaining.steps, budget.exhausted) == (0, "the limit of 2 steps")


def test_what_requests_cost_is_settled_apart_from_steps() -> None:
    budget = Budget(2, 60.0, Clock(), max_cost_usd=1.0)
    budget.settle(Usage(requests=1, cost_usd=0.5))
    budget.settle(Usage(requests=2, cost_usd=0.25))
    assert budget.usage == Usage(requests=3, cost_usd=0.75)
    assert budget.remaining == Remaining(2, 60.0, 0.25)


def test_the_bill_has_a_line_for_each_payer_that_made_requests() -> None:
    told: list[tuple[Usage, Payer]] = []
    budget = Budget(2, 60.0, Clock(), on_settle=lambda usage, payer: told.append((usage, payer)))
    fast, strong = Payer("mini", "fast"), Payer("big", "strong")
    spent = [(Usage(1, cost_usd=0.5), fast), (Usage(1, cost_usd=None), strong), (Usage(2, cost_usd=0.25), fast)]
    for usage, payer in [*spent, (Usage(), Payer("unasked"))]:
        budget.settle(usage, payer)
    assert budget.bill == (Charge(fast, Usage(3, cost_usd=0.75)), Charge(strong, Usage(1, cost_usd=None)))
    assert told[:3] == spent


def test_money_left_is_never_negative() -> None:
    budget = Budget(2, 60.0, Clock(), max_cost_usd=1.0)
    budget.settle(Usage(requests=1, cost_usd=1.5))
    assert budget.remaining.cost_usd == 0.0


def test_time_runs_out_and_is_never_negative() -> None:
    clock = Clock()
    budget = Budget(2, 1.5, clock)
    clock.now += 1.0
    assert (budget.remaining, budget.seconds, budget.exhausted) == (Remaining(2, 0.5), 1.0, "")
    clock.now += 5.0
    assert (budget.remaining, budget.exhausted) == (Remaining(2, 0.0), "the time limit of 1.5 s")


def test_more_steps_than_allowed_leave_nothing_and_not_less() -> None:
    budget = Budget(1, 60.0, Clock())
    for _ in range(3):
        budget.count_step()
    assert budget.remaining.steps == 0


def test_a_limit_of_nothing_is_reached_at_once() -> None:
    assert Budget(0, 60.0, Clock()).exhausted == "the limit of 0 steps"
    assert Budget(1, 0.0, Clock()).exhausted == "the time limit of 0 s"
