"""`regreen doctor --endpoint`: tries what the configured endpoint takes of the model, and keeps it for later runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from agent.cli.console import Console
from agent.cli.endpoint import Endpoint, endpoint_of
from agent.cli.minds import DEFAULT_ROLE, OFFLINE
from agent.core.config import load_config
from agent.core.errors import UsageProblem
from agent.core.protocols import Model
from agent.core.usage import Usage
from agent.models.budgeted import Budgeted
from agent.models.card import ModelCard
from agent.models.connection import Connection, open_client
from agent.models.failures import Retrying
from agent.models.listing import listed
from agent.models.probe import Report, probe
from agent.models.profile import VENDOR_URL, write_profile
from agent.models.provider import MODELS
from agent.run.budget import Budget
from agent.trace.runs import state_folder
from agent.trace.spending import Spending
from tools.workspace.git import GitError, find_repository

REPLY_SECONDS = 60.0
RETRY_SECONDS = 10.0
MARKS = {True: "ok ", False: "NO ", None: "?  "}


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found, what it cost, and the file it is kept in, "" where it is not; `told` says that in words."""

    url: str
    model: str
    report: Report
    usage: Usage
    kept: str
    told: str


def examine(model: str | None) -> Examination:
    """Probe the endpoint of the current folder's configuration, within its `max_cost`."""
    config = load_config(_root(), os.environ, {"model": model} if model else {})
    wanted = config.model or DEFAULT_ROLE
    if wanted == OFFLINE:
        raise UsageProblem("the model is offline: there is no endpoint", "name one with --model")
    endpoint = endpoint_of(wanted, os.environ, fit=False)
    budget = Budget(config.max_steps, config.max_seconds, max_cost_usd=config.max_cost)
    purse = Spending(state_folder(os.environ), config.max_cost_per_day)
    connection = Connection(endpoint.url, endpoint.key, lambda: REPLY_SECONDS, open_client)
    with Console() as console:

        def ask(card: ModelCard) -> Model:
            console(f"probing {endpoint.card.name}: request {budget.usage.requests + 1}")
            plain = MODELS[card.api](card, connection)
            model = Budgeted(plain, card, lambda: budget.remaining, budget.settle, purse)
            return Retrying(model, lambda: RETRY_SECONDS)

        report = probe(endpoint.card, ask, listed(connection.client, endpoint.card.name), date.today())
    kept, told = _kept(endpoint, report)
    return Examination(_shown(endpoint), endpoint.card.name, report, budget.usage, kept, told)


def examination_row(found: Examination) -> dict[str, Any]:
    """The examination as JSON values."""
    probes = [{"name": row.name, "ok": row.ok, "detail": row.detail} for row in found.report.rows]
    kept: dict[str, Any] = {"profile": found.kept, "usage": asdict(found.usage)}
    return {"base_url": found.url, "model": found.model, "probes": probes, **kept}


def examination_lines(found: Examination) -> Iterator[str]:
    """The examination for people."""
    yield f"endpoint {found.url}, model {found.model}:"
    yield from (f"    {MARKS[row.ok]} {row.name:25} {row.detail}".rstrip() for row in found.report.rows)
    spent = found.usage
    cost = "no price is known" if spent.cost_usd is None else f"${spent.cost_usd:.4f}"
    yield f"{spent.requests} requests, {spent.input_tokens:,} tokens in, {spent.output_tokens:,} out: {cost}"
    yield found.told


def _root() -> Path:
    try:
        return find_repository(Path.cwd()).root
    except GitError:
        return Path.cwd()


def _shown(endpoint: Endpoint) -> str:
    scheme, _, rest = (endpoint.url or VENDOR_URL).partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def _kept(endpoint: Endpoint, report: Report) -> tuple[str, str]:
    if report.profile is None:
        return "", "nothing is kept, for the model did not answer"
    try:
        write_profile(endpoint.profile, report.profile, endpoint.card.name)
    except OSError as error:
        return "", f"nothing is kept: {error.filename}: {error.strerror}"
    return str(endpoint.profile), f"kept for later runs: {endpoint.profile}"
