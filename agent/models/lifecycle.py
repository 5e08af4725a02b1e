"""The end of a model: how near it is, and what changes with the one that takes its place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from agent.models.card import ModelCard, Price

WARNING_DAYS = 60
API_NAMES = {"chat": "Chat Completions", "responses": "Responses", "text": "Chat Completions, tools called in words"}


def ending(card: ModelCard, today: date) -> str:
    """That a model shuts down soon, or was to be gone by now; "" while that is far off, or no day is known."""
    if card.shutdown is None or (card.shutdown - today).days > WARNING_DAYS:
        return ""
    days = (card.shutdown - today).days
    if days <= 0:
        return f"{card.name} was to be shut down on {card.shutdown}"
    after = f"; {card.replacement} will take its place" if card.replacement else ""
    return f"{card.name} shuts down on {card.shutdown}, in {days} day{'s' if days > 1 else ''}{after}"


def changes(card: ModelCard, successor: ModelCard) -> str:
    """What is otherwise with the successor, in one line; "" when nothing is that is known."""
    told = list(_changes(card, successor))
    return f"with {successor.name} instead of {card.name}: {'; '.join(told)}" if told else ""


def _changes(card: ModelCard, successor: ModelCard) -> Iterator[str]:
    if successor.api != card.api:
        yield f"requests go through {API_NAMES[successor.api]}, not {API_NAMES[card.api]}"
    if successor.reasoning_efforts and successor.reasoning_efforts != card.reasoning_efforts:
        yield f"it takes a reasoning effort ({', '.join(successor.reasoning_efforts)})"
    if "temperature" in card.parameters and "temperature" not in successor.parameters:
        yield "it takes no temperature"
    if "image" in card.modalities and successor.modalities and "image" not in successor.modalities:
        yield "it sees no images"
    if successor.context_tokens and card.context_tokens and successor.context_tokens < card.context_tokens:
        yield f"its context is {successor.context_tokens:,} tokens instead of {card.context_tokens:,}"
    if successor.prices != card.prices:
        yield f"{_prices(successor)} instead of {_prices(card)} per million tokens in/out"


def _prices(card: ModelCard) -> str:
    return ", ".join(map(_price, card.prices)) or "an unknown price"


def _price(price: Price) -> str:
    above = f" above {price.above_input_tokens:,} input tokens" if price.above_input_tokens else ""
    return f"${price.input:g}/${price.output:g}{above}"
