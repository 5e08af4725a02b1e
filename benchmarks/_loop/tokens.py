"""Tokens of what was sent, by one counter for all: of each message and of the tools, as they stand in the request.

Where a peer's interpreter has tiktoken and its vocabulary lies on the disk (litellm ships GPT-4.1's), that
counts; else characters do, by the upper bound of `agent/models/card.py`.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from agent.models.card import estimate_tokens
from benchmarks._loop.agents import Agent

CACHED_PRICE = 0.25
Count = Callable[[Sequence[str]], list[int]]
COUNTER = """
import importlib.util, json, os, sys
folder = os.path.dirname(importlib.util.find_spec("litellm").origin)
os.environ["TIKTOKEN_CACHE_DIR"] = os.path.join(folder, "litellm_core_utils", "tokenizers")
import tiktoken
encoding = tiktoken.get_encoding("o200k_base")
print(json.dumps([len(encoding.encode(text, disallowed_special=())) for text in json.load(sys.stdin)]))
"""


@dataclass(frozen=True, slots=True)
class Sent:
    """Tokens of a conversation: all of them, and those that a request shares with the one before, from its start."""

    tokens: int
    cached: int

    @property
    def prefix(self) -> float:
        """The share a provider can take from its cache."""
        return self.cached / self.tokens

    @property
    def weighted(self) -> float:
        """Tokens weighted by price: a cached one costs a quarter."""
        return self.tokens - (1 - CACHED_PRICE) * self.cached


def sent(bodies: Sequence[Mapping[str, Any]], count: Count) -> Sent:
    """What these requests of one conversation come to."""
    texts = [texts_of(body) for body in bodies]
    known = sorted({text for body in texts for text in body})
    tokens = dict(zip(known, count(known), strict=True))
    total = sum(tokens[text] for body in texts for text in body)
    return Sent(total, sum(tokens[text] for before, body in pairwise(texts) for text in shared(before, body)))


def counter(peers: Sequence[Agent]) -> tuple[str, Count]:
    """The counter there is, and its name."""
    if not peers:
        return "characters", lambda texts: [estimate_tokens(text) for text in texts]
    python = peers[0].python

    def count(texts: Sequence[str]) -> list[int]:
        ran = subprocess.run([python, "-c", COUNTER], input=json.dumps(list(texts)).encode(), stdout=-1, check=True)
        return [int(tokens) for tokens in json.loads(ran.stdout)]

    return "o200k_base", count


def texts_of(body: Mapping[str, Any]) -> list[str]:
    """The tools, then each message: what is said in it, and its calls."""
    tools = json.dumps(body.get("tools", []), ensure_ascii=False)
    return [tools, *(_message(message) for message in body["messages"])]


def _message(message: Mapping[str, Any]) -> str:
    content = message.get("content") or ""
    said = content if isinstance(content, str) else "".join(part.get("text", "") for part in content)
    calls = [call["function"] for call in message.get("tool_calls") or []]
    return "\n".join([message["role"], said, *(f"{call['name']} {call['arguments']}" for call in calls)])


def shared(before: Sequence[str], body: Sequence[str]) -> list[str]:
    """The texts that both begin with."""
    same = next((at for at, pair in enumerate(zip(before, body, strict=False)) if pair[0] != pair[1]), len(before))
    return list(body[:same])
