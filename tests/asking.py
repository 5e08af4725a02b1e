"""What tests of models share: a card behind each API, a conversation, tools, and clients that are quick to open."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, get_args

from agent.core.message import Message
from agent.core.protocols import Model
from agent.core.usage import Usage
from agent.models.card import Api, ModelCard
from agent.models.catalog import load_catalog
from agent.models.connection import open_client
from agent.models.provider import for_card
from tools.schema import tool_spec
from tools.spec import ToolSpec

if TYPE_CHECKING:
    from openai import OpenAI

KEY = "sk-not-for-anyone-to-see"
LONG = 30.0
ASKED = (Message("system", "You mend code."), Message("user", "Mend a.py."))
# 1000 tokens in and 50 out at gpt-4.1's prices.
ONE = Usage(1, 1000, 0, 50, 0.0024)


def read_file(
    ctx: object,
    path: Annotated[str, "Path from the root."],
    start: Annotated[int, "First line."] = 1,
) -> str:
    """Show lines of a file."""
    raise NotImplementedError


def apply_patch(ctx: object, patch: Annotated[str, "A unified diff."]) -> str:
    """Apply a patch."""
    raise NotImplementedError


TOOLS: tuple[ToolSpec, ...] = (tool_spec(read_file), tool_spec(apply_patch))
# gpt-4.1 behind each API; where it calls tools in its words; and both.
WIRE = {api: replace(load_catalog().cards["gpt-4.1"], api=api) for api in ("chat", "responses")}
CARDS = {api: replace(load_catalog().cards["gpt-4.1"], api=api) for api in get_args(Api)}
STREAMED = {f"{name}, streamed": replace(card, parameters=(*card.parameters, "stream")) for name, card in WIRE.items()}
CARDS |= STREAMED


@dataclass
class Time:
    """A clock that moves only when somebody sleeps."""

    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def clock(self) -> float:
        return sum(self.slept)


@functools.cache
def first_client() -> OpenAI:
    return open_client("http://127.0.0.1/v1", KEY)


def quick_client(base_url: str, api_key: str) -> OpenAI:
    """A real client that shares its connections with the first one: opening them is most of a test's time."""
    return first_client().copy(base_url=base_url, api_key=api_key)


def connected(card: ModelCard, base_url: str, timeout_seconds: float = LONG) -> Model:
    return for_card(card, base_url, KEY, lambda: timeout_seconds, quick_client)
