"""Shortening a conversation: old answers of tools make way for a line each, all in one step.

Between such steps a conversation only grows, so that the provider's cache keeps its beginning. What stays whole: the
rules and the task, the newest answers, the answer to the last patch (its diff and what it did to the tests), every word
and call of the model's. The number of messages stays the same.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from agent.core.message import Message
from agent.models.card import ModelCard
from prompts import render
from tools.spec import ToolCall

COMPACT_AT_TOKENS = 12_000  # at 40 steps the prefix stays cached for 90 %, and half is sent
SHARE_OF_INPUT = 0.75  # of what a model takes: the next reply must fit, too
KEPT_ANSWERS = 2
KEPT_WHEN_REFUSED = 1
LEAST_SAVED = 0.2  # of all characters: with less the cache is worth more
SHORT = 400  # characters that are left as they are
MAX_ARGUMENT = 80


@dataclass(frozen=True, slots=True)
class Shortened:
    """A conversation with `answers` of its old answers left out."""

    messages: tuple[Message, ...]
    answers: int


def room_tokens(card: ModelCard) -> int:
    """The tokens from which on a conversation with a model is shortened."""
    return min(COMPACT_AT_TOKENS, int(SHARE_OF_INPUT * card.input_tokens))


def shortened(messages: Sequence[Message], patch: str, kept: int | None = None) -> Shortened | None:
    """The conversation with all but the last `kept` answers left out; None where that would save little.

    Unless told how many, it keeps a few, and all that the model has not seen yet.
    `patch` is the tree as it is now, told with the newest of those left out.
    """
    calls = {call.call_id: call for message in messages for call in message.tool_calls}
    answers = [at for at, message in enumerate(messages) if message.role == "tool"]
    unseen = len(list(takewhile(lambda message: message.role == "tool", reversed(messages))))
    old = answers[: max(0, len(answers) - (max(KEPT_ANSWERS, unseen) if kept is None else kept))]
    patched = [at for at in answers if calls[messages[at].call_id].name == "apply_patch"]
    left_out = [at for at in old if at not in patched[-1:] and len(messages[at].text) > SHORT]
    if not left_out:
        return None
    changed = {at: _line(calls[messages[at].call_id], messages[at].text) for at in left_out}
    changed[left_out[-1]] += render("changes_so_far", patch=patch.rstrip("\n")) if patch else ""
    short = tuple(replace(message, text=changed.get(at, message.text)) for at, message in enumerate(messages))
    before, after = (sum(len(message.text) for message in some) for some in (messages, short))
    return Shortened(short, len(left_out)) if before - after >= LEAST_SAVED * before else None


def _line(call: ToolCall, text: str) -> str:
    """What stands for an answer: the call again, and how to have it once more."""
    told = {name: value for name, value in call.arguments.items() if len(json.dumps(value)) <= MAX_ARGUMENT}
    asked = ", ".join(f"{name}={json.dumps(value)}" for name, value in told.items())
    return render("left_out", call=f"{call.name}({asked})", lines=text.count("\n") + 1)
