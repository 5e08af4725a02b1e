"""A model's replies in the journal, so that a run that goes on pays for none of them twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from agent.core.message import Message, Reply
from agent.core.protocols import Model
from agent.core.usage import Usage
from agent.trace.journal import Event
from tools.spec import ToolCall, ToolSpec

REPLIED = "model_replied"


@dataclass(frozen=True, slots=True)
class KeptReply:
    """A reply and the number of messages it answered."""

    messages: int
    reply: Reply


@dataclass(slots=True)
class Remembering:
    """A model whose replies are journalled; those of `kept` are given again first, as long as the talk is the same.

    `settle` is told what a reply that is given again had cost.
    """

    model: Model
    append: Callable[..., None]
    settle: Callable[[Usage], None]
    kept: list[KeptReply] = field(default_factory=list)

    def complete(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> Reply:
        """The reply of the journal, else the model's own."""
        if self.kept and self.kept[0].messages == len(messages):
            reply = self.kept.pop(0).reply
            self.settle(reply.usage)
            return reply
        while self.kept:  # the talk went another way: what was paid counts, what was said does not
            self.settle(self.kept.pop(0).reply.usage)
        reply = self.model.complete(messages, tools)
        self.append(REPLIED, messages=len(messages), **reply_row(reply))
        return reply


def reply_row(reply: Reply) -> dict[str, Any]:
    """A reply as JSON values."""
    row = asdict(reply)
    return {**row, "tool_calls": [asdict(call) for call in reply.tool_calls], "malformed": dict(reply.malformed)}


def replies_of(events: Iterable[Event]) -> list[KeptReply]:
    """The replies of a journal, in order; what is no reply ends the list."""
    found: list[KeptReply] = []
    for event in events:
        if event.event != REPLIED:
            continue
        try:
            found.append(KeptReply(int(event.fields["messages"]), reply_of(event.fields)))
        except (KeyError, TypeError, ValueError, OverflowError):
            break
    return found


def calls_of(rows: Iterable[Mapping[str, Any]]) -> tuple[ToolCall, ...]:
    """The tool calls in rows of their fields."""
    return tuple(ToolCall(str(row["call_id"]), str(row["name"]), dict(row["arguments"])) for row in rows)


def reply_of(row: Mapping[str, Any]) -> Reply:
    """The reply of such a row; KeyError, TypeError or ValueError where it is none."""
    calls = calls_of(row["tool_calls"])
    malformed = {str(key): str(why) for key, why in dict(row["malformed"]).items()}
    return Reply(str(row["text"]), calls, Usage(**row["usage"]), str(row["model"]), row["finish"], malformed)
