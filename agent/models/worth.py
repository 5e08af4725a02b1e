"""Whether a long beginning is worth its price: paid for whole once, then at the cache's price with each request."""

from __future__ import annotations

from dataclasses import dataclass

from agent.models.card import ModelCard, Tokens, cost_usd

REQUESTS = 8  # of a usual run
SHARE_OF_BUDGET = 0.5
SHARE_OF_CONTEXT = 0.5


@dataclass(frozen=True, slots=True)
class Worth:
    """Whether so many tokens are sent with every request of a run, and a sentence on the price or the reason."""

    pays: bool
    about: str


def worth_of(tokens: int, card: ModelCard, budget_usd: float) -> Worth:
    """Of a run's money half may go to its beginning, of the model's context half; without a price, of its tokens."""
    size = f"the whole repository has {tokens:,} tokens at most"
    room = int(SHARE_OF_CONTEXT * card.input_tokens)
    if tokens > room:
        return Worth(False, f"{size}, more than the {room:,} that leave {card.name} room to work")
    first, later = cost_usd(card, Tokens(tokens, 0)), cost_usd(card, Tokens(tokens, 0, cached_input=tokens))
    if first is None or later is None:
        cap = SHARE_OF_BUDGET * (card.token_cap or 0)
        return Worth(tokens * REQUESTS <= cap, f"{size}, with each of some {REQUESTS} requests")
    price = first + (REQUESTS - 1) * later
    said = f"{size}: ${first:.4f} once, ${later:.4f} with each later request, some ${price:.2f} for {REQUESTS}"
    if price > SHARE_OF_BUDGET * budget_usd:
        return Worth(False, f"{said}, more than half of the ${budget_usd:g} of --max-cost")
    return Worth(True, said)
