"""One turn of the loop: what the proposer thought, called and saw."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.core.usage import Usage
from tools.patch import Edit
from tools.spec import Observation, ToolCall


@dataclass(frozen=True, slots=True)
class FailedProof:
    """A patch that did not turn the targets green, or that the judge did not accept; `why` is what was seen of it.

    `broken` are tests that passed before and fail with it.
    """

    patch: str
    why: str
    broken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alternative:
    """An edit of the task's commit that its proposer knows to turn the targets green, in words, too."""

    edit: Edit
    sentence: str


@dataclass(frozen=True, slots=True)
class Step:
    """A proposal, completed with its observations. No tool call means the proposer sees no way on.

    `alternatives` are the proposal and what might as well have been proposed: the judge asks whether they behave alike.
    """

    index: int
    thought: str
    tool_calls: tuple[ToolCall, ...] = ()
    observations: tuple[Observation, ...] = ()
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0
    alternatives: tuple[Alternative, ...] = ()
