"""The whole repository is sent only where it fits the model and the money; the sentence says what it costs."""

import pytest

from agent.models.card import ModelCard, Price
from agent.models.worth import Worth, worth_of

PRICED = ModelCard("m", context_tokens=300_000, max_output_tokens=8_000, prices=(Price(2.0, 8.0, cached_input=0.5),))
UNPRICED = ModelCard("local", context_tokens=300_000, max_output_tokens=8_000)


def test_what_fits_and_is_cheap_pays() -> None:
    price = "$0.0800 once, $0.0200 with each later request, some $0.22 for 8"
    assert worth_of(40_000, PRICED, 1.0) == Worth(True, f"the whole repository has 40,000 tokens at most: {price}")


@pytest.mark.parametrize(
    ("tokens", "card", "budget", "reason"),
    [
        (150_000, PRICED, 9.0, "more than the 146,000 that leave m room to work"),
        (140_000, PRICED, 1.0, "some $0.77 for 8, more than half of the $1 of --max-cost"),
        (70_000, UNPRICED, 1.0, "the whole repository has 70,000 tokens at most, with each of some 8 requests"),
    ],
)
def test_what_does_not_says_why(tokens: int, card: ModelCard, budget: float, reason: str) -> None:
    worth = worth_of(tokens, card, budget)
    assert (worth.pays, worth.about.endswith(reason)) == (False, True), worth.about


def test_without_a_price_the_cap_of_tokens_decides() -> None:
    assert worth_of(60_000, UNPRICED, 0.0).pays
