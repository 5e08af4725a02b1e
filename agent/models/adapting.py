"""A model that learns what its endpoint refuses: a parameter is left out, the other API used, tools told in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from agent.core.message import Message, Reply
from agent.core.protocols import Model
from agent.core.usage import Usage
from agent.models.card import ModelCard
from agent.models.failures import Failure, RequestFailed
from tools.spec import ToolSpec

NEW_LIMIT = "max_completion_tokens"  # some servers know it by its old name alone
REFUSALS = ("request", "model", "server")
_OTHER_API = re.compile(r"\bv1/responses\b")
# As Ollama, vLLM, llama.cpp, routers and the vendor say it.
_NO_TOOLS = re.compile(
    r"(tools?\b|function.call).{0,60}(not (support|enabled|permitted|allowed)|unsupported|requires? --|unrecognized)"
    r"|(not support|unsupported|unrecognized|requires? --|no endpoints).{0,60}(\btools?\b|\btool[- ]|function.call)"
    r"|extra_forbidden.{0,60}\btools\b",
    re.IGNORECASE,
)


def adapted(card: ModelCard, failure: Failure) -> ModelCard | None:
    """The card with what this refusal teaches; None where it says nothing that could be done otherwise."""
    if failure.kind not in REFUSALS:
        return None
    if card.api == "chat" and _OTHER_API.search(failure.detail):
        return replace(card, api="responses")
    if NEW_LIMIT in failure.detail and "max_tokens" not in card.parameters:
        return replace(card, parameters=(*card.parameters, "max_tokens"))
    refused = next((name for name in card.parameters if _names(failure.detail, name)), "")
    if refused and failure.kind == "request":
        return replace(card, parameters=tuple(name for name in card.parameters if name != refused))
    if card.api != "text" and _NO_TOOLS.search(failure.detail):
        return replace(card, api="text")
    return None


def _names(detail: str, parameter: str) -> bool:
    """The Responses API calls some parameters by a path, reasoning.effort; stream_options come with stream."""
    return re.search(rf"\b{parameter.replace('_', '[_.]')}(_options)?\b", detail) is not None


def _otherwise(before: ModelCard, card: ModelCard) -> str:
    """What is done otherwise with a new card, in words."""
    if card.api == before.api:
        fewer = set(before.parameters) - set(card.parameters)
        return f"goes on without {', '.join(fewer)}" if fewer else "goes on with max_tokens"
    return {"responses": "goes on through the Responses API", "text": "goes on with tool calls in words"}[card.api]


class Adapting:
    """Asks the model of a card; after a refusal that teaches something, of another card from then on.

    `learnt` is given each new card, and a sentence on why.
    """

    def __init__(
        self, card: ModelCard, make: Callable[[ModelCard], Model], learnt: Callable[[ModelCard, str], None]
    ) -> None:
        self._card = card
        self._make = make
        self._model = make(card)
        self._learnt = learnt

    def complete(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> Reply:
        """The first reply that is not such a refusal; its usage counts those, too."""
        lost = Usage()
        while True:
            try:
                reply = self._model.complete(messages, tools)
            except RequestFailed as failed:
                lost += failed.failure.usage
                card = adapted(self._card, failed.failure)
                if card is None:
                    raise RequestFailed(replace(failed.failure, usage=lost)) from None
                why = f"{failed.failure.endpoint} says: {failed.failure.detail}; {_otherwise(self._card, card)}"
                self._card, self._model = card, self._make(card)
                self._learnt(card, why)
            else:
                return replace(reply, usage=lost + reply.usage)
