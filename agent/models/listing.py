"""What an endpoint says of a model itself: the row of `GET /models`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from agent.models.wire import Body, count_of, dict_of, list_of, text_of

if TYPE_CHECKING:
    from openai import OpenAI

# As vLLM, routers, LM Studio, llama.cpp and others name the context of the model they serve.
CONTEXT_KEYS = ("max_model_len", "loaded_context_length", "context_length", "context_window", "max_context_length")
TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Listed:
    """A model's row: whether there is one, the context it is served with (None: not said), its last day (None)."""

    found: bool
    context_tokens: int | None = None
    shutdown: date | None = None


def listed(client: OpenAI, model: str) -> Listed | None:
    """The row of a model; None where the endpoint gives no list."""
    from openai import APIError

    try:
        answer = client.with_options(timeout=TIMEOUT_SECONDS).models.with_raw_response.list()
        rows = list_of(dict_of(json.loads(answer.content)).get("data"))
    except (APIError, ValueError, RecursionError):
        return None
    row = next((dict_of(row) for row in rows if dict_of(row).get("id") == model), None)
    return Listed(False) if row is None else Listed(True, _context(row), _day(row.get("shutdown_date")))


def _context(row: Body) -> int | None:
    served: Mapping[str, object] = {**row, **dict_of(row.get("meta"))}
    return next((size for key in (*CONTEXT_KEYS, "n_ctx") if (size := count_of(served.get(key)))), None)


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(text_of(value)[:10])
    except ValueError:
        return None
