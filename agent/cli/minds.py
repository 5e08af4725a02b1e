"""Who proposes: the embedded engine alone, or first the engine and then a model; part of the composition."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, partial
from typing import get_args

from agent.cli.console import Console
from agent.cli.endpoint import Endpoint, endpoint_of
from agent.cli.farewell import Announcing, Farewell
from agent.core.config import Config
from agent.core.message import Image
from agent.core.protocols import Model, Proposer
from agent.core.usage import NOBODY, Payer
from agent.models.budgeted import Budgeted, Purse
from agent.models.card import ModelCard, PatchFormat
from agent.models.catalog import load_catalog
from agent.models.connection import ClientFactory, open_client
from agent.models.failures import Retrying
from agent.models.provider import for_card
from agent.models.redacted import Redacted
from agent.models.worth import worth_of
from agent.propose.attempts import Attempts
from agent.propose.compaction import room_tokens
from agent.propose.ladder import Ladder
from agent.propose.model import Beside, ModelProposer, Talk
from agent.propose.repair import RepairProposer
from agent.propose.samples import Samples
from agent.repair.shared import Shared
from agent.run.budget import Budget
from agent.trace.recording import Recorded
from agent.trace.replaying import Replaying
from agent.trace.spoken import NOTHING, Hearing, Spoken
from tools.registry import Registry
from tools.testing.site import Sites

OFFLINE = "offline"
DEFAULT_ROLE = "strong"
ENGINE_SECONDS = 60.0
REPLY_SECONDS = 180.0
SAMPLING_TEMPERATURE = 0.8
SEEING_HINT = 'choose another --model, or say modalities = ["text", "image"] of this one in your models.toml'


@dataclass(frozen=True, slots=True)
class Mind:
    """A choice of proposer: its model's name, a sentence about it, and how to build it."""

    name: str
    about: str
    proposer: Callable[[Work], Proposer]
    patch_format: str = "unified"
    card: ModelCard | None = None
    stronger: ModelCard | None = None
    payer: Payer = NOBODY
    rest: Callable[[], str] = lambda: ""
    """At the end of the run: a sentence about what it left, or ""."""
    spoken: Spoken = NOTHING
    """What a person said when it was recorded, and whether it might ask one."""
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """What a proposer of this run works with."""

    sites: Sites
    registry: Registry
    budget: Budget
    console: Console
    redact: Callable[[str], str] = str
    remember: Callable[[Model], Model] = lambda model: model
    keep: Callable[[Model], Model] = lambda model: model
    record: Callable[..., object] = lambda name, **fields: None
    note: Callable[[str], None] = lambda text: None
    beside: Beside = field(default_factory=Beside)
    escalate: bool = True
    samples: int = 0
    stronger: ModelCard | None = None
    purse: Purse | None = None
    hearing: Hearing = field(default_factory=Hearing)
    shared: Shared = field(default_factory=Shared)


def choose_mind(config: Config, environ: Mapping[str, str]) -> Mind:
    """The embedded engine when there is no key, no endpoint or no money; else the engine first, then the model."""
    is_reachable = environ.get("OPENAI_API_KEY") or environ.get("OPENAI_BASE_URL")
    wanted = config.model or (DEFAULT_ROLE if is_reachable else OFFLINE)
    empty = next((option for option in ("max_cost", "max_cost_per_day") if getattr(config, option) == 0), "")
    if wanted == OFFLINE or empty:
        why = "" if wanted == OFFLINE else f" (no money for {wanted}: --{empty.replace('_', '-')} is 0)"
        return Mind(OFFLINE, f"model: offline{why}", _engine)
    endpoint = endpoint_of(wanted, environ)
    card = endpoint.card
    threading.Thread(target=_import_sdk, daemon=True).start()
    note = f" ({endpoint.note})" if endpoint.note else ""
    about = f"model: {card.name}{note}, at most ${config.max_cost:g}"
    stronger = _stronger(card, environ) if config.escalate and wanted != DEFAULT_ROLE else None
    clients = cache(open_client)  # to open one costs as much as many requests
    farewell = Farewell(endpoint, clients)

    def proposer(work: Work) -> Proposer:
        return _ladder(endpoint, farewell, work, clients)

    return Mind(card.name, about, proposer, card.patch_format, card, stronger, Payer(card.name, endpoint.role))


def _stronger(card: ModelCard, environ: Mapping[str, str]) -> ModelCard | None:
    """The model of the strongest role, where it is the dearer one: all that is known of strength."""
    strong = endpoint_of(DEFAULT_ROLE, environ).card
    return strong if strong.prices and card.prices and strong.prices[0].input > card.prices[0].input else None


def beside_of(images: tuple[Image, ...], config: Config, mind: Mind) -> Beside:
    """What a run shows beside its task, by its configuration."""
    if config.context == "focused" or mind.name == OFFLINE:
        return Beside(images)
    card = mind.card or load_catalog().resolve(mind.name, date.today()).card
    return Beside(images, lambda tokens: worth_of(tokens, card, config.max_cost))


def why_blind(mind: Mind) -> str:
    """Why a mind cannot be shown images, "" when it can; a replay was shown what it was shown."""
    if mind.name == OFFLINE:
        return "no model is asked"
    if mind.card is None or "image" in mind.card.modalities:
        return ""
    known = "does not see images" if mind.card.modalities else "may see images or not: nobody has said so yet"
    return f"{mind.name} {known}"


def replayed_mind(recorded: Recorded) -> Mind:
    """The engine first, as when it was recorded, then the recording in the model's place: no key, no money."""
    replaying = Replaying(recorded)

    def proposer(work: Work) -> Proposer:
        replay = Redacted(replaying, work.redact)
        card = load_catalog().resolve(recorded.model, date.today()).card
        return _rungs(lambda card: replay, card, recorded.patch_format, work)

    def rest() -> str:
        return f"{replaying.unused} exchanges of the recording were not asked for" if replaying.unused else ""

    about = f"model: {recorded.model}, replayed from {recorded.folder}"
    formats = [known for known in get_args(PatchFormat) if known == recorded.stronger]
    stronger = ModelCard("stronger", patch_format=formats[0]) if formats else None
    return Mind(recorded.model, about, proposer, recorded.patch_format, stronger=stronger, rest=rest,
                spoken=recorded.spoken, asks="ask_user" in recorded.tools)  # fmt: skip


def _import_sdk() -> None:
    """The SDK's import costs more than everything else of a start: it goes on beside the first test run."""
    import openai  # noqa: F401


def _engine(work: Work) -> Proposer:
    record = partial(work.record, "searched")
    return RepairProposer(work.sites, work.console, record=record, shared=work.shared, is_alone=True)


def _ladder(endpoint: Endpoint, farewell: Farewell, work: Work, clients: ClientFactory) -> Proposer:
    card = endpoint.card

    def patience() -> float:
        return max(1.0, min(REPLY_SECONDS, work.budget.remaining.seconds))

    def asked(card: ModelCard) -> Model:
        payer = Payer(card.name, endpoint.role if card.name == endpoint.card.name else DEFAULT_ROLE)
        provider = for_card(card, endpoint.url, endpoint.key, patience, clients, learnt=lambda _, why: work.note(why))
        settle = partial(work.budget.settle, payer=payer)
        budgeted = Budgeted(provider, card, lambda: work.budget.remaining, settle, work.purse)
        model = Retrying(budgeted, lambda: work.budget.remaining.seconds, progress=work.console)
        return work.remember(Announcing(Redacted(work.keep(model), work.redact), farewell, work.note))

    farewell.look()
    return _rungs(asked, card, card.patch_format, work)


def _rungs(asked: Callable[[ModelCard], Model], card: ModelCard, patch_format: str, work: Work) -> Proposer:
    """The engine, then the model; what a failed proof of the model's buys: once more anew, samples, a stronger one."""
    engine = RepairProposer(work.sites, work.console, ENGINE_SECONDS, partial(work.record, "searched"), work.shared)
    model = asked(card)
    talk = Talk(model, work.registry.specs, work.console, patch_format, work.record, work.beside, room_tokens(card),
                work.hearing)  # fmt: skip
    rungs: list[Callable[[], Proposer]] = [partial(ModelProposer, talk)]
    if work.escalate:
        rungs.append(partial(ModelProposer, talk))
    if work.samples:
        drawn = replace(card, temperature=SAMPLING_TEMPERATURE)
        rungs.append(lambda: Samples(replace(talk, model=asked(drawn)), work.samples, work.sites))
    if work.escalate and work.stronger is not None:
        stronger = work.stronger
        rungs.append(lambda: ModelProposer(replace(talk, model=asked(stronger), patch_format=stronger.patch_format)))
    return Ladder([engine, Attempts(rungs, work.sites)])
