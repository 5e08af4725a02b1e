"""A model that calls tools in its words, for endpoints that take no tools: the API carries nothing but text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from agent.core.fence import fenced
from agent.core.message import Message, Reply
from agent.core.protocols import Model
from agent.models.blocks import arguments_of, described, split, written
from agent.models.wire import RawCall, read_calls
from prompts import render
from tools.spec import ToolCall, ToolSpec

CUT = "was cut off at the output limit; make the call shorter"


class TextModel:
    """Tells the tools in the system message, reads calls from fenced blocks, and sends results as the user's words."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def complete(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> Reply:
        """The wrapped model's reply to the conversation in words, its blocks as calls."""
        if not tools:
            return self._model.complete(messages, tools)
        reply = self._model.complete(_in_words(messages, tools), ())
        words, blocks = split(reply.text, tools)
        calls, _ = read_calls((RawCall(None, block.name, arguments_of(block, tools)) for block in blocks), messages)
        malformed = {}
        if blocks and not blocks[-1].closed and reply.finish == "length":
            malformed = {calls[-1].call_id: f"the block of {calls[-1].name} {CUT}"}
            calls = (*calls[:-1], ToolCall(calls[-1].call_id, calls[-1].name))
        finish = "tool_calls" if calls and reply.finish == "stop" else reply.finish
        return replace(reply, text=words, tool_calls=calls, malformed=malformed, finish=finish)


def _in_words(messages: Sequence[Message], tools: Sequence[ToolSpec]) -> list[Message]:
    """The conversation without calls; speakers take turns, for some servers insist on it."""
    turns: list[Message] = []
    opening = [message for message in messages[:1] if message.role == "system"]
    taught = Message("system", render("text_tools", tools="\n\n".join(map(described, tools))))
    for message in (*opening, taught, *_spoken(messages[len(opening) :], tools)):
        if turns and turns[-1].role == message.role:
            text = f"{turns[-1].text}\n\n{message.text}"
            turns[-1] = replace(turns[-1], text=text, images=(*turns[-1].images, *message.images))
        else:
            turns.append(message)
    return turns


def _spoken(messages: Sequence[Message], tools: Sequence[ToolSpec]) -> Iterator[Message]:
    names = {call.call_id: call.name for message in messages for call in message.tool_calls}
    for message in messages:
        if message.role == "tool":
            yield Message("user", fenced("result", message.text, tool=names.get(message.call_id, "")))
        elif message.tool_calls:
            blocks = [written(call, tools) for call in message.tool_calls]
            yield Message("assistant", "\n\n".join(filter(None, [message.text, *blocks])))
        else:
            yield message
