"""A model behind Chat Completions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agent.core.message import Finish, Message, Reply
from agent.models.card import ModelCard, Tokens
from agent.models.connection import Connection, Exchange, no_reply
from agent.models.stream import Stream, chat_body
from agent.models.wire import (
    Body,
    RawCall,
    as_it_is,
    common_parameters,
    count_of,
    dict_of,
    effort_of,
    is_strict,
    list_of,
    may_cost,
    read_calls,
    sendable,
    sendable_arguments,
    sendable_name,
    spoken,
    text_of,
    usage_of,
)
from tools.spec import ToolSpec

OLD_LIMIT = "max_tokens"
FINISHES: dict[str, Finish] = {"length": "length", "content_filter": "content_filter"}


class ChatModel:
    """Answers through `POST /chat/completions`, one request a reply; failures come as RequestFailed."""

    def __init__(self, card: ModelCard, connection: Connection) -> None:
        self._card = card
        self._connection = connection

    def complete(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> Reply:
        """One request, one whole reply."""
        request = self._request(messages, tools)
        arguments = as_it_is(request, "messages")
        stream = Stream(lambda client: client.chat.completions.with_streaming_response.create(**arguments), chat_body)
        return self._connection.run(
            Exchange(
                self._card.name,
                send=lambda client: client.chat.completions.with_raw_response.create(**arguments),
                read=lambda body: self._reply(body, request, messages),
                may_cost=may_cost(self._card, request),
                stream=stream if "stream" in request else None,
            )
        )

    def _request(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> dict[str, Any]:
        request: dict[str, Any] = {
            "model": self._card.name,
            "messages": [_message(message) for message in spoken(messages)],
            OLD_LIMIT if OLD_LIMIT in self._card.parameters else "max_completion_tokens": self._card.output_tokens,
            **common_parameters(self._card, tools),
        }
        if tools:
            request["tools"] = [self._tool(tool) for tool in tools]
        if effort := effort_of(self._card):
            request["reasoning_effort"] = effort
        if "stream" in request:
            request["stream_options"] = {"include_usage": True}
        return request

    def _tool(self, tool: ToolSpec) -> dict[str, Any]:
        function = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
        strict = {"strict": True} if is_strict(self._card, tool) else {}
        return {"type": "function", "function": {**function, **strict}}

    def _reply(self, body: Body, request: Mapping[str, Any], messages: Sequence[Message]) -> Reply:
        choices = list_of(body.get("choices"))
        if not choices or not isinstance(dict_of(choices[0]).get("message"), dict):
            raise no_reply(dict_of(body.get("error")))
        message, reason = choices[0]["message"], text_of(choices[0].get("finish_reason"))
        functions = [(call, dict_of(dict_of(call).get("function"))) for call in list_of(message.get("tool_calls"))]
        calls, malformed = read_calls(
            (
                RawCall(call.get("id"), function.get("name"), function.get("arguments"), cut=reason == "length")
                for call, function in functions
                if function
            ),
            messages,
        )
        refusal = text_of(message.get("refusal"))
        finish: Finish = "refusal" if refusal else FINISHES.get(reason, "tool_calls" if calls else "stop")
        tokens = _tokens(dict_of(body.get("usage")))
        usage = usage_of(self._card, tokens, request, body)
        model = text_of(body.get("model")) or self._card.name
        return Reply(
            refusal or text_of(message.get("content")), calls, usage, model, finish, malformed, bool(tokens.input)
        )


def _message(message: Message) -> dict[str, Any]:
    text = sendable(message.text)
    if message.role == "tool":
        return {"role": "tool", "tool_call_id": message.call_id, "content": text}
    if message.images:
        pictures = [{"type": "image_url", "image_url": {"url": image.url}} for image in message.images]
        return {"role": message.role, "content": [{"type": "text", "text": text}, *pictures]}
    if not message.tool_calls:
        return {"role": message.role, "content": text}
    calls = [
        {
            "id": call.call_id,
            "type": "function",
            "function": {"name": sendable_name(call.name), "arguments": sendable_arguments(call)},
        }
        for call in message.tool_calls
    ]
    return {"role": "assistant", "content": text, "tool_calls": calls}


def _tokens(usage: Mapping[str, Any]) -> Tokens:
    details = dict_of(usage.get("prompt_tokens_details"))
    return Tokens(
        input=count_of(usage.get("prompt_tokens")),
        output=count_of(usage.get("completion_tokens")),
        cached_input=count_of(details.get("cached_tokens")),
        cache_write=count_of(details.get("cache_write_tokens")),
    )
