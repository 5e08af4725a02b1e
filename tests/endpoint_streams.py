"""Replies of the mock endpoint as streams, event by event, in either API's words. Nothing of ours is used."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

Body = Mapping[str, Any]


def events(api: str, reply: Body) -> list[str]:
    """A whole reply as the texts of its events, the announced end among them."""
    rows = _chat(reply) if api == "chat" else _responses(reply)
    return [f"data: {json.dumps(row)}\n\n" for row in rows] + (["data: [DONE]\n\n"] if api == "chat" else [])


def _chat(reply: Body) -> Iterator[Body]:
    about = {"id": reply["id"], "object": "chat.completion.chunk", "created": 0, "model": reply["model"]}

    def chunk(delta: Body, finish: str | None = None) -> Body:
        return {**about, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    (choice,) = reply["choices"]
    message = choice["message"]
    yield chunk({"role": "assistant", "content": ""})
    for key in ("content", "refusal"):
        yield from (chunk({key: part}) for part in _parts(message.get(key) or ""))
    for index, call in enumerate(message.get("tool_calls", ())):
        function = call["function"]
        yield chunk({"tool_calls": [{**call, "index": index, "function": {**function, "arguments": ""}}]})
        for part in _parts(function["arguments"]):
            yield chunk({"tool_calls": [{"index": index, "function": {"arguments": part}}]})
    yield chunk({}, choice["finish_reason"])
    if "usage" in reply:
        yield {**about, "choices": [], "usage": reply["usage"]}


def _responses(reply: Body) -> Iterator[Body]:
    yield {"type": "response.created", "response": {**reply, "status": "in_progress", "output": []}}
    for item in reply["output"]:
        yield {"type": "response.output_item.added", "item": item}
        yield from ({"type": "response.delta", "delta": part} for part in _parts(json.dumps(item)))
    yield {"type": f"response.{reply['status']}", "response": reply}


def _parts(text: str) -> list[str]:
    """A text in pieces, none of them whole words."""
    return [text[at : at + 7] for at in range(0, len(text), 7)]
