"""A conversation with a model: what is sent, and what comes back, whichever API carries it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from agent.core.usage import Usage
from tools.spec import ToolCall

Role = Literal["system", "user", "assistant", "tool"]
Finish = Literal["stop", "tool_calls", "length", "content_filter", "refusal"]


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of the user's: the file's name, its media type, and its bytes in base 64."""

    name: str
    media_type: str
    base64: str

    @property
    def url(self) -> str:
        """The picture itself as an address."""
        return f"data:{self.media_type};base64,{self.base64}"


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `tool_calls` belong to an assistant, `call_id` to the tool message that answers that call.

    `images` belong to a user.
    """

    role: Role
    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    call_id: str = ""
    images: tuple[Image, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """A model's whole answer.

    `malformed` maps a call's id to what is wrong with its arguments; such a call has empty arguments and must not
    be executed. `counted` is false where the endpoint did not count the tokens, and the usage is an estimate.
    """

    text: str
    tool_calls: tuple[ToolCall, ...]
    usage: Usage
    model: str
    finish: Finish
    malformed: Mapping[str, str] = field(default_factory=dict)
    counted: bool = True
