"""Going on with a run from its journal: what it was about, what it paid for, and the tree it had come to.

The proofs are made again, for nothing of them is taken from the journal; a model's replies are, for they cost money.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from agent.core.errors import UsageProblem
from agent.core.protocols import Proposer, RunView
from agent.core.step import Step
from agent.core.usage import Usage
from agent.core.verdict import Status
from agent.trace.journal import Event
from agent.trace.replies import KeptReply, replies_of
from agent.trace.spoken import NOTHING, Spoken, spoken_of
from tools.spec import ToolCall

ENDED_WELL = (Status.PROVED, Status.PLAUSIBLE, Status.NOTHING_TO_DO)
ENDS = ("run_ended", "interrupted")


@dataclass(frozen=True, slots=True)
class Start:
    """A patch that a run begins with, and the commit of the tree that has it."""

    patch: str
    commit: str
    about: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """A run as its journal tells it. `base` is the commit it began on, `ended` its last word, "" when it was killed.

    `lost` is what it spent beside the replies that are kept.
    """

    run_id: str
    base: str
    test_root: str
    tests: tuple[str, ...]
    issue: str
    config: Mapping[str, object]
    hints: tuple[str, ...] = ()
    replies: tuple[KeptReply, ...] = ()
    steps: int = 0
    ended: str = ""
    lost: Usage = field(default_factory=Usage)
    start: Start | None = None
    spoken: Spoken = NOTHING

    @property
    def has_ended_well(self) -> bool:
        return self.ended in ENDED_WELL

    @property
    def was_cut_off(self) -> bool:
        """Killed, or interrupted by its user."""
        return self.ended in ("", Status.INTERRUPTED)


def earlier_run(events: Sequence[Event]) -> Earlier:
    """The run of a journal; UsageProblem when there is not enough of it to go on."""
    began = next((event.fields for event in events if event.event == "run_started"), None)
    try:
        return _earlier(began or {}, events)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise UsageProblem("this run kept too little to go on with it", "start anew with `regreen fix`") from error


def _earlier(began: Mapping[str, Any], events: Sequence[Event]) -> Earlier:
    last = max((at for at, event in enumerate(events) if event.event in ENDS), default=-1)
    goes_on = any(event.event == "resumed" for event in events[last + 1 :])
    end = {} if last < 0 or goes_on else events[last].fields
    ended = str(end.get("status", ""))
    replies = replies_of(events)
    while replies and ended and ended != Status.INTERRUPTED and not replies[-1].reply.tool_calls:
        replies.pop()  # it saw no way on: it is asked again
    return Earlier(
        run_id=str(began["run"]),
        base=str(began["base"]),
        test_root=str(began["test_root"]),
        tests=tuple(map(str, began["tests"])),
        issue=str(began["issue"]),
        config=dict(began["config"]),
        hints=tuple(str(event.fields["hint"]) for event in events if event.fields.get("hint")),
        replies=tuple(replies),
        steps=_most_steps(events),
        ended=ended,
        lost=_beyond(_spent(events), [kept.reply.usage for kept in replies_of(events)]),
        start=Start(**began["start"]) if began.get("start") else None,
        spoken=spoken_of(events),
    )


def _most_steps(events: Iterable[Event]) -> int:
    """The steps of the longest of its sessions: a run that goes on takes them again."""
    most = count = 0
    for event in events:
        count = 0 if event.event == "resumed" else count + (event.event == "step_started")
        most = max(most, count)
    return most


def _spent(events: Iterable[Event]) -> Usage:
    """What the last session has counted: it began with all that those before it had spent."""
    total = Usage()
    for event in events:
        if event.event == "resumed":
            total = Usage()
        if event.event == "usage":
            total = total + Usage.of_row(event.fields)
    return total


def _beyond(total: Usage, parts: Sequence[Usage]) -> Usage:
    """What the total has beyond its parts; nothing where that is not known."""
    known = sum((part.cost_usd or 0.0 for part in parts), 0.0)
    extra = None if total.cost_usd is None else max(0.0, total.cost_usd - known)
    return Usage(requests=max(0, total.requests - sum(part.requests for part in parts)), cost_usd=extra)


class Started:
    """A proposer that first brings the tree to where another run had come; what follows works from there."""

    def __init__(self, proposer: Proposer, start: Start) -> None:
        self._proposer = proposer
        self._start = start

    def propose(self, view: RunView) -> Step:
        """The patch of the start, then what the proposer says about the tree that has it."""
        if not view.steps:
            call = ToolCall("start-1", "apply_patch", {"patch": self._start.patch})
            return Step(1, self._start.about, (call,))
        hints = "\n".join([*filter(None, [view.task.hints_text]), f"{self._start.about}; show_diff shows its changes."])
        return self._proposer.propose(
            replace(view, task=replace(view.task, base_commit=self._start.commit, hints_text=hints))
        )


def starting(proposer: Callable[[], Proposer], start: Start | None) -> Callable[[], Proposer]:
    """The maker of proposers, whose first one begins with the start."""
    waiting = [start] if start is not None else []

    def make() -> Proposer:
        return Started(proposer(), waiting.pop()) if waiting else proposer()

    return make
