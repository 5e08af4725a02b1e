"""What is known of a model, and what its tokens cost. Prices are USD per million tokens."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Literal

# How requests with tools are made; "text" is Chat Completions with the calls in its words.
Api = Literal["chat", "responses", "text"]
# What a model is taught to write; every format is read whatever it was taught.
PatchFormat = Literal["unified", "begin-patch", "search-replace"]

# For models nobody has told us about: low enough for most, and the endpoint says so when it is still too much.
ASSUMED_CONTEXT_TOKENS = 128_000
ASSUMED_OUTPUT_TOKENS = 8_192
# What a run may use of a model without a price; with gpt-4.1's prices this would be some dollars.
CAP_WITHOUT_PRICE_TOKENS = 1_000_000
# Code has 4.6 characters a token in the mean; 3.5 is the dense end, so this overestimates.
CHARACTERS_PER_TOKEN = 3.5
# The most the vendor's rules come to for one image: 1,536 patches, each counted 2.46 times by the smallest model.
IMAGE_TOKENS = 3_800


@dataclass(frozen=True, slots=True)
class Price:
    """USD per million tokens for requests of more than `above_input_tokens`; None means charged like plain input."""

    input: float
    output: float
    cached_input: float | None = None
    cache_write: float | None = None
    above_input_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """Where the named facts of a card come from, and when they were read (None: a file of the user's)."""

    at: str
    facts: tuple[str, ...]
    read: date | None = None


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The facts about one model. None, "" and () mean unknown, or for `parameters` and efforts: not to be sent.

    `parameters` are the optional request parameters it takes; `reasoning_effort` and `temperature` are our choice.
    """

    name: str
    api: Api = "chat"
    context_tokens: int | None = None
    max_input_tokens: int | None = None
    max_output_tokens: int | None = None
    prices: tuple[Price, ...] = ()
    modalities: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    reasoning_efforts: tuple[str, ...] = ()
    reasoning_effort: str = ""
    temperature: float | None = None
    patch_format: PatchFormat = "unified"
    shutdown: date | None = None
    replacement: str = ""
    sources: tuple[Source, ...] = ()

    @property
    def output_tokens(self) -> int:
        """The most tokens one reply may have: what every request asks for."""
        return self.max_output_tokens or ASSUMED_OUTPUT_TOKENS

    @property
    def input_tokens(self) -> int:
        """The most tokens one request may have, so that a full reply still fits the context."""
        fitting = (self.context_tokens or ASSUMED_CONTEXT_TOKENS) - self.output_tokens
        return min(fitting, self.max_input_tokens or fitting)

    @property
    def token_cap(self) -> int | None:
        """Tokens a run may use in all when no price can limit it; None when the price is known."""
        return None if self.prices else CAP_WITHOUT_PRICE_TOKENS

    def ended(self, today: date) -> bool:
        """Whether the model was shut down by this day."""
        return self.shutdown is not None and today >= self.shutdown


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of one request; cached and written ones are part of `input`."""

    input: int
    output: int
    cached_input: int = 0
    cache_write: int = 0


def cost_usd(card: ModelCard, tokens: Tokens) -> float | None:
    """What one request cost; None when the card has no price."""
    price = _price_at(card, tokens.input)
    if price is None:
        return None
    plain = max(0, tokens.input - tokens.cached_input - tokens.cache_write)
    parts = (
        (plain, price.input),
        (tokens.cached_input, _or_input(price.cached_input, price)),
        (tokens.cache_write, _or_input(price.cache_write, price)),
        (tokens.output, price.output),
    )
    return sum(count * per_million for count, per_million in parts) / 1_000_000


def worst_case_usd(card: ModelCard, input_tokens: int, max_output_tokens: int) -> float | None:
    """The most one request can cost: nothing cached, all of it written to the cache, a reply of full length."""
    price = _price_at(card, input_tokens)
    if price is None:
        return None
    dearest_input = max(price.input, _or_input(price.cache_write, price))
    return (input_tokens * dearest_input + max_output_tokens * price.output) / 1_000_000


def estimate_tokens(text: str) -> int:
    """An upper bound for the tokens of a text, of code in particular."""
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN)


def _price_at(card: ModelCard, input_tokens: int) -> Price | None:
    tiers = [price for price in card.prices if price.above_input_tokens == 0 or input_tokens > price.above_input_tokens]
    return max(tiers, key=lambda price: price.above_input_tokens, default=None)


def _or_input(known: float | None, price: Price) -> float:
    return price.input if known is None else known
