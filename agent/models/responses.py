"""A model behind the Responses API. Nothing is stored at the endpoint: each request carries the whole conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agent.core.message import Finish, Message, Reply
from agent.models.card import ModelCard, Tokens
from agent.models.connection import Connection, Exchange, no_reply
from agent.models.stream import Stream, responses_body
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

INCOMPLETE: dict[str, Finish] = {"max_output_tokens": "length", "content_filter": "content_filter"}
WHOLE = ("completed", "incomplete", "")  # some endpoints name no status


class ResponsesModel:
    """Answers through `POST /responses`, one request a reply; failures come as RequestFailed."""

    def __init__(self, card: ModelCard, connection: Connection) -> None:
        self._card = card
        self._connection = connection

    def complete(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> Reply:
        """One request, one whole reply."""
        request = self._request(messages, tools)
        arguments = as_it_is(request, "input")
        stream = Stream(lambda client: client.responses.with_streaming_response.create(**arguments), responses_body)
        return self._connection.run(
            Exchange(
                self._card.name,
                send=lambda client: client.responses.with_raw_response.create(**arguments),
                read=lambda body: self._reply(body, request, messages),
                may_cost=may_cost(self._card, request),
                stream=stream if "stream" in request else None,
            )
        )

    def _request(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> dict[str, Any]:
        request: dict[str, Any] = {
            "model": self._card.name,
            "input": [item for message in spoken(messages) for item in _items(message)],
            "max_output_tokens": self._card.output_tokens,
            "store": False,
            **common_parameters(self._card, tools),
        }
        if tools:
            request["tools"] = [self._tool(tool) for tool in tools]
        if effort := effort_of(self._card):
            request["reasoning"] = {"effort": effort}
        return request

    def _tool(self, tool: ToolSpec) -> dict[str, Any]:
        return {
            "type": "function",
            "name": tool.name,
            "description": tool.description,
            "parameters": dict(tool.parameters),
            "strict": is_strict(self._card, tool),  # left out, the API takes it for true
        }

    def _reply(self, body: Body, request: Mapping[str, Any], messages: Sequence[Message]) -> Reply:
        output = [dict_of(item) for item in list_of(body.get("output"))]
        status = text_of(body.get("status"))
        if "output" not in body or status not in WHOLE:
            raise no_reply(dict_of(body.get("error")))
        finish = INCOMPLETE.get(text_of(dict_of(body.get("incomplete_details")).get("reason")))
        calls, malformed = read_calls(
            (
                RawCall(item.get("call_id"), item.get("name"), item.get("arguments"), cut=finish == "length")
                for item in output
                if item.get("type") == "function_call"
            ),
            messages,
        )
        parts = [
            dict_of(part) for item in output if item.get("type") == "message" for part in list_of(item.get("content"))
        ]
        refusal = "".join(text_of(part.get("refusal")) for part in parts)
        text = refusal or "".join(text_of(part.get("text")) for part in parts)
        tokens = _tokens(dict_of(body.get("usage")))
        usage = usage_of(self._card, tokens, request, body)
        model = text_of(body.get("model")) or self._card.name
        reached: Finish = "refusal" if refusal else finish or ("tool_calls" if calls else "stop")
        return Reply(text, calls, usage, model, reached, malformed, bool(tokens.input))


def _items(message: Message) -> list[dict[str, Any]]:
    text = sendable(message.text)
    if message.role == "tool":
        return [{"type": "function_call_output", "call_id": message.call_id, "output": text}]
    if message.images:
        pictures = [{"type": "input_image", "image_url": image.url, "detail": "auto"} for image in message.images]
        return [{"role": message.role, "content": [{"type": "input_text", "text": text}, *pictures]}]
    said = [{"role": message.role, "content": text}] if text else []
    calls = [
        {
            "type": "function_call",
            "call_id": call.call_id,
            "name": sendable_name(call.name),
            "arguments": sendable_arguments(call),
        }
        for call in message.tool_calls
    ]
    return [*said, *calls]


def _tokens(usage: Mapping[str, Any]) -> Tokens:
    details = dict_of(usage.get("input_tokens_details"))
    return Tokens(
        input=count_of(usage.get("input_tokens")),
        output=count_of(usage.get("output_tokens")),
        cached_input=count_of(details.get("cached_tokens")),
        cache_write=count_of(details.get("cache_write_tokens")),
    )
