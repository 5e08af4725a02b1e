"""What tokens cost, and how many fit."""

from datetime import date

import pytest

from agent.models.card import ModelCard, Price, Tokens, cost_usd, estimate_tokens, worst_case_usd

PRICES = (Price(1.0, 5.0, cached_input=0.1, cache_write=1.25), Price(2.0, 7.5, above_input_tokens=272_000))
CARD = ModelCard("m", context_tokens=1_000_000, max_output_tokens=100_000, prices=PRICES)


def test_cached_and_written_tokens_have_their_own_price() -> None:
    assert cost_usd(CARD, Tokens(100_000, 10_000, cached_input=50_000, cache_write=20_000)) == pytest.approx(
        (30_000 * 1.0 + 50_000 * 0.1 + 20_000 * 1.25 + 10_000 * 5.0) / 1e6
    )


def test_a_tier_holds_for_the_whole_request_from_the_first_token_above() -> None:
    assert cost_usd(CARD, Tokens(272_000, 0)) == pytest.approx(0.272)
    assert cost_usd(CARD, Tokens(272_001, 0)) == pytest.approx(0.544002)


def test_tokens_without_a_price_of_their_own_cost_as_much_as_plain_input() -> None:
    assert cost_usd(CARD, Tokens(300_000, 0, cached_input=200_000, cache_write=100_000)) == pytest.approx(0.6)


def test_the_worst_case_is_all_written_to_the_cache_and_a_full_reply() -> None:
    assert worst_case_usd(CARD, 100_000, 10_000) == pytest.approx(0.125 + 0.05)
    assert worst_case_usd(CARD, 300_000, 10_000) == pytest.approx(0.6 + 0.075)


def test_without_a_price_every_cost_is_unknown_and_a_token_cap_holds() -> None:
    card = ModelCard("m")
    assert (cost_usd(card, Tokens(1, 1)), worst_case_usd(card, 1, 1), card.token_cap) == (None, None, 1_000_000)
    assert CARD.token_cap is None


def test_a_request_leaves_room_for_a_full_reply() -> None:
    assert (CARD.input_tokens, CARD.output_tokens) == (900_000, 100_000)
    assert ModelCard("m", context_tokens=1_000, max_output_tokens=100, max_input_tokens=500).input_tokens == 500
    assert (ModelCard("m").input_tokens, ModelCard("m").output_tokens) == (119_808, 8_192)


def test_a_model_is_gone_on_the_day_of_its_shutdown() -> None:
    card = ModelCard("m", shutdown=date(2027, 1, 14))
    assert [card.ended(date(2027, 1, day)) for day in (13, 14)] == [False, True]
    assert not CARD.ended(date(9999, 1, 1))


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("a", 1), ("a" * 7, 2), ("a" * 8, 3)])
def test_tokens_are_estimated_upwards(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens
