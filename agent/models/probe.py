"""Finding out what an endpoint takes of a model: each probe is one small request, and its row says what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated

from agent.core.errors import OverBudget, RegreenError
from agent.core.message import Image, Message, Reply
from agent.core.protocols import Model
from agent.models.adapting import NEW_LIMIT
from agent.models.card import ASSUMED_CONTEXT_TOKENS, Api, ModelCard
from agent.models.facts import PARAMETERS
from agent.models.listing import Listed
from agent.models.profile import Profile
from tools.schema import tool_spec
from tools.spec import ToolSpec

OUTPUT_TOKENS = 256  # of one reply, at most: models that think first need some
# A red square of 32 pixels.
SQUARE = Image(
    "square.png",
    "image/png",
    "iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAIAAAD8GO2jAAAAJ0lEQVR42u3NsQkAAAjAsP7/tF7h"
    "IASyp6lTCQQCgUAgEAgEgi/BAjLD/C5w/SM9AAAAAElFTkSuQmCC",
)
APIS: dict[Api, str] = {"chat": "Chat Completions", "responses": "Responses"}
COLOUR = "Which colour is this picture? Reply with the one word."
HELLO = "Reply with the one word: ok"
ONE_CALL = "What is 2 + 3? Call the tool `add`."
TWO_CALLS = "What is 2 + 3, and what is 40 + 50? Call the tool `add` twice, both calls in one reply."
Ask = Callable[[ModelCard], Model]


def add(ctx: object, a: Annotated[int, "First number."], b: Annotated[int, "Second number."]) -> str:
    """Add two numbers."""
    raise NotImplementedError  # it is offered, never called


ADD = (tool_spec(add),)


@dataclass(frozen=True, slots=True)
class Probed:
    """One row of the report; `ok` is None where nothing was found out."""

    name: str
    ok: bool | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found; no profile where the model did not answer at all."""

    rows: tuple[Probed, ...]
    profile: Profile | None = None


def probe(card: ModelCard, ask: Ask, listed: Listed | None, today: date) -> Report:
    """Try everything. `ask` makes a model of a card; `listed` is the endpoint's own row. Raises OverBudget."""
    bare = ModelCard(card.name, max_output_tokens=OUTPUT_TOKENS, prices=card.prices)
    rows = [_listed(listed), _context(card, listed)]
    answers = {api: _came(ask, replace(bare, api=api), HELLO) for api in APIS}
    if isinstance(why := answers["chat"], str) and NEW_LIMIT in why:
        bare = replace(bare, parameters=("max_tokens",))
        answers["chat"] = _came(ask, replace(bare, api="chat"), HELLO)
    rows += [Probed(APIS[api], isinstance(came, Reply), _detail(came)) for api, came in answers.items()]
    apis = [api for api, came in answers.items() if isinstance(came, Reply)]
    if not apis:
        return Report(tuple(rows))
    tools, api = _tools(bare, ask, sorted(apis, key=lambda api: api != card.api))
    taken = [_parameter(name, card, replace(bare, api=api), ask) for name in PARAMETERS if _matters(name, api)]
    seen = _images(replace(bare, api=api), ask)
    profile = Profile(
        today,
        api,
        accepted=(*(row.name for row in taken if row.ok), *bare.parameters),
        refused=tuple(row.name for row in taken if not row.ok),
        context_tokens=listed.context_tokens if listed else None,
        images=seen.ok,
    )
    return Report((*rows, *tools, *taken, seen), profile)


def _matters(parameter: str, api: Api) -> bool:
    return parameter != "max_tokens" and (api != "text" or parameter not in ("strict", "parallel_tool_calls"))


def _parameter(name: str, card: ModelCard, bare: ModelCard, ask: Ask) -> Probed:
    """Whether the model still calls the tool with an optional parameter; a stream must count its tokens, too."""
    effort = card.reasoning_effort or next(iter(card.reasoning_efforts), "low")
    asked = replace(bare, parameters=(name, *bare.parameters), temperature=0.0, reasoning_effort=effort)
    came = _came(ask, asked, ONE_CALL, ADD)
    if not isinstance(came, Reply):
        return Probed(name, False, came)
    if not came.tool_calls:
        return Probed(name, False, "with it the model did not call the tool")
    return Probed(name, came.counted or name != "stream", _detail(came))


def _images(bare: ModelCard, ask: Ask) -> Probed:
    """Whether the model sees: some servers take pictures and leave them out."""
    came = _came(ask, bare, COLOUR, images=(SQUARE,))
    if isinstance(came, str):
        return Probed("images", False, came)
    is_seen = "red" in came.text.lower()
    return Probed("images", is_seen, "" if is_seen else "they are taken, and the model does not see them")


def _came(
    ask: Ask, card: ModelCard, words: str, tools: Sequence[ToolSpec] = (), images: tuple[Image, ...] = ()
) -> Reply | str:
    """The reply, or why there was none."""
    try:
        return ask(card).complete((Message("user", words, images=images),), tools)
    except OverBudget:
        raise
    except RegreenError as error:
        return error.message


def _detail(came: Reply | str) -> str:
    if isinstance(came, str):
        return came
    return "" if came.counted else "does not count its tokens: they are estimated"


def _listed(listed: Listed | None) -> Probed:
    if listed is None:
        return Probed("listed", None, "the endpoint gives no list of models")
    if not listed.found:
        return Probed("listed", False, "the endpoint's list of models has no such name")
    return Probed("listed", True, f"shuts down on {listed.shutdown}" if listed.shutdown else "")


def _context(card: ModelCard, listed: Listed | None) -> Probed:
    if listed is not None and listed.context_tokens is not None:
        return Probed("context", True, f"{listed.context_tokens:,} tokens, says the endpoint")
    known = f"{card.context_tokens:,} says the catalog" if card.context_tokens else "unknown"
    return Probed(
        "context", None, f"not said: {known if card.context_tokens else f'{ASSUMED_CONTEXT_TOKENS:,} assumed'}"
    )


def _tools(bare: ModelCard, ask: Ask, apis: Sequence[Api]) -> tuple[list[Probed], Api]:
    """The first API that carries calls, else calls in words."""
    rows = []
    for api in apis:
        came = _came(ask, replace(bare, api=api), ONE_CALL, ADD)
        works = isinstance(came, Reply) and bool(came.tool_calls) and not came.malformed
        ignored = "the model was offered a tool and did not call it"
        rows.append(Probed(f"tools by {APIS[api]}", works, "" if works else came if isinstance(came, str) else ignored))
        if works:
            several = _came(ask, replace(bare, api=api), TWO_CALLS, ADD)
            count = len(several.tool_calls) if isinstance(several, Reply) else 0
            return [*rows, Probed("several calls in a reply", count > 1, f"{count} of 2")], api
    came = _came(ask, replace(bare, api="text"), ONE_CALL, ADD)
    works = isinstance(came, Reply) and bool(came.tool_calls)
    return [*rows, Probed("tools in words", works, "" if works else _detail(came))], "text"
