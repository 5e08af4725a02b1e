"""Recordings: every exchange of a run with a model, kept in a folder as it was sent.

A recording is one journal: `recording_started`, then an `exchange` for each request that was answered or failed for
good. Conversations mostly grow, so an exchange holds only the messages that the one before it had not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from agent.core import errors
from agent.core.errors import RegreenError, UsageProblem
from agent.core.message import Image, Message, Reply
from agent.core.protocols import Model
from agent.trace.journal import Journal, read_journal
from agent.trace.replies import calls_of, reply_of, reply_row
from agent.trace.spoken import NOTHING, Spoken, spoken_of
from tools.spec import ToolSpec

NAME = "recording.jsonl"
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came of it: a reply, or the error that ended it. `step` is the run's at that moment."""

    step: int
    messages: tuple[Message, ...]
    tools: tuple[Row, ...]
    came: Reply | RegreenError


@dataclass(frozen=True, slots=True)
class Recorded:
    """All that a folder holds: whose replies, in which format it was taught to write patches, and the exchanges.

    With a `stronger` model's format the run could have gone on to that one. `spoken` is what a person said to it.
    """

    folder: Path
    model: str
    patch_format: str
    exchanges: tuple[Exchange, ...]
    stronger: str | None = None
    spoken: Spoken = NOTHING

    @property
    def tools(self) -> frozenset[str]:
        """The names of all tools that were offered."""
        return frozenset(str(tool["name"]) for exchange in self.exchanges for tool in exchange.tools)


class Recorder:
    """Writes the exchanges of one run, whichever of its conversations they belong to."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._messages: Sequence[Row] = ()
        self._tools: Sequence[Row] = ()

    def keep(self, step: int, messages: Sequence[Message], tools: Sequence[ToolSpec], **came: Row) -> None:
        """Write one exchange: a `reply`, or a `failure`."""
        rows, specs = [_message_row(message) for message in messages], tool_rows(tools)
        same = _common(self._messages, rows)
        told = None if specs == self._tools else specs
        self._journal.append("exchange", step=step, same=same, messages=rows[same:], tools=told, **came)
        self._messages, self._tools = rows, specs

    def note(self, name: str, /, **fields: object) -> None:
        """Write what else a replay needs."""
        self._journal.append(name, **fields)


class Recording:
    """A model whose exchanges are recorded; below redaction, so that they are kept as they were sent."""

    def __init__(self, model: Model, recorder: Recorder, step: Callable[[], int]) -> None:
        self._model = model
        self._recorder = recorder
        self._step = step

    def complete(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> Reply:
        """The model's own reply, or its own error."""
        try:
            reply = self._model.complete(messages, tools)
        except RegreenError as error:
            failure = {"error": type(error).__name__, "message": error.message, "hint": error.hint}
            self._recorder.keep(self._step(), messages, tools, failure=failure)
            raise
        self._recorder.keep(self._step(), messages, tools, reply=reply_row(reply))
        return reply


@contextmanager
def new_recording(folder: Path, **about: str | None) -> Iterator[Recorder]:
    """A recorder for one run; UsageProblem where the folder holds a recording already, or nothing can be written."""
    try:
        journal = Journal(folder / NAME)
    except FileExistsError as error:
        hint = "name a new folder, or remove the old recording"
        what = "holds a recording already" if (folder / NAME).is_file() else "is no folder"
        raise UsageProblem(f"{folder} {what}", hint) from error
    except OSError as error:
        raise UsageProblem(f"cannot record to {folder}: {error.strerror}", "name a folder that can be made") from error
    with closing(journal):
        journal.append("recording_started", **about)
        yield Recorder(journal)


def read_recording(folder: Path) -> Recorded:
    """The recording in a folder; UsageProblem when there is none that can be read."""
    try:
        events = list(read_journal(folder / NAME))
    except OSError as error:
        hint = "`regreen fix --record DIR` makes one"
        raise UsageProblem(f"no recording in {folder}: {error.strerror}", hint) from error
    try:
        head = next(event.fields for event in events if event.event == "recording_started")
        exchanges = tuple(_exchanges(event.fields for event in events if event.event == "exchange"))
        stronger = head.get("stronger") and str(head["stronger"])
        spoken = spoken_of(events)
        return Recorded(folder, str(head["model"]), str(head["patch_format"]), exchanges, stronger, spoken)
    except (StopIteration, KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise UsageProblem(f"the recording in {folder} cannot be read", "record anew") from error


def tool_rows(tools: Iterable[ToolSpec]) -> list[Row]:
    """What a model is told of its tools, as JSON values."""
    return [{"name": t.name, "description": t.description, "parameters": dict(t.parameters)} for t in tools]


def _exchanges(rows: Iterable[Row]) -> Iterator[Exchange]:
    messages: tuple[Message, ...] = ()
    tools: tuple[Row, ...] = ()
    for row in rows:
        same = int(row["same"])
        if not 0 <= same <= len(messages):
            raise ValueError(f"the first {same} messages are missing")
        messages = (*messages[:same], *map(_message_of, row["messages"]))
        tools = tools if row["tools"] is None else tuple(row["tools"])
        came = reply_of(row["reply"]) if "reply" in row else _error_of(row["failure"])
        yield Exchange(int(row["step"]), messages, tools, came)


def _error_of(row: Row) -> RegreenError:
    kind: type[RegreenError] = getattr(errors, str(row["error"]))
    return kind(str(row["message"]), str(row["hint"]))


def _message_row(message: Message) -> dict[str, Any]:
    return {**asdict(message), "tool_calls": [asdict(call) for call in message.tool_calls]}


def _message_of(row: Row) -> Message:
    images = tuple(Image(**image) for image in row.get("images", ()))
    return Message(row["role"], str(row["text"]), calls_of(row["tool_calls"]), str(row["call_id"]), images)


def _common(one: Sequence[Row], other: Sequence[Row]) -> int:
    """How many rows both begin with."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
