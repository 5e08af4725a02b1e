"""A model on loopback, behind the real SDK, at work in the real loop."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from agent.cli.endpoint import OUTPUT_TOKENS
from agent.core.message import Image, Message, Reply
from agent.core.protocols import Model, Proposer
from agent.models.budgeted import Budgeted
from agent.models.catalog import load_catalog
from agent.propose.attempts import Attempts
from agent.propose.compaction import COMPACT_AT_TOKENS
from agent.propose.model import Beside, ModelProposer, Talk
from agent.propose.samples import Samples
from agent.run.budget import Budget
from agent.trace.journal import Journal
from tests.asking import connected
from tests.e2e._script import SECONDS, Played, Turn, work
from tests.endpoint import Answer, Call, Endpoint
from tools.registry import Registry
from tools.spec import ToolSpec
from tools.testing.interpreter import Interpreter
from tools.testing.site import Sites


@dataclass(slots=True)
class Overheard:
    """A model of which the journal keeps what no step shows: replies not carried out, and what they were told."""

    model: Model
    journal: Journal
    heard: int = 0
    last: Reply | None = None

    def complete(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> Reply:
        if self.last is not None and (self.last.malformed or not self.last.tool_calls):
            self.journal.append("said", text=self.last.text or "nothing")
            for message in messages[self.heard + 1 :]:
                self.journal.append("told", text=message.text)
        if not self.heard:
            for image in (image for message in messages for image in message.images):
                self.journal.append("shown", name=image.name)
        self.heard = len(messages)
        self.last = self.model.complete(messages, tools)
        return self.last


@dataclass(frozen=True, slots=True)
class Cast:
    """A model by its name, each turn one reply of it, and the issue it is given, with its images."""

    model: str
    turns: Sequence[Turn]
    issue: str = ""
    images: tuple[Image, ...] = ()
    samples: int = 0
    holds: int = COMPACT_AT_TOKENS
    steps: int = 40
    usd: float = 1.0


def converse(repo: Path, cast: Cast, scratch: Path, interpreter: Interpreter) -> Played:
    """Let a model work on a repository as it stands until it has said everything."""
    script = [_answer(turn) for turn in cast.turns]
    budget = Budget(cast.steps, SECONDS, max_cost_usd=cast.usd)
    with Endpoint(script, models=[cast.model]) as endpoint:

        def proposer(registry: Registry, journal: Journal, sites: Sites) -> Proposer:
            card = replace(load_catalog().cards[cast.model], max_output_tokens=OUTPUT_TOKENS)
            model = Budgeted(connected(card, endpoint.base_url), card, lambda: budget.remaining, budget.settle)
            talk = Talk(Overheard(model, journal), registry.specs, lambda text: None, record=journal.append,
                        beside=Beside(cast.images), room_tokens=cast.holds)  # fmt: skip
            rungs: list[Callable[[], Proposer]] = [partial(ModelProposer, talk)] * 2
            if cast.samples:
                rungs.append(partial(Samples, talk, cast.samples, sites))
            return Attempts(rungs, sites)

        played = work(repo, proposer, scratch, interpreter, cast.issue, budget=budget)
    assert len(endpoint.requests) == len(script)
    return played


def _answer(turn: Turn) -> Answer:
    return Answer(turn.thought, tuple(Call(name, json.dumps(arguments)) for name, arguments in turn.calls))
