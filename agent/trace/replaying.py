"""A model that gives the replies of a recording again, as long as it is sent what was sent then."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest

from agent.core.errors import RegreenError, UsageProblem
from agent.core.message import Message, Reply
from agent.trace.recording import Exchange, Recorded, Row, tool_rows
from tools.spec import ToolSpec

SHOWN_CHARACTERS = 120
# What is no sign of another run: addresses, durations, temporary folders, and how far a search came in its time.
PASSING = (
    (re.compile(r"\b0x[0-9a-f]{4,}\b", re.IGNORECASE), "0x…"),
    (re.compile(r"\b\d+(\.\d+)? ?(ms|s|seconds?)\b"), "… s"),
    (re.compile(r"\bregreen-run-\d+-\w+-\w+"), "regreen-run-…"),
    (re.compile(r"\bpytest-of-\w+/pytest-\d+"), "pytest-of-…"),
    (re.compile(r"\btried \d+ of \d+"), "tried …"),
)
SECRET = re.compile(r"\[secret:[\w-]+:\d+\]")
HINT = "replay on the tree and with the options that were recorded, or record anew"


class Replaying:
    """Answers from a recording; nothing is sent, and nothing spent."""

    def __init__(self, recorded: Recorded) -> None:
        self._recorded = recorded
        self._played = 0

    def complete(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> Reply:
        """The next reply, or the error that came in its place; UsageProblem where the conversation is another one."""
        exchanges = self._recorded.exchanges
        if self._played == len(exchanges):
            end = f"after step {exchanges[-1].step}" if exchanges else "before its first exchange"
            raise UsageProblem(f"the recording ends {end}, and the run goes on", HINT)
        exchange = exchanges[self._played]
        if difference := _difference(exchange, messages, tool_rows(tools)):
            where = f"step {exchange.step} (exchange {self._played + 1} of {len(exchanges)})"
            raise UsageProblem(f"the replay differs from the recording at {where}: {difference}", HINT)
        self._played += 1
        if isinstance(exchange.came, RegreenError):
            raise exchange.came
        return exchange.came

    @property
    def unused(self) -> int:
        """Exchanges of the recording that nobody has asked for."""
        return len(self._recorded.exchanges) - self._played


def _difference(exchange: Exchange, messages: Sequence[Message], tools: Sequence[Row]) -> str:
    """The first thing that is sent otherwise than it was, in one line; "" when nothing is."""
    for number, (was, now) in enumerate(zip_longest(exchange.messages, messages), 1):
        if was is None:
            return f"message {number} ({now.role}) is new: {_shown(now.text)}"
        if now is None:
            return f"message {number} ({was.role}) is missing: {_shown(was.text)}"
        if told := _other_message(was, now):
            return f"message {number} ({now.role}): {told}"
    for before, after in zip_longest(exchange.tools, tools):
        if before != after:
            return f"the tool {(after or before)['name']} is described otherwise"
    return ""


def _other_message(was: Message, now: Message) -> str:
    lines = zip_longest(was.text.splitlines(), now.text.splitlines(), fillvalue="")
    for number, (old, new) in enumerate(lines, 1):
        if not _is_same(_lasting(old), _lasting(new)):
            return f"line {number} was {_shown(old)}, now it is {_shown(new)}"
    if was.role != now.role:
        return f"it was the {was.role}'s"
    if was.images != now.images:
        return "it shows other images"
    return "" if (was.tool_calls, was.call_id) == (now.tool_calls, now.call_id) else "it belongs to other calls"


def _is_same(was: str, now: str) -> bool:
    """Where a secret was, anything may be: what is known as one depends on the environment."""
    return was == now or re.fullmatch(r"\S+".join(map(re.escape, SECRET.split(was))), now) is not None


def _lasting(line: str) -> str:
    for pattern, word in PASSING:
        line = pattern.sub(word, line)
    return line


def _shown(text: str) -> str:
    line = text.partition("\n")[0]
    return repr(line if len(line) <= SHOWN_CHARACTERS else line[: SHOWN_CHARACTERS - 1] + "…")
