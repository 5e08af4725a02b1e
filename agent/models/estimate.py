"""How many tokens a request will be, before it is sent: an upper bound, brought nearer by what replies tell."""

from __future__ import annotations

import math
from collections.abc import Sequence

from agent.core.message import Message
from agent.models.card import IMAGE_TOKENS, estimate_tokens
from tools.spec import ToolSpec

MARGIN = 1.05  # what is left of an upper bound once the real count of this conversation is known
LEAST_RATIO, MOST_RATIO = 0.5, 3.0  # what an endpoint says it counted is believed within these


def request_tokens(messages: Sequence[Message], tools: Sequence[ToolSpec]) -> int:
    """The tokens of a request, by its characters and images."""
    images = IMAGE_TOKENS * sum(len(message.images) for message in messages)
    text = sum(estimate_tokens(f"{message.text}{message.tool_calls}") for message in messages)
    return images + text + estimate_tokens("".join(f"{spec.description}{spec.parameters}" for spec in tools))


class Estimator:
    """Counts requests of one conversation by their characters, and learns from each reply what these are worth."""

    def __init__(self) -> None:
        self._ratio = 1.0

    def tokens(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> int:
        """The tokens a request will have at most."""
        return math.ceil(request_tokens(messages, tools) * self._ratio)

    def learn(self, messages: Sequence[Message], tools: Sequence[ToolSpec], counted: int) -> None:
        """Take in what a reply says its request had; 0 says nothing."""
        if counted:
            ratio = MARGIN * counted / request_tokens(messages, tools)
            self._ratio = min(max(ratio, LEAST_RATIO), MOST_RATIO)
