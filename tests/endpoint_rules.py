"""The rules of both APIs that a request can break, as the vendor's servers would refuse it. Nothing of ours is used."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
ROLES = ("system", "user", "assistant", "tool")
JSON_TYPES = ("string", "integer", "number", "boolean", "array", "object")
MAX_TOKENS = {"chat": "max_completion_tokens", "responses": "max_output_tokens"}
DEPRECATED = ("max_tokens", "functions", "function_call", "user")
SAMPLING = ("temperature", "top_p", "top_logprobs")
IMAGE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+=*")
DETAILS = ("auto", "low", "high", "original")
EFFORTS = ("none", "low", "medium", "high", "xhigh", "max")

Body = Mapping[str, Any]
# What happens in a conversation, in order: (who, the id of a call or answer).
Event = tuple[str, str]


def violations(api: str, headers: Mapping[str, str], body: Body) -> list[str]:
    """One line for each rule broken."""
    return [
        *_in_envelope(api, headers, body),
        *_in_parameters(api, body),
        *_in_tools(api, body),
        *_in_conversation(list(_chat_events(body) if api == "chat" else _responses_events(body))),
    ]


def _in_envelope(api: str, headers: Mapping[str, str], body: Body) -> Iterator[str]:
    if not re.fullmatch(r"Bearer \S+", headers.get("authorization", "")):
        yield "no bearer token"
    if not isinstance(body.get("model"), str):
        yield "no model"
    limit = body.get(MAX_TOKENS[api])
    if not isinstance(limit, int) or limit < 1:
        yield f"{MAX_TOKENS[api]} is not set"
    if body.get("stream") and api == "chat" and body.get("stream_options") != {"include_usage": True}:
        yield "streams without asking for the usage"
    yield from (f"{name} is not a parameter of {api}" for name in sorted(set(body) - _parameters_of(api)))
    yield from (f"{name} is deprecated" for name in DEPRECATED if name in body)


def _parameters_of(api: str) -> set[str]:
    from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming
    from openai.types.responses.response_create_params import ResponseCreateParamsNonStreaming

    kinds = {"chat": CompletionCreateParamsNonStreaming, "responses": ResponseCreateParamsNonStreaming}
    return set(kinds[api].__annotations__)


def _in_parameters(api: str, body: Body) -> Iterator[str]:
    model = str(body.get("model"))
    effort = body.get("reasoning_effort") if api == "chat" else (body.get("reasoning") or {}).get("effort")
    if "parallel_tool_calls" in body and not body.get("tools"):
        yield "parallel_tool_calls is only allowed with tools"
    if model.startswith("gpt-4"):
        if effort is not None:
            yield f"{model} takes no reasoning effort"
        return
    if not model.startswith(("gpt-5", "gpt-6")):
        return
    if effort is not None and effort not in EFFORTS:
        yield f"{effort!r} is no reasoning effort"
    if effort == "none" and model == "gpt-6.1-sol":
        yield "gpt-6.1-sol does not take the reasoning effort none"
    if effort != "none":
        yield from (f"{model} takes {name} only with the reasoning effort none" for name in SAMPLING if name in body)
        if api == "chat" and body.get("tools"):
            yield f"{model} takes tools on Chat Completions only with the reasoning effort none"


def _in_tools(api: str, body: Body) -> Iterator[str]:
    if "tools" in body and not body["tools"]:
        yield "tools is empty"
    for tool in body.get("tools", ()):
        function = tool.get("function", {}) if api == "chat" else tool
        name = str(function.get("name"))
        if tool.get("type") != "function" or not NAME.fullmatch(name):
            yield f"tool {name!r} is no function with a valid name"
        if not function.get("description"):
            yield f"tool {name} has no description"
        if api == "responses" and not isinstance(function.get("strict"), bool):
            yield f"tool {name} does not say whether it is strict"
        yield from (f"tool {name}: {what}" for what in _in_schema(function.get("parameters"), function.get("strict")))


def _in_schema(schema: Any, strict: bool | None) -> Iterator[str]:
    if not isinstance(schema, dict) or schema.get("type") != "object":
        yield "its parameters are no object schema"
        return
    properties, required = schema.get("properties"), schema.get("required", [])
    if not isinstance(properties, dict) or schema.get("additionalProperties") is not False:
        yield "its parameters allow others than it names"
        return
    yield from (f"{name} has no JSON type" for name, kind in properties.items() if kind.get("type") not in JSON_TYPES)
    yield from (f"requires {name}, which it does not have" for name in required if name not in properties)
    if strict:
        yield from (f"is strict and does not require {name}" for name in properties if name not in required)


def _chat_events(body: Body) -> Iterator[Event]:
    for message in body.get("messages", ()):
        role, tool_calls = message.get("role"), message.get("tool_calls", ())
        content = _words(message, "text", lambda part: part.get("image_url", {}).get("url"))
        if role not in ROLES or not (isinstance(content, str) or (content is None and tool_calls)):
            yield "broken", f"message of {role!r} with content {content!r}"
        if role == "tool":
            yield "answer", str(message.get("tool_call_id"))
            continue
        if role != "assistant" or content or not tool_calls:
            yield role, content
        for call in tool_calls:
            yield from _call_events(call.get("id"), call.get("function", {}))


def _responses_events(body: Body) -> Iterator[Event]:
    for item in body.get("input", ()):
        kind = item.get("type", "message")
        if kind == "function_call":
            yield from _call_events(item.get("call_id"), item)
        elif kind == "function_call_output":
            yield (
                ("answer", str(item.get("call_id"))) if isinstance(item.get("output"), str) else ("broken", "an output")
            )
        elif kind == "message" and item.get("role") in ROLES[:3] and isinstance(_responses_words(item), str):
            yield item["role"], _responses_words(item)
        else:
            yield "broken", f"item {json.dumps(item)[:80]}"


def _responses_words(item: Body) -> Any:
    return _words(item, "input_text", lambda part: part.get("detail") in DETAILS and part.get("image_url"))


def _words(message: Body, text_type: str, url_of: Callable[[Body], Any]) -> Any:
    """The text of a message; of a user's that has parts, when each is a text or an image in base 64."""
    content = message.get("content")
    if not isinstance(content, list) or message.get("role") != "user":
        return content
    texts = [part.get("text") for part in content if part.get("type") == text_type]
    images = [url_of(part) for part in content if part.get("type") != text_type]
    whole = all(isinstance(text, str) for text in texts) and all(IMAGE.fullmatch(str(url)) for url in images)
    return "".join(texts) if whole else content


def _call_events(call_id: object, function: Body) -> Iterator[Event]:
    if not NAME.fullmatch(str(function.get("name"))):
        yield "broken", f"call of a tool named {function.get('name')!r}"
    try:
        arguments = json.loads(function.get("arguments", ""))
    except (ValueError, TypeError):
        arguments = None
    if not isinstance(arguments, dict):
        yield "broken", f"call with arguments {function.get('arguments')!r}"
    yield "call", str(call_id)


def _in_conversation(events: list[Event]) -> Iterator[str]:
    yield from (f"a broken {what}" for who, what in events if who == "broken")
    whole = [event for event in events if event[0] != "broken"]
    yield from _in_turns(whole)
    yield from _in_calls(whole)


def _in_turns(events: list[Event]) -> Iterator[str]:
    before = "system"
    for who, what in events:
        if who in ROLES and not what:
            yield f"the message of the {who} is empty"
        if who == "system" and before != "system":
            yield "a system message after the conversation began"
        if before == "system" and who not in ("system", "user"):
            yield f"the conversation begins with: {who}"
        before = who
    if before not in ("user", "answer"):
        yield f"there is nothing to reply to: the last word is the {before}'s"


def _in_calls(events: list[Event]) -> Iterator[str]:
    """Each call is answered once, after all calls of its turn and before anything else; ids are not used again."""
    seen: set[str] = set()
    unanswered: set[str] = set()
    before = ""
    for who, what in events:
        if who == "answer" and what not in unanswered:
            yield f"the answer to {what} has no open call"
        if who != "answer" and unanswered and not (who == before == "call"):
            yield f"{', '.join(sorted(unanswered))} is not answered before what comes next"
            unanswered.clear()
        if who == "call" and what in seen:
            yield f"the call id {what} comes twice"
        unanswered = unanswered | {what} if who == "call" else unanswered - {what}
        seen.add(what)
        before = who
    if unanswered:
        yield f"{', '.join(sorted(unanswered))} is never answered"
