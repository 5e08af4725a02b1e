"""The end of a model is told from 60 days before, and what its replacement changes."""

from dataclasses import replace
from datetime import date

import pytest

from agent.models.card import ModelCard, Price
from agent.models.catalog import load_catalog
from agent.models.lifecycle import changes, ending

CARD = ModelCard("old", shutdown=date(2027, 1, 14), replacement="new", prices=(Price(2.0, 8.0),))
DAYS = {
    date(2026, 11, 14): "",
    date(2026, 11, 15): "old shuts down on 2027-01-14, in 60 days; new will take its place",
    date(2027, 1, 13): "old shuts down on 2027-01-14, in 1 day; new will take its place",
    date(2027, 1, 14): "old was to be shut down on 2027-01-14",
    date(2028, 1, 1): "old was to be shut down on 2027-01-14",
}


@pytest.mark.parametrize("today", DAYS)
def test_an_end_is_told_from_60_days_before(today: date) -> None:
    assert ending(CARD, today) == DAYS[today]


def test_an_end_nobody_knows_is_not_told() -> None:
    assert ending(replace(CARD, shutdown=None), date(2027, 1, 1)) == ""
    assert ending(replace(CARD, replacement=""), date(2027, 1, 1)) == "old shuts down on 2027-01-14, in 13 days"


OTHERS = {
    "nothing": (replace(CARD, name="new"), ""),
    "the price": (replace(CARD, name="new", prices=()), "an unknown price instead of $2/$8 per million tokens in/out"),
    "the context": (replace(CARD, name="new", context_tokens=1000), "its context is 1,000 tokens instead of 2,000"),
    "the eyes": (replace(CARD, name="new", modalities=("text",)), "it sees no images"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_changes_with_another_model_is_told_and_nothing_else(name: str) -> None:
    other, told = OTHERS[name]
    card = replace(CARD, context_tokens=2000, modalities=("text", "image"))
    assert changes(card, other) == (f"with new instead of old: {told}" if told else "")


def test_what_changes_after_gpt_4_1() -> None:
    cards = load_catalog().cards
    assert changes(cards["gpt-4.1"], cards["gpt-6-luna"]) == (
        "with gpt-6-luna instead of gpt-4.1: requests go through Responses, not Chat Completions; "
        "it takes a reasoning effort (none, low, medium, high, xhigh, max); it takes no temperature; "
        "$0.1/$0.5, $0.2/$0.75 above 272,000 input tokens instead of $2/$8 per million tokens in/out"
    )
