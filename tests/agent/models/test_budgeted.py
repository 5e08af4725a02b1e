"""Every single request is paid for from the budget: reserved at its worst price, settled by what it used."""

import os
from pathlib import Path

import pytest

from agent.core.errors import EndpointProblem, OverBudget
from agent.core.protocols import Remaining
from agent.core.usage import Usage
from agent.models.budgeted import Budgeted
from agent.models.card import ModelCard, Price
from agent.models.failures import Retrying
from agent.run.budget import Budget
from agent.trace.spending import Spending
from tests.asking import ASKED, TOOLS, Time, connected
from tests.endpoint import Act, Counted, Endpoint, counting, cut, fault, says

PRICED = ModelCard("gpt-4.1", max_output_tokens=1000, prices=(Price(2.0, 8.0),))
UNPRICED = ModelCard("local", max_output_tokens=1000)


def spend(card: ModelCard, script: list[Act], budget: Budget, requests: int) -> int:
    """Ask until the budget says no or the script ends; the number of requests that were sent."""
    with Endpoint(script, models=[card.name]) as endpoint:
        model = Budgeted(connected(card, endpoint.base_url), card, lambda: budget.remaining, budget.settle)
        time = Time()
        patient = Retrying(model, sleep=time.sleep, clock=time.clock)
        try:
            for _ in range(requests):
                patient.complete(ASKED, TOOLS)
        finally:
            sent = len(endpoint.requests)
    return sent


def of(usd: float) -> Budget:
    return Budget(10, 600.0, max_cost_usd=usd)


def test_a_reply_is_settled_by_what_it_used() -> None:
    budget = of(1.0)
    spend(PRICED, [counting(Counted(1000, 100), says("yes"))], budget, 1)
    assert budget.usage == Usage(1, 1000, 0, 100, (1000 * 2.0 + 100 * 8.0) / 1_000_000)


def test_a_request_that_could_cost_more_than_is_left_is_not_sent() -> None:
    budget = of(0.001)
    with pytest.raises(OverBudget, match=r"the next call could cost \$0\.00\d\d, \$0\.0010 are left"):
        spend(PRICED, [], budget, 1)
    assert budget.usage == Usage()


def test_a_broken_reply_that_may_be_billed_is_settled_at_its_worst_price() -> None:
    budget = of(1.0)
    spend(PRICED, [cut(), counting(Counted(1000, 100), says("yes"))], budget, 1)
    assert budget.usage.requests == 2
    assert (budget.usage.cost_usd or 0.0) > 0.0108


def test_each_new_try_must_be_affordable() -> None:
    budget = of(0.012)  # one reply of full length, not two
    with pytest.raises(OverBudget):
        spend(PRICED, [cut()], budget, 1)
    assert budget.usage.requests == 1


def test_failed_tries_are_on_the_bill_when_no_reply_ever_came() -> None:
    budget = of(1.0)
    with pytest.raises(EndpointProblem):
        spend(PRICED, [fault(503)] * 5, budget, 1)
    assert budget.usage == Usage(requests=5)


class Kept:
    """A purse that keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[float, ...]] = []

    def set_aside(self, usd: float) -> None:
        self.told.append((usd,))

    def settle(self, set_aside: float, spent: float) -> None:
        self.told.append((set_aside, spent))


def test_a_shared_purse_sets_aside_and_is_settled_for_each_try() -> None:
    budget, purse = of(1.0), Kept()
    script: list[Act] = [fault(503), cut(), counting(Counted(1000, 100), says("yes"))]
    with Endpoint(script) as endpoint:
        plain = connected(PRICED, endpoint.base_url)
        model = Budgeted(plain, PRICED, lambda: budget.remaining, budget.settle, purse)
        Retrying(model, sleep=Time().sleep).complete(ASKED, TOOLS)
    worst = purse.told[0][0]
    aside = [told[0] for told in purse.told]
    assert aside == [worst] * 6
    assert [len(told) for told in purse.told] == [1, 2] * 3
    spent = [told[1] for told in purse.told[1::2]]
    assert spent == pytest.approx([0.0, worst, 0.0028], abs=0.001)


def test_a_model_without_a_price_asks_no_purse_and_a_full_purse_lets_nothing_pass() -> None:
    budget, purse = of(1.0), Kept()
    with Endpoint([says("yes")], models=["local"]) as endpoint:
        plain = connected(UNPRICED, endpoint.base_url)
        Budgeted(plain, UNPRICED, lambda: budget.remaining, budget.settle, purse).complete(ASKED, TOOLS)
    assert purse.told == []
    full = Spending(Path(os.environ["HOME"]), 0.001)
    with Endpoint([]) as endpoint:
        plain = connected(PRICED, endpoint.base_url)
        model = Budgeted(plain, PRICED, lambda: budget.remaining, budget.settle, full)
        with pytest.raises(OverBudget, match=r"\$0\.001 a day"):
            model.complete(ASKED, TOOLS)


def test_a_model_without_a_price_stops_at_its_cap_of_tokens() -> None:
    budget = of(1.0)
    with pytest.raises(OverBudget, match="1,000,000 tokens were used"):
        spend(UNPRICED, [counting(Counted(600_000, 10), says("yes"))] * 2, budget, 3)
    assert (budget.usage.requests, budget.usage.cost_usd) == (2, None)


def test_an_interrupted_request_counts_as_the_dearest_it_could_have_been() -> None:
    class Interrupted:
        def complete(self, messages: object, tools: object) -> object:
            raise KeyboardInterrupt

    budget = of(1.0)
    with pytest.raises(KeyboardInterrupt):
        Budgeted(Interrupted(), PRICED, lambda: Remaining(1, 60.0, 1.0), budget.settle).complete(ASKED, TOOLS)  # type: ignore[arg-type]
    assert budget.usage.requests == 1
    assert (budget.usage.cost_usd or 0.0) > 0.008
