"""What both APIs have in common: tools and texts as they are sent, calls and counts as they are read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from agent.core.message import Message
from agent.core.usage import Usage
from agent.models.card import IMAGE_TOKENS, ModelCard, Tokens, cost_usd, estimate_tokens, worst_case_usd
from agent.models.failures import NoReply
from tools.spec import ToolCall, ToolSpec

Body = dict[str, Any]
_IMAGE = re.compile(r"data:image/\w+;base64,[A-Za-z0-9+/=]+")


@dataclass(frozen=True, slots=True)
class RawCall:
    """A call as an API gives it; `cut` when the reply ended inside it."""

    call_id: object
    name: object
    arguments: object
    cut: bool = False


def sendable(text: str) -> str:
    """The text with what UTF-8 cannot carry (bytes of a file that is none) as question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def sendable_name(name: str) -> str:
    """A tool name the APIs take back in the history: a model may have made up one they refuse."""
    return re.sub(r"[^a-zA-Z0-9_-]", "_", name)[:64] or "unnamed"


def sendable_arguments(call: ToolCall) -> str:
    """The arguments of a call as JSON text."""
    return json.dumps(dict(call.arguments))


def spoken(messages: Iterable[Message]) -> list[Message]:
    """The messages without those in which the assistant said and called nothing: the APIs refuse them."""
    return [message for message in messages if message.role != "assistant" or message.text or message.tool_calls]


def is_strict(card: ModelCard, tool: ToolSpec) -> bool:
    """Whether the schema may be enforced word by word: that asks for every argument to be required."""
    return "strict" in card.parameters and set(tool.parameters["required"]) == set(tool.parameters["properties"])


def as_it_is(request: Mapping[str, Any], said_in: str) -> dict[str, Any]:
    """The arguments for the SDK: what is long goes past its walk through every field, which costs time at each step."""
    long = {name: request[name] for name in (said_in, "tools") if name in request}
    return {**{name: value for name, value in request.items() if name not in long}, said_in: [], "extra_body": long}


def common_parameters(card: ModelCard, tools: Sequence[ToolSpec]) -> dict[str, Any]:
    """The optional parameters with one name in both APIs."""
    chosen: dict[str, Any] = {}
    if tools and "parallel_tool_calls" in card.parameters:
        chosen["parallel_tool_calls"] = False
    if "stream" in card.parameters:
        chosen["stream"] = True
    if card.temperature is not None and "temperature" in card.parameters:
        chosen["temperature"] = card.temperature
    return chosen


def effort_of(card: ModelCard) -> str:
    """The reasoning effort to ask for; "" when the model takes none or its own default is fine."""
    return card.reasoning_effort if "reasoning_effort" in card.parameters else ""


def may_cost(card: ModelCard, request: Mapping[str, Any]) -> Usage:
    """The most one request can cost, by the size of all that is sent."""
    return Usage(requests=1, cost_usd=worst_case_usd(card, _size_of(request), card.output_tokens))


def usage_of(card: ModelCard, tokens: Tokens, request: Mapping[str, Any], body: Mapping[str, Any]) -> Usage:
    """The usage of one request; where the endpoint counts nothing, by the size of what went over the wire."""
    if not tokens.input:
        tokens = Tokens(_size_of(request), _size_of(body))
    return Usage(1, tokens.input, tokens.cached_input, tokens.output, cost_usd(card, tokens))


def read_calls(
    raw_calls: Iterable[RawCall], messages: Sequence[Message]
) -> tuple[tuple[ToolCall, ...], dict[str, str]]:
    """The calls with ids that are unique in the conversation, and for the malformed ones what is wrong, by id."""
    taken = {call.call_id for message in messages for call in message.tool_calls}
    calls: list[ToolCall] = []
    malformed: dict[str, str] = {}
    for raw in raw_calls:
        call_id = text_of(raw.call_id)
        if not call_id or call_id in taken:
            call_id = f"call_{len(messages)}_{len(calls)}"
        taken.add(call_id)
        name = text_of(raw.name)
        arguments, wrong = _read_arguments(raw)
        calls.append(ToolCall(call_id, name, arguments))
        if wrong:
            malformed[call_id] = f"the arguments of {name} {wrong}"
    return tuple(calls), malformed


def _read_arguments(raw: RawCall) -> tuple[dict[str, Any], str]:
    """Arguments, and what is wrong with them: "" when nothing is. Line breaks inside strings are forgiven."""
    if isinstance(raw.arguments, dict):
        return raw.arguments, ""
    try:
        arguments = json.loads(text_of(raw.arguments) or "{}", strict=False, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        if raw.cut:
            return {}, "were cut off at the output limit; make the call shorter"
        return {}, f"are not valid JSON ({error}); send one JSON object"
    if not isinstance(arguments, dict):
        return {}, f"are not a JSON object but {json.dumps(arguments)[:40]}; send one JSON object"
    return arguments, ""


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _size_of(content: Mapping[str, Any]) -> int:
    text, images = _IMAGE.subn("", json.dumps(content, ensure_ascii=False))
    return estimate_tokens(text) + IMAGE_TOKENS * images


def json_object(content: bytes) -> Body:
    """The JSON object of an answer; NoReply where it is something else."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        raise NoReply("html" if content.lstrip().startswith(b"<") else "garbled") from None
    if not isinstance(body, dict):
        raise NoReply("garbled")
    return body


def dict_of(value: object) -> dict[str, Any]:
    """The value if it is an object, else an empty one: replies come unchecked."""
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def text_of(value: object) -> str:
    """The value if it is a text, the texts of its parts if it is a list, else ""."""
    if isinstance(value, list):
        return "".join(text_of(dict_of(part).get("text")) for part in value)
    return value if isinstance(value, str) else ""


def count_of(value: object) -> int:
    """The value if it is a count, else 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
