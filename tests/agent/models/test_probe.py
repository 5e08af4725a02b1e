"""What an endpoint takes is found by small requests to it, and fits the card for later runs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from agent.models.card import ModelCard, Source
from agent.models.catalog import load_catalog
from agent.models.connection import Connection
from agent.models.failures import Retrying
from agent.models.listing import Listed, listed
from agent.models.probe import SQUARE, TWO_CALLS, Report, probe
from agent.models.profile import Profile, fitted, profile_file, read_profile, write_profile
from agent.models.provider import MODELS
from tests.asking import KEY, LONG, Time, quick_client
from tests.endpoint import Act, Answer, Call, Endpoint, Request, calls, counting, error_body, fault, says
from tests.endpoint_rules import violations

TODAY = date(2026, 11, 26)
FIVE = calls("add", a=2, b=3)
BOTH = Answer(calls=(*FIVE.calls, Call("add", '{"a": 40, "b": 50}')))
LOCAL = ModelCard("llama")


def able(request: Request) -> Act:
    """A model that does what it is asked; the rules of the vendor's API hold."""
    words = (request.body.get("messages") or request.body["input"])[-1]["content"]
    if not isinstance(words, str):
        return says("Red.")
    if "`add`" not in words:
        return says("ok")
    return BOTH if words == TWO_CALLS else FIVE


def without_tools(request: Request) -> Act:
    if request.api == "responses":
        return fault(404, body="404 page not found")
    if SQUARE.base64 in str(request.body):
        return says("I see no picture.")
    if "tools" in request.body:
        return fault(400, body=error_body("llama does not support tools"))
    return counting(None, able(request)) if request.body.get("stream") else able(request)  # type: ignore[arg-type]


def deaf(request: Request) -> Act:
    """Takes tools, and never calls them; in words neither."""
    return fault(404) if request.api == "chat" else says("5")


def old(request: Request) -> Act:
    """Knows the limit of a reply by its old name alone."""
    if request.api == "responses":
        return fault(404)
    if "max_tokens" not in request.body:
        return fault(422, body=error_body("Extra inputs are not permitted: max_completion_tokens"))
    return able(request)


def examined(card: ModelCard, server: Callable[[Request], Act], **row: Any) -> tuple[Report, int]:
    """The report on a model behind a server, and the number of requests made."""
    with Endpoint(server, {card.name: row}, rules=none if server is old else violations) as endpoint:
        connection = Connection(endpoint.base_url, KEY, lambda: LONG, quick_client)
        time = Time()
        report = probe(
            card,
            lambda asked: Retrying(MODELS[asked.api](asked, connection), sleep=time.sleep, clock=time.clock),
            listed(connection.client, card.name),
            TODAY,
        )
    return report, len(endpoint.requests)


def none(*request: object) -> list[str]:
    """The rules of a server that has its own."""
    return []


def told(report: Report) -> list[str]:
    return [f"{row.ok} {row.name}: {row.detail}".rstrip(": ") for row in report.rows]


def test_the_vendors_model_as_it_is() -> None:
    report, requests = examined(load_catalog().cards["gpt-4.1"], able, shutdown_date="2027-01-14")
    assert told(report) == [
        "True listed: shuts down on 2027-01-14",
        "None context: not said: 1,047,576 says the catalog",
        "True Chat Completions",
        "True Responses",
        "True tools by Chat Completions",
        "True several calls in a reply: 2 of 2",
        "True parallel_tool_calls",
        "True strict",
        "True temperature",
        report_line(report, "reasoning_effort"),
        "True stream",
        "True images",
    ]
    assert "gpt-4.1 takes no reasoning effort" in report_line(report, "reasoning_effort")
    accepted = ("parallel_tool_calls", "strict", "temperature", "stream")
    assert report.profile == Profile(TODAY, "chat", accepted, ("reasoning_effort",), images=True)
    assert requests == 10


def report_line(report: Report, name: str) -> str:
    return next(line for line in told(report) if f" {name}" in line)


def test_a_model_that_takes_tools_by_the_other_api_only() -> None:
    report, _ = examined(ModelCard("gpt-6.1-sol"), able)
    assert "takes tools on Chat Completions only with the reasoning effort none" in told(report)[4]
    assert told(report)[5:7] == ["True tools by Responses", "True several calls in a reply: 2 of 2"]
    assert report.profile == Profile(
        TODAY,
        "responses",
        ("parallel_tool_calls", "strict", "reasoning_effort", "stream"),
        ("temperature",),
        images=True,
    )


def test_an_endpoint_without_tools_is_left_with_words_and_a_stream_must_count_its_tokens() -> None:
    report, _ = examined(LOCAL, without_tools, max_model_len=32_768)
    assert told(report) == [
        "True listed",
        "True context: 32,768 tokens, says the endpoint",
        "True Chat Completions",
        report_line(report, "Responses"),
        report_line(report, "tools by Chat Completions"),
        "True tools in words",
        "True temperature",
        "True reasoning_effort",
        "False stream: does not count its tokens: they are estimated",
        "False images: they are taken, and the model does not see them",
    ]
    assert "has no model llama" in report_line(report, "Responses")
    assert "llama does not support tools" in report_line(report, "tools by Chat Completions")
    assert report.profile == Profile(TODAY, "text", ("temperature", "reasoning_effort"), ("stream",), 32_768, False)


def test_a_limit_that_is_known_by_its_old_name_alone_is_sent_so() -> None:
    report, requests = examined(LOCAL, old)
    accepted = ("parallel_tool_calls", "strict", "temperature", "reasoning_effort", "stream", "max_tokens")
    assert report.profile == Profile(TODAY, "chat", accepted, images=True)
    assert requests == 11


def test_tools_that_are_taken_and_never_called_are_no_tools() -> None:
    report, _ = examined(LOCAL, deaf)
    assert "False tools by Responses: the model was offered a tool and did not call it" in told(report)
    assert report.profile is not None
    assert (report.profile.api, report.profile.images) == ("text", False)


def test_a_model_that_does_not_answer_has_no_profile() -> None:
    report, requests = examined(LOCAL, lambda request: fault(401))
    assert [row.ok for row in report.rows] == [True, None, False, False]
    assert told(report)[2].endswith("refused the key")
    assert (report.profile, requests) == (None, 2)


ROWS: dict[str, tuple[dict[str, Any], Listed]] = {
    "vLLM": ({"max_model_len": 8192}, Listed(True, 8192)),
    "llama.cpp": ({"meta": {"n_ctx": 4096}}, Listed(True, 4096)),
    "LM Studio": ({"max_context_length": 131072, "loaded_context_length": 4096}, Listed(True, 4096)),
    "the vendor": ({"shutdown_date": "2027-01-14"}, Listed(True, None, date(2027, 1, 14))),
    "no day yet": ({"shutdown_date": None, "context_length": 0}, Listed(True)),
    "nonsense": ({"shutdown_date": "soon", "context_window": "large", "meta": []}, Listed(True)),
}


@pytest.mark.parametrize("name", ROWS)
def test_what_an_endpoint_says_of_a_model_is_read(name: str) -> None:
    row, expected = ROWS[name]
    with Endpoint([], {"m": row}) as endpoint:
        client = quick_client(endpoint.base_url, KEY)
        assert (listed(client, "m"), listed(client, "other")) == (expected, Listed(False))


def test_an_endpoint_without_a_list_says_nothing() -> None:
    with Endpoint([]) as endpoint:
        assert listed(quick_client(f"{endpoint.base_url}/deeper", KEY), "m") is None
    assert listed(quick_client("http://127.0.0.1:9/v1", KEY), "m") is None


# Profiles


FOUND = Profile(TODAY, "responses", ("stream", "strict"), ("temperature",), 8192, True)


def test_a_card_is_fitted_to_what_was_found() -> None:
    card = load_catalog().cards["gpt-4.1"]
    parameters = ("parallel_tool_calls", "strict", "stream")
    assert fitted(card, FOUND) == replace(
        card, api="responses", parameters=parameters, context_tokens=8192, modalities=("text", "image")
    )
    assert fitted(card, Profile(TODAY, "chat", images=False)) == replace(card, modalities=("text",))


def test_what_the_user_states_himself_is_not_fitted() -> None:
    own = ModelCard("m", api="chat", context_tokens=9, sources=(Source("models.toml", ("api", "context_tokens")),))
    assert fitted(own, FOUND) == replace(own, parameters=("strict", "stream"), modalities=("text", "image"))


def test_a_profile_comes_back_and_belongs_to_one_model_at_one_url(tmp_path: Path) -> None:
    path = profile_file(tmp_path / "endpoints", "http://user:secret@HOST:1/v1/", "m")
    write_profile(path, FOUND, "m")
    assert read_profile(path) == FOUND
    assert path == profile_file(tmp_path / "endpoints", "http://host:1/v1", "m")
    others = {profile_file(tmp_path, url, name) for url in ("", "http://host:1/v1") for name in ("m", "n")}
    assert len(others) == 4
    assert profile_file(tmp_path, "", "m") == profile_file(tmp_path, "https://api.openai.com/v1/", "m")


@pytest.mark.parametrize("text", ["", "[]", '{"v": 2}', '{"v": 1, "api": "smoke"}', '{"v": 1, "api": "chat"}'])
def test_a_file_that_is_no_profile_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    assert read_profile(tmp_path / "x.json") is None
    assert read_profile(tmp_path / "gone.json") is None
