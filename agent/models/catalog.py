"""The models regreen knows: a dated file of facts that the user's own file may add to and override."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from agent.core.errors import UsageProblem
from agent.models.card import CAP_WITHOUT_PRICE_TOKENS, ModelCard, Source
from agent.models.facts import Facts, read_facts

OWN_FILE = Path(__file__).with_name("catalog.toml")


@dataclass(frozen=True, slots=True)
class Resolved:
    """The model to use, and one sentence when it is not simply the one asked for."""

    card: ModelCard
    note: str = ""


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every known model by name, and the model of each role."""

    cards: Mapping[str, ModelCard]
    roles: Mapping[str, str]

    def resolve(self, name_or_role: str, today: date) -> Resolved:
        """The card for a name or role. A model that was shut down is replaced only as the catalog says."""
        name = self.roles.get(name_or_role, name_or_role)
        if name not in self.cards:
            cap = f"cost unknown, at most {CAP_WITHOUT_PRICE_TOKENS:,} tokens a run"
            return Resolved(ModelCard(name), f"{name} is not in the catalog: {cap}")
        asked = self.cards[name]
        if not asked.ended(today):
            return Resolved(asked)
        card = self._successor(asked, today)
        end = f"{name} was shut down on {asked.shutdown}"
        known = card.name != name
        return Resolved(card, f"{end}; {card.name} takes its place" if known else f"{end} and has no known replacement")

    def _successor(self, card: ModelCard, today: date) -> ModelCard:
        passed = {card.name}
        while card.ended(today) and card.replacement and card.replacement not in passed:
            passed.add(card.replacement)
            card = self.cards.get(card.replacement) or ModelCard(card.replacement)
        return card


def user_file_of(environ: Mapping[str, str]) -> Path:
    """Where the user keeps additions to the catalog; the file need not exist."""
    home = environ.get("XDG_CONFIG_HOME") or str(Path(environ.get("HOME", "/")) / ".config")
    return Path(home) / "regreen" / "models.toml"


def load_catalog(user_file: Path | None = None) -> Catalog:
    """Read the catalog; each field of a model in the user's file replaces ours. UsageProblem names file and key."""
    models, roles = read_facts(OWN_FILE)
    if user_file is not None:
        own_models, own_roles = read_facts(user_file)
        roles |= own_roles
        models |= {name: _overlaid(models.get(name, {}), _signed(own, user_file)) for name, own in own_models.items()}
    return Catalog({name: _card(name, models, user_file) for name in models}, roles)


def _signed(facts: Facts, path: Path) -> Facts:
    """The user's facts with the user's file as their source, unless they name better ones."""
    named = {fact for source in facts.get("sources", ()) for fact in source.facts}
    rest = tuple(key for key in facts if key not in named and key not in ("sources", "same_as"))
    return {**facts, "sources": (*facts.get("sources", ()), *([Source(str(path), rest)] if rest else []))}


def _overlaid(below: Facts, above: Facts) -> dict[str, Any]:
    told = {*above, *(fact for source in above.get("sources", ()) for fact in source.facts)}
    kept = [
        replace(source, facts=facts)
        for source in below.get("sources", ())
        if (facts := tuple(fact for fact in source.facts if fact not in told))
    ]
    return {**below, **above, "sources": (*kept, *above.get("sources", ()))}


def _card(name: str, models: Mapping[str, Facts], user_file: Path | None) -> ModelCard:
    facts: Facts = models[name]
    passed = {name}
    while base := facts.get("same_as"):
        if base not in models or base in passed:
            where = f"{user_file or OWN_FILE}: models.{name}.same_as"
            raise UsageProblem(f"{where} leads to {base!r}", "it wants the name of another model in the catalog")
        passed.add(base)
        facts = _overlaid(models[base], {key: value for key, value in facts.items() if key != "same_as"})
    card = ModelCard(name, **{key: value for key, value in facts.items() if key != "same_as"})
    if card.reasoning_effort and card.reasoning_efforts and card.reasoning_effort not in card.reasoning_efforts:
        where = f"{user_file or OWN_FILE}: models.{name}.reasoning_effort"
        raise UsageProblem(f"{where} is {card.reasoning_effort!r}", f"use one of: {', '.join(card.reasoning_efforts)}")
    return card
