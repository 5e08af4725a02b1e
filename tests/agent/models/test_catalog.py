"""The catalog: every fact has a source, ended models are replaced as it says, and the user's file has the last word."""

from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import pytest

from agent.core.errors import UsageProblem
from agent.models.card import ModelCard, Price, Source
from agent.models.catalog import Resolved, load_catalog, user_file_of

TODAY = date(2026, 11, 25)
NEXT_YEAR = date(2027, 6, 1)
# Names and what we send are no facts.
OUR_CHOICE = {"name", "sources", "temperature", "reasoning_effort"}


def test_every_fact_of_every_model_has_a_source_and_a_day() -> None:
    for card in load_catalog().cards.values():
        stated = {f.name for f in fields(card) if getattr(card, f.name) != f.default} - OUR_CHOICE
        told = {fact for source in card.sources for fact in source.facts}
        assert stated <= told, card.name
        assert all(source.read for source in card.sources), card.name


def test_every_replacement_is_in_the_catalog_and_lasts_longer() -> None:
    cards = load_catalog().cards
    for card in cards.values():
        if card.replacement:
            successor = cards[card.replacement]
            assert successor.shutdown is None or (card.shutdown and successor.shutdown > card.shutdown)


def test_roles_name_models() -> None:
    catalog = load_catalog()
    assert catalog.roles == {"strong": "gpt-4.1", "fast": "gpt-4.1-mini", "cheap": "gpt-4.1-nano"}
    assert catalog.resolve("strong", TODAY) == Resolved(catalog.cards["gpt-4.1"])


def test_a_snapshot_has_the_facts_of_its_model() -> None:
    cards = load_catalog().cards
    assert cards["gpt-4.1-mini-2025-04-14"] == replace(cards["gpt-4.1-mini"], name="gpt-4.1-mini-2025-04-14")


REPLACED = {
    "gone": ("cheap", TODAY, "gpt-5.6-luna", "gpt-4.1-nano was shut down on 2026-10-23; gpt-5.6-luna takes its place"),
    "to go": ("gpt-4.1", NEXT_YEAR, "gpt-6-luna", "gpt-4.1 was shut down on 2027-01-14; gpt-6-luna takes its place"),
    "on the last day": ("gpt-4.1", date(2027, 1, 13), "gpt-4.1", ""),
    "twice": (
        "gpt-4.5-preview",
        NEXT_YEAR,
        "gpt-6-luna",
        "gpt-4.5-preview was shut down on 2025-07-14; gpt-6-luna takes its place",
    ),
}


@pytest.mark.parametrize(("asked", "today", "name", "note"), REPLACED.values(), ids=REPLACED)
def test_a_model_that_was_shut_down_is_replaced_and_that_is_said(asked: str, today: date, name: str, note: str) -> None:
    resolved = load_catalog().resolve(asked, today)
    assert (resolved.card.name, resolved.note) == (name, note)


def test_an_unknown_model_has_no_price_but_a_cap() -> None:
    resolved = load_catalog().resolve("my-own", TODAY)
    note = "my-own is not in the catalog: cost unknown, at most 1,000,000 tokens a run"
    assert resolved == Resolved(ModelCard("my-own"), note)


def test_the_users_file_replaces_single_fields_and_adds_models(tmp_path: Path) -> None:
    mine = tmp_path / "models.toml"
    mine.write_text(
        '[roles]\nfast = "local"\n'
        '[models."gpt-4.1"]\nprices = [{ input = 1, output = 2.5 }]\n'
        '[models.local]\nsame_as = "gpt-4.1"\napi = "responses"\ncontext_tokens = 32_768\n'
        "[models.plain]\nmax_output_tokens = 100\n"
        'sources = [{ at = "me", facts = ["max_output_tokens"], read = 2026-01-02 }]\n'
    )
    ours, catalog = load_catalog().cards["gpt-4.1"], load_catalog(mine)
    card, local = catalog.cards["gpt-4.1"], catalog.cards["local"]
    assert replace(card, sources=()) == replace(ours, prices=(Price(1.0, 2.5),), sources=())
    assert card.sources == (
        *(source for source in ours.sources if source.facts != ("prices",)),
        Source(str(mine), ("prices",)),
    )
    wanted = replace(card, name="local", api="responses", context_tokens=32_768, sources=())
    assert replace(local, sources=()) == wanted
    assert local.sources[-1] == Source(str(mine), ("api", "context_tokens"))
    assert catalog.cards["plain"].sources == (Source("me", ("max_output_tokens",), date(2026, 1, 2)),)
    assert catalog.resolve("fast", TODAY) == Resolved(local)


def test_a_model_shut_down_without_replacement_stays_and_that_is_said(tmp_path: Path) -> None:
    mine = tmp_path / "models.toml"
    mine.write_text('[models.old]\nshutdown = 2026-01-01\n[models.a]\nsame_as = "old"\nreplacement = "a"\n')
    for name in ("old", "a"):
        resolved = load_catalog(mine).resolve(name, TODAY)
        assert (resolved.card.name, resolved.note) == (
            name,
            f"{name} was shut down on 2026-01-01 and has no known replacement",
        )


def test_without_a_file_of_the_users_the_catalog_is_ours(tmp_path: Path) -> None:
    assert load_catalog(tmp_path / "none.toml") == load_catalog()


def test_the_users_file_lies_beside_the_configuration() -> None:
    assert user_file_of({"HOME": "/home/ada"}) == Path("/home/ada/.config/regreen/models.toml")
    assert user_file_of({"HOME": "/h", "XDG_CONFIG_HOME": "/x"}) == Path("/x/regreen/models.toml")


BAD = {
    "no TOML": ("[models", "not valid TOML: "),
    "an unknown table": ("[model.x]\n", "model: there is no such key; known keys: models, roles"),
    "an unknown key": ("[models.x]\nprice = 1\n", "models.x.price: there is no such key; known keys: same_as, api, "),
    "an unknown role": ('[roles]\nbest = "x"\n', "roles.best: there is no such key; known keys: strong, fast, cheap"),
    "no table": ("models = 1\n", "models: it is not a table"),
    "no count": ("[models.x]\ncontext_tokens = 1.5\n", "models.x.context_tokens: 1.5 is not a whole number above 0"),
    "a truth value": (
        "[models.x]\ncontext_tokens = true\n",
        "models.x.context_tokens: True is not a whole number above 0",
    ),
    "an unknown api": ('[models.x]\napi = "soap"\n', "models.x.api: 'soap' is not one of chat, responses"),
    "a day in quotes": ('[models.x]\nshutdown = "2027-01-14"\n', "models.x.shutdown: '2027-01-14' is not a day like "),
    "a price below 0": (
        "[models.x]\nprices = [{ input = 1, output = -2 }]\n",
        "models.x.prices.1.output: -2 is not a number of 0 or more",
    ),
    "half a price": ("[models.x]\nprices = [{ input = 1 }]\n", "models.x.prices.1: output is missing"),
    "only a tier": (
        "[models.x]\nprices = [{ input = 1, output = 1, above_input_tokens = 5 }]\n",
        "models.x.prices: it wants one entry without above_input_tokens",
    ),
    "an unknown parameter": ('[models.x]\nparameters = ["seed"]\n', "models.x.parameters.1: 'seed' is not one of "),
    "a stranger": ('[models.x]\nsame_as = "y"\n', "models.x.same_as leads to 'y'"),
    "a circle": ('[models.x]\nsame_as = "y"\n[models.y]\nsame_as = "x"\n', "models.x.same_as leads to 'x'"),
    "an effort it lacks": (
        '[models."gpt-6.1-sol"]\nreasoning_effort = "none"\n',
        "models.gpt-6.1-sol.reasoning_effort is 'none'",
    ),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD)
def test_a_bad_file_is_refused_with_its_name_and_the_key(tmp_path: Path, text: str, message: str) -> None:
    mine = tmp_path / "models.toml"
    mine.write_text(text)
    with pytest.raises(UsageProblem) as caught:
        load_catalog(mine)
    assert str(caught.value).startswith(f"{mine}: {message}")
    assert caught.value.hint
