"""The mock endpoint refuses what the vendor's servers refuse, and says so when the test ends."""

import copy
import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.endpoint import Endpoint, says
from tests.endpoint_rules import violations

HEADERS = {"authorization": "Bearer k"}
SCHEMA = {
    "type": "object",
    "properties": {"path": {"type": "string"}},
    "required": ["path"],
    "additionalProperties": False,
}
CALL = {"id": "c1", "type": "function", "function": {"name": "read_file", "arguments": "{}"}}
CHAT: dict[str, Any] = {
    "model": "gpt-4.1",
    "max_completion_tokens": 9,
    "parallel_tool_calls": False,
    "tools": [{"type": "function", "function": {"name": "read_file", "description": "Show.", "parameters": SCHEMA}}],
    "messages": [
        {"role": "system", "content": "s"},
        {"role": "user", "content": "u"},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "c1", "content": "t"},
    ],
}
RESPONSES: dict[str, Any] = {
    "model": "gpt-6-luna",
    "max_output_tokens": 9,
    "tools": [{"type": "function", "name": "f", "description": "d", "parameters": SCHEMA, "strict": True}],
    "input": [
        {"role": "user", "content": "u"},
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "o"},
    ],
}
BODIES = {"chat": CHAT, "responses": RESPONSES}
TALK = {"chat": "messages", "responses": "input"}
# (api, path to what is changed, the new value or None to remove it, the violation)
BROKEN: list[tuple[str, tuple[str | int, ...], object, str]] = [
    ("chat", ("max_completion_tokens",), None, "max_completion_tokens is not set"),
    ("chat", ("max_tokens",), 9, "max_tokens is deprecated"),
    ("chat", ("top_k",), 9, "top_k is not a parameter of chat"),
    ("chat", ("stream",), True, "streams without asking for the usage"),
    ("chat", ("reasoning_effort",), "low", "gpt-4.1 takes no reasoning effort"),
    (
        "chat",
        ("model",),
        "gpt-6-luna",
        "gpt-6-luna takes tools on Chat Completions only with the reasoning effort none",
    ),
    ("chat", ("tools",), None, "parallel_tool_calls is only allowed with tools"),
    ("chat", ("tools", 0, "function", "name"), "a.b", "tool 'a.b' is no function with a valid name"),
    ("chat", ("tools", 0, "function", "description"), None, "tool read_file has no description"),
    (
        "chat",
        ("tools", 0, "function", "parameters", "additionalProperties"),
        None,
        "tool read_file: its parameters allow others than it names",
    ),
    (
        "chat",
        ("tools", 0, "function", "parameters", "required"),
        ["x"],
        "tool read_file: requires x, which it does not have",
    ),
    ("chat", ("messages", 3), None, "c1 is never answered"),
    ("chat", ("messages", 2), None, "the answer to c1 has no open call"),
    ("chat", ("messages", 3, "tool_call_id"), "c2", "the answer to c2 has no open call"),
    ("chat", ("messages", 3, "role"), "user", "c1 is not answered before what comes next"),
    ("chat", ("messages", 2, "tool_calls"), [CALL, CALL], "the call id c1 comes twice"),
    ("chat", ("messages", 2, "tool_calls", 0, "function", "arguments"), "{", "a broken call with arguments '{'"),
    ("chat", ("messages", 1), None, "the conversation begins with: call"),
    ("chat", ("messages", 1, "content"), "", "the message of the user is empty"),
    ("chat", ("messages", 1, "role"), "developer", "a broken message of 'developer' with content 'u'"),
    ("responses", ("max_output_tokens",), None, "max_output_tokens is not set"),
    ("responses", ("temperature",), 0, "gpt-6-luna takes temperature only with the reasoning effort none"),
    ("responses", ("reasoning",), {"effort": "huge"}, "'huge' is no reasoning effort"),
    ("responses", ("tools", 0, "strict"), None, "tool f does not say whether it is strict"),
    ("responses", ("tools", 0, "parameters", "required"), [], "tool f: is strict and does not require path"),
    ("responses", ("input", 2), None, "c1 is never answered"),
    ("responses", ("input", 1), None, "the answer to c1 has no open call"),
    ("responses", ("input", 0, "role"), "tool", 'a broken item {"role": "tool", "content": "u"}'),
]


@pytest.mark.parametrize("api", BODIES)
def test_a_proper_request_breaks_no_rule(api: str) -> None:
    assert violations(api, HEADERS, BODIES[api]) == []


@pytest.mark.parametrize(("api", "path", "value", "message"), BROKEN, ids=[row[3] for row in BROKEN])
def test_a_broken_rule_is_found(api: str, path: tuple[str | int, ...], value: object, message: str) -> None:
    body = copy.deepcopy(BODIES[api])
    place: Any = body
    for step in path[:-1]:
        place = place[step]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    assert message in violations(api, HEADERS, body)


def test_a_request_without_a_key_is_found() -> None:
    assert violations("chat", {}, CHAT) == ["no bearer token"]


def test_a_last_word_of_the_assistant_is_found() -> None:
    body = {**CHAT, "messages": [*CHAT["messages"], {"role": "assistant", "content": "a"}]}
    assert violations("chat", HEADERS, body) == ["there is nothing to reply to: the last word is the assistant's"]


def test_a_request_that_breaks_a_rule_is_refused_and_fails_the_test() -> None:
    statuses, complaint = play([(CHAT, {})])
    assert statuses == [400]
    assert complaint == "requests broke the API's rules:\nrequest 1: no bearer token"


def test_a_request_beyond_the_script_fails_the_test() -> None:
    statuses, complaint = play([(CHAT, HEADERS), (CHAT, HEADERS)])
    assert statuses == [200, 400]
    assert complaint == "requests broke the API's rules:\nrequest 2: the script has only 1 acts"


def test_a_violation_shows_even_when_the_test_fails_for_another_reason() -> None:
    with pytest.raises(AssertionError, match="no bearer token") as caught, Endpoint([says("ok")]) as endpoint:
        raise RuntimeError(post(endpoint, CHAT, {}))
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_the_endpoint_lists_its_models() -> None:
    with Endpoint([], models=["a", "b"]) as endpoint, urllib.request.urlopen(f"{endpoint.base_url}/models") as answer:
        assert [row["id"] for row in json.load(answer)["data"]] == ["a", "b"]


def play(requests: list[tuple[dict[str, Any], dict[str, str]]]) -> tuple[list[int], str]:
    """The status of each request to an endpoint with one reply, and what it complains of at its end."""
    statuses: list[int] = []
    try:
        with Endpoint([says("ok")]) as endpoint:
            statuses += [post(endpoint, body, headers) for body, headers in requests]
    except AssertionError as complaint:
        return statuses, str(complaint)
    return statuses, ""


def post(endpoint: Endpoint, body: dict[str, Any], headers: dict[str, str]) -> int:
    """Send a request and give the status of the answer."""
    url = f"{endpoint.base_url}/chat/completions"
    try:
        with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
