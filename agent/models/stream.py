"""Streamed replies: events as they come in, put together to the body that the same API sends in one piece.

A reply counts only when its end has come: what was cut off, or fell silent, is no reply.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent.models.failures import NoReply
from agent.models.wire import Body, dict_of, json_object, list_of, text_of

if TYPE_CHECKING:
    from openai import APIResponse, OpenAI

# Between two events: models that think first are silent for long.
IDLE_SECONDS = 90.0
DONE = "[DONE]"
ENDS = ("response.completed", "response.incomplete", "response.failed")
# Events as JSON objects; None is the end that the endpoint announces.
Events = Iterable[Body | None]


@dataclass(frozen=True, slots=True)
class Stream:
    """How a reply is streamed: the SDK call that opens it, and what makes a whole body of its events."""

    open: Callable[[OpenAI], AbstractContextManager[APIResponse[Any]]]
    whole: Callable[[Events], Body]


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for the whole reply, and between two events; comments that only keep the line open do not count."""

    seconds: float
    idle_seconds: float = IDLE_SECONDS
    clock: Callable[[], float] = time.monotonic


def body_of(stream: Stream, client: OpenAI, limits: Limits) -> Body:
    """The whole body, as if it had been sent in one piece; NoReply where the stream ends early, or falls silent."""
    try:
        with stream.open(client) as response:
            return stream.whole(_objects(_events(timely(response.iter_lines(), limits))))
    except Exception as error:
        # By name: the SDK's HTTP library is its own affair, and has changed before.
        kinds = {kind.__name__ for kind in type(error).__mro__}
        if "TimeoutException" in kinds:
            raise NoReply("silent") from None
        if "TransportError" in kinds:
            raise NoReply("cut") from None
        raise


def timely(lines: Iterable[str], limits: Limits) -> Iterator[str]:
    last = started = limits.clock()
    for line in lines:
        now = limits.clock()
        if now - started > limits.seconds or now - last > limits.idle_seconds:
            raise NoReply("silent")
        if line and not line.startswith(":"):
            last = now
        yield line


def _events(lines: Iterable[str]) -> Iterator[str]:
    """The data of each event; an answer that is no stream, like an error or a web page, comes as one."""
    data: list[str] = []
    other: list[str] = []
    for line in lines:
        field, _, value = line.partition(":")
        if field == "data":
            data.append(value.removeprefix(" "))
        elif not line and data:
            yield "\n".join(data)
            data = []
        elif field not in ("", "event", "id", "retry"):
            other.append(line)
    yield from ("\n".join(rest) for rest in (data, other) if rest)


def _objects(events: Iterable[str]) -> Iterator[Body | None]:
    for event in events:
        yield None if event == DONE else json_object(event.encode())


def chat_body(events: Events) -> Body:
    """The reply of Chat Completions, from its chunks."""
    body: Body = {}
    message: Body = {"content": "", "refusal": "", "tool_calls": []}
    finish: str | None = None
    is_whole = False
    for event in events:
        if event is None:
            is_whole = True
            continue
        choice = dict_of(next(iter(list_of(event.get("choices"))), None))
        if "choices" not in event or "message" in choice:  # an error in a chunk's place, or no stream at all
            return event
        body |= {key: event[key] for key in ("model", "usage") if event.get(key)}
        _add(message, dict_of(choice.get("delta")))
        finish = text_of(choice.get("finish_reason")) or finish
    if not is_whole and finish is None:
        raise NoReply("cut")
    return {**body, "choices": [{"message": message, "finish_reason": finish}]}


def _add(message: Body, delta: Body) -> None:
    for key in ("content", "refusal"):
        message[key] += text_of(delta.get(key))
    for part in map(dict_of, list_of(delta.get("tool_calls"))):
        call, function = _call_of(part, message["tool_calls"]), dict_of(part.get("function"))
        for key in ("name", "arguments"):
            call["function"][key] += text_of(function.get(key))


def _call_of(part: Body, calls: list[Body]) -> Body:
    """The call that a part goes on with: by its index, and by its id, for some servers number all their calls 0."""
    call_id = text_of(part.get("id"))
    found = next((call for call in reversed(calls) if call["index"] == part.get("index")), None)
    if found is None or (call_id and call_id != found["id"]):
        found = {"index": part.get("index"), "id": call_id, "function": {"name": "", "arguments": ""}}
        calls.append(found)
    return found


def responses_body(events: Events) -> Body:
    """The reply of Responses: its last event holds all of it."""
    for event in events:
        kind = text_of(dict_of(event).get("type"))
        if event is not None and kind in ENDS:
            return dict_of(event.get("response"))
        if event is not None and kind == "error":
            return {"error": dict_of(event.get("error")) or event}
        if event is not None and not kind.startswith("response."):  # no stream at all
            return event
    raise NoReply("cut")
