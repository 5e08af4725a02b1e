"""What a proposer calls and what it gets back, and the mark that makes a function a tool."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call as a proposer makes it; `arguments` are JSON values by parameter name."""

    call_id: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Observation:
    """The answer to one call: `text` for the proposer, `data` (a typed value) for code, `code` when not ok."""

    call_id: str
    text: str
    ok: bool = True
    code: str = ""
    data: object = None


@dataclass(frozen=True, slots=True)
class Result:
    """What a tool function returns when it has more to say than text."""

    text: str
    data: object = None


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool: its name, description and JSON schema, all read from `function`."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    function: Callable[..., str | Result]
