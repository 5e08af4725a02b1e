"""Before a run's first request: the last day of its model, which the endpoint may know better than the catalog."""

import os
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.cli.endpoint import endpoint_of
from agent.cli.farewell import Announcing, Farewell
from agent.models.scripted import ScriptedModel
from tests.asking import KEY
from tests.endpoint import Endpoint

TODAY = date.today()
SOON = TODAY + timedelta(days=10)


def said(endpoint: Endpoint, models: str = "", runs: int = 1, model: str = "m") -> list[list[str]]:
    """What each of several runs says, with the user's facts about the models."""
    file = Path(os.environ["HOME"]) / ".config" / "regreen" / "models.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(models)
    environ = {**os.environ, "OPENAI_BASE_URL": endpoint.base_url, "OPENAI_API_KEY": KEY}
    return [_said_once(environ, model) for _ in range(runs)]


def _said_once(environ: Mapping[str, str], model: str) -> list[str]:
    told: list[str] = []
    farewell = Farewell(endpoint_of(model, environ), patience_seconds=60.0)
    farewell.look()
    farewell.look()  # as for a second group of tests
    for _ in range(2):
        Announcing(ScriptedModel([]), farewell, told.append).complete((), ())
    return told


def at(shutdown: date | None, **more: Any) -> dict[str, dict[str, Any]]:
    return {"m": {"shutdown_date": shutdown.isoformat() if shutdown else None, **more}}


def test_a_day_that_only_the_endpoint_knows_is_told_in_each_run_and_asked_for_once_a_day() -> None:
    with Endpoint([], at(SOON)) as endpoint:
        assert said(endpoint, runs=2) == [[f"m shuts down on {SOON}, in 10 days"]] * 2
        assert endpoint.listings == 1


def test_a_list_without_a_day_leaves_it_to_the_catalog() -> None:
    with Endpoint([], at(None)) as endpoint:
        assert said(endpoint, f"[models.m]\nshutdown = {SOON}\n") == [[f"m shuts down on {SOON}, in 10 days"]]
        assert said(endpoint, f"[models.m]\nshutdown = {TODAY + timedelta(days=61)}\n") == [[]]


TWO = """
[models.m]
shutdown = {day}
replacement = "n"
parameters = ["temperature"]
[models.n]
api = "responses"
"""
CHANGES = "with n instead of m: requests go through Responses, not Chat Completions; it takes no temperature"


def test_what_the_replacement_changes_is_told_once() -> None:
    with Endpoint([], at(None)) as endpoint:
        soon, later = said(endpoint, TWO.format(day=SOON), runs=2)
    assert soon == [f"m shuts down on {SOON}, in 10 days; n will take its place", CHANGES]
    assert later == soon[:1]


def test_what_a_replacement_has_changed_is_told_once() -> None:
    with Endpoint([], {"n": {}}) as endpoint:
        assert said(endpoint, TWO.format(day=TODAY), runs=2) == [[CHANGES], []]


@pytest.mark.parametrize("state", ["/dev/null", "/proc/nowhere"])
def test_where_nothing_can_be_kept_it_is_told_all_the_same(monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", state)
    with Endpoint([], at(SOON)) as endpoint:
        first, second = said(endpoint, TWO.format(day=SOON), runs=2)
        assert endpoint.listings == 2
    assert first == second == [f"m shuts down on {SOON}, in 10 days; n will take its place", CHANGES]


def test_an_endpoint_without_a_list_says_nothing() -> None:
    with Endpoint([]) as endpoint:
        environ = {**os.environ, "OPENAI_BASE_URL": f"{endpoint.base_url}/deeper", "OPENAI_API_KEY": KEY}
        assert _said_once(environ, "m") == []
