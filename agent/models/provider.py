"""The model for a card: which API carries it is the card's word."""

from __future__ import annotations

from collections.abc import Callable

from agent.core.protocols import Model
from agent.models.card import ModelCard
from agent.models.chat import ChatModel
from agent.models.connection import ClientFactory, Connection, open_client
from agent.models.responses import ResponsesModel

MODELS: dict[str, Callable[[ModelCard, Connection], Model]] = {
    "chat": ChatModel,
    "responses": ResponsesModel,
}


def for_card(
    card: ModelCard,
    base_url: str,
    api_key: str,
    patience: Callable[[], float],
    client_factory: ClientFactory = open_client,
) -> Model:
    """A model that makes one request a reply, in at most `patience()` seconds; Retrying around it meets failures."""
    return MODELS[card.api](card, Connection(base_url, api_key, patience, client_factory))
