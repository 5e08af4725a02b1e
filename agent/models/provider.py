"""The model for a card: which API carries it is the card's word, until the endpoint refuses it."""

from __future__ import annotations

from collections.abc import Callable

from agent.core.protocols import Model
from agent.models.adapting import Adapting
from agent.models.card import ModelCard
from agent.models.chat import ChatModel
from agent.models.connection import ClientFactory, Connection, open_client
from agent.models.responses import ResponsesModel
from agent.models.text import TextModel

MODELS: dict[str, Callable[[ModelCard, Connection], Model]] = {
    "chat": ChatModel,
    "responses": ResponsesModel,
    "text": lambda card, connection: TextModel(ChatModel(card, connection)),
}


def _unheard(card: ModelCard, why: str) -> None:
    """What was learnt, and nobody keeps."""


def for_card(
    card: ModelCard,
    base_url: str,
    api_key: str,
    patience: Callable[[], float],
    client_factory: ClientFactory = open_client,
    *,
    learnt: Callable[[ModelCard, str], None] = _unheard,
) -> Model:
    """A model that makes one request a reply, in at most `patience()` seconds; Retrying around it meets failures.

    What the endpoint refuses is done otherwise from then on, and `learnt` told.
    """
    connection = Connection(base_url, api_key, patience, client_factory)
    return Adapting(card, lambda changed: MODELS[changed.api](changed, connection), learnt)
