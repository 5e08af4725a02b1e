"""`regreen models` shows the catalog, the user's own facts and the models that are gone."""

import json
from datetime import date
from pathlib import Path

import pytest

from agent.cli.models import model_row, models
from agent.models.catalog import load_catalog


@pytest.fixture
def own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A models.toml that knows one model more and none of ours better."""
    path = tmp_path / "regreen" / "models.toml"
    path.parent.mkdir()
    path.write_text('[roles]\ncheap = "tiny"\n[models.tiny]\ncontext_tokens = 4096\nshutdown = 2020-01-01\n')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return path


def test_a_model_as_json() -> None:
    catalog = load_catalog()
    row = model_row(catalog, catalog.cards["gpt-4.1-mini"], date(2027, 1, 14))
    assert {**row, "sources": row["sources"][-1]} == {
        "name": "gpt-4.1-mini",
        "roles": ["fast"],
        "api": "chat",
        "context_tokens": 1_047_576,
        "max_output_tokens": 32_768,
        "prices": [{"above_input_tokens": 0, "input": 0.4, "cached_input": 0.1, "cache_write": None, "output": 1.6}],
        "modalities": ["text", "image"],
        "parameters": ["parallel_tool_calls", "strict", "temperature"],
        "reasoning_efforts": [],
        "shutdown": "2027-01-14",
        "ended": True,
        "replacement": "gpt-6-luna",
        "changes": "with gpt-6-luna instead of gpt-4.1-mini: requests go through Responses, not Chat Completions; "
        "it takes a reasoning effort (none, low, medium, high, xhigh, max); it takes no temperature; $0.1/$0.5, "
        "$0.2/$0.75 above 272,000 input tokens instead of $0.4/$1.6 per million tokens in/out",
        "sources": {
            "at": "https://pub.dev/documentation/agentic/latest/chat_connector_model/ChatModel/openai4_1Mini-constant.html",
            "facts": ["modalities"],
            "read": "2026-11-25",
        },
    }


def test_the_users_models_are_listed_with_ours_in_one_object(
    own_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert models(as_json=True) == 0
    rows = json.loads(capsys.readouterr().out)["models"]
    assert [row["name"] for row in rows] == [*load_catalog().cards, "tiny"]
    assert rows[-1]["roles"] == ["cheap"]
    assert rows[-1]["sources"] == [{"at": str(own_file), "facts": ["context_tokens", "shutdown"], "read": None}]


def test_people_see_what_is_unknown_and_what_is_gone(own_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    models()
    assert capsys.readouterr().out.endswith(
        "\n\ntiny (cheap)  ENDED\n  chat, context 4,096, reply unknown tokens\n  price unknown\n"
        f"  shut down on 2020-01-01\n  context_tokens, shutdown: {own_file}\n"
    )
