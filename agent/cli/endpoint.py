"""The model's endpoint, as configuration and environment name it: the card as it is taken there, URL and key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from agent.core.errors import UsageProblem
from agent.models.card import ModelCard
from agent.models.catalog import load_catalog, user_file_of
from agent.models.connection import checked_url
from agent.models.profile import fitted, profile_file, read_profile
from agent.trace.runs import state_folder

OUTPUT_TOKENS = 8192


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model at an endpoint; `url` is "" for the vendor's own, `note` a sentence when it is not simply the model asked
    for, `profile` the file of what `doctor --endpoint` found there, `successor` what the catalog has after this model.
    """

    card: ModelCard
    url: str
    key: str
    note: str
    profile: Path
    asked: ModelCard
    role: str = ""
    successor: ModelCard | None = None


def endpoint_of(wanted: str, environ: Mapping[str, str], *, fit: bool = True) -> Endpoint:
    """The endpoint for a model's name or role; UsageProblem where there is neither key nor URL.

    Without `fit` the card is the catalog's, whatever was found at the endpoint.
    """
    key, url = environ.get("OPENAI_API_KEY", ""), checked_url(environ.get("OPENAI_BASE_URL", ""))
    if not key and not url:
        hint = "set OPENAI_API_KEY, or OPENAI_BASE_URL for an endpoint of your own, or use --model offline"
        raise UsageProblem(f"model {wanted!r} needs a key or an endpoint", hint)
    user_file = user_file_of(environ)
    catalog = load_catalog(user_file if user_file.is_file() else None)
    resolved = catalog.resolve(wanted, date.today())
    asked = catalog.cards.get(catalog.roles.get(wanted, wanted), resolved.card)
    card = replace(resolved.card, max_output_tokens=min(OUTPUT_TOKENS, resolved.card.output_tokens))
    path = profile_file(state_folder(environ) / "endpoints", url, card.name)
    profile = read_profile(path) if fit else None
    card = fitted(card, profile) if profile else card
    role = next((role for role, name in catalog.roles.items() if name == asked.name), "")
    return Endpoint(card, url, key, resolved.note, path, asked, role, catalog.cards.get(card.replacement))
