"""A model that spends from a budget: the worst price is set aside before each request, and settled after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from agent.core.errors import OverBudget
from agent.core.message import Message, Reply
from agent.core.protocols import Model, Remaining
from agent.core.usage import Usage
from agent.models.card import ModelCard, worst_case_usd
from agent.models.estimate import Estimator
from agent.models.failures import RequestFailed
from tools.spec import ToolSpec


class Purse(Protocol):
    """Money that is shared with others: set aside before a request, settled after it, in USD."""

    def set_aside(self, usd: float) -> None: ...
    def settle(self, set_aside: float, spent: float) -> None: ...


class Budgeted:
    """Refuses a request that could cost more than is left. Below `Retrying`, so that every single try is counted."""

    def __init__(
        self,
        model: Model,
        card: ModelCard,
        remaining: Callable[[], Remaining],
        settle: Callable[[Usage], None],
        purse: Purse | None = None,
    ) -> None:
        self._model = model
        self._card = card
        self._remaining = remaining
        self._settle = settle
        self._purse = purse
        self._tokens = 0
        self._estimator = Estimator()

    def complete(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> Reply:
        """One request, settled whether it came to a reply or not. Raises OverBudget before it is sent."""
        worst = self._reserved(messages, tools)
        try:
            reply = self._model.complete(messages, tools)
        except RequestFailed as failed:
            self._settled(failed.failure.usage, worst)
            raise
        except KeyboardInterrupt:  # nobody knows any more what it cost
            self._settled(worst, worst)
            raise
        self._settled(reply.usage, worst)
        self._estimator.learn(messages, tools, reply.usage.input_tokens)
        return reply

    def _reserved(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> Usage:
        """The most the request can use; OverBudget when that is more than is left."""
        tokens = self._estimator.tokens(messages, tools)
        worst = worst_case_usd(self._card, tokens, self._card.output_tokens)
        left = self._remaining().cost_usd
        if worst is None and self._card.token_cap is not None and self._tokens >= self._card.token_cap:
            raise OverBudget(f"{self._card.token_cap:,} tokens were used, the cap for a model without a known price")
        if worst is not None and worst > left:
            raise OverBudget(f"the next call could cost ${worst:.4f}, ${left:.4f} are left", "raise --max-cost")
        if worst is not None and self._purse is not None:
            self._purse.set_aside(worst)
        return Usage(1, tokens, 0, self._card.output_tokens, worst)

    def _settled(self, usage: Usage, worst: Usage) -> None:
        self._tokens += usage.input_tokens + usage.output_tokens
        if worst.cost_usd is not None and self._purse is not None:
            self._purse.settle(worst.cost_usd, usage.cost_usd or 0.0)
        self._settle(usage)
