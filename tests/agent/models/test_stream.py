"""A streamed reply counts when its end has come; of what is cut off or falls silent nothing is used."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from agent.core.errors import EndpointProblem, RegreenError
from agent.core.message import Reply
from agent.core.usage import Usage
from agent.models.card import ModelCard
from agent.models.failures import NoReply, Retrying
from agent.models.stream import Limits, chat_body, responses_body, timely
from tests.asking import ASKED, LONG, ONE, STREAMED, TOOLS, Time, connected
from tests.endpoint import Act, Broken, Endpoint, calls, error_body, fault, says
from tools.spec import ToolCall

PATCH = says("Now.") + calls("apply_patch", patch="@@\n-a\n+b\n")


@pytest.fixture(params=STREAMED)
def card(request: pytest.FixtureRequest) -> ModelCard:
    return STREAMED[request.param]


def persevere(card: ModelCard, script: Sequence[Act], timeout_seconds: float = LONG) -> Reply | RegreenError:
    time = Time()
    with Endpoint(script) as endpoint:
        model = connected(card, endpoint.base_url, timeout_seconds)
        try:
            return Retrying(model, sleep=time.sleep, clock=time.clock).complete(ASKED, TOOLS)
        except RegreenError as error:
            return error


@pytest.mark.parametrize("ends", [False, True], ids=["by the line", "as if it were whole"])
@pytest.mark.parametrize("after", [0, 1, 4])
def test_a_reply_that_is_cut_off_is_no_reply(card: ModelCard, after: int, ends: bool) -> None:
    outcome = persevere(card, [Broken(PATCH, after, ends)] * 3)
    assert type(outcome) is EndpointProblem
    assert str(outcome).endswith("broke off its reply (tried 3 times)")


def test_what_a_cut_reply_may_have_cost_is_counted_and_the_next_one_taken(card: ModelCard) -> None:
    reply = persevere(card, [Broken(PATCH, 4), PATCH])
    assert isinstance(reply, Reply)
    assert reply.tool_calls == (ToolCall("call_2_0", "apply_patch", {"patch": "@@\n-a\n+b\n"}),)
    assert replace(reply.usage, cost_usd=0.0) == Usage(2, 1000, 0, 50, 0.0)
    assert reply.usage.cost_usd == pytest.approx(0.0024 + 0.2626, abs=0.001)


@pytest.mark.parametrize("keeps_open", [False, True], ids=["dead", "kept open"])
def test_a_stream_that_falls_silent_is_left(card: ModelCard, keeps_open: bool) -> None:
    outcome = persevere(card, [Broken(PATCH, 3, seconds=LONG, keeps_open=keeps_open)] * 2, timeout_seconds=0.3)
    assert type(outcome) is EndpointProblem
    assert str(outcome).endswith("did not answer in time (tried 2 times)")


def test_an_endpoint_that_does_not_know_streams_may_answer_in_one_piece(card: ModelCard) -> None:
    body = {
        "chat": '{"choices": [{"message": {"content": "Hello."}, "finish_reason": "stop"}]}',
        "responses": '{"output": [{"type": "message", "content": [{"type": "output_text", "text": "Hello."}]}]}',
    }[card.api]
    reply = persevere(card, [fault(200, body=body)])
    assert isinstance(reply, Reply)
    assert (reply.text, reply.finish) == ("Hello.", "stop")


@pytest.mark.parametrize("words", ["Verify your organization to stream this model.", "Unknown field: stream_options"])
def test_an_endpoint_that_refuses_streams_is_asked_without(card: ModelCard, words: str) -> None:
    no = fault(400, body=error_body(words))
    two = replace(ONE, requests=2)
    assert persevere(card, [no, says("Hello.")]) == Reply("Hello.", (), two, "gpt-4.1-served", "stop")


def passing(*times: float) -> Callable[[], float]:
    return iter(times).__next__


LINES = ["data: 1", "", ": still there", ": still there", "data: 2"]
# Twelve seconds in all, ten between two events: when each line comes, and how many are read.
CLOCKS: dict[str, tuple[list[float], int]] = {
    "in time": ([0, 1, 2, 5, 8, 11], 5),
    "silent between two events": ([0, 1, 2, 5, 11.5], 3),
    "too long in all": ([0, 5, 6, 7, 8, 12.5], 4),
}


@pytest.mark.parametrize("name", CLOCKS)
def test_comments_do_not_count_as_events(name: str) -> None:
    times, count = CLOCKS[name]
    lines = timely(LINES, Limits(12.0, 10.0, passing(*times)))
    assert [next(lines) for _ in range(count)] == LINES[:count]
    if count < len(LINES):
        with pytest.raises(NoReply, match="silent"):
            next(lines)


def delta(**fields: Any) -> dict[str, Any]:
    return {"choices": [{"delta": fields}]}


def call(index: int | None, call_id: str, name: str, arguments: str) -> dict[str, Any]:
    return {"index": index, "id": call_id, "function": {"name": name, "arguments": arguments}}


A, B = call(0, "a", "read_file", '{"path": "a.py"}'), call(1, "b", "show_diff", "{}")
STREAMS: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]] = {
    "parts by index": (
        [delta(tool_calls=[call(0, "a", "read_file", '{"path"')]), delta(tool_calls=[B]),
         delta(tool_calls=[{"index": 0, "function": {"arguments": ': "a.py"}'}}])],
        [A, B],
    ),
    "all of them number 0": ([delta(tool_calls=[A]), delta(tool_calls=[{**B, "index": 0}])], [A, {**B, "index": 0}]),
    "parts that say their id each time": (
        [delta(tool_calls=[call(0, "a", "read_file", '{"path"')]), delta(tool_calls=[call(0, "a", "", ': "a.py"}')])],
        [A],
    ),
    "no numbers": ([delta(tool_calls=[call(None, "a", "x", "{}"), call(None, "b", "y", "{}")])],
                   [call(None, "a", "x", "{}"), call(None, "b", "y", "{}")]),
}  # fmt: skip


@pytest.mark.parametrize("name", STREAMS)
def test_calls_are_put_together_as_servers_number_them(name: str) -> None:
    events, tool_calls = STREAMS[name]
    message = {"content": "", "refusal": "", "tool_calls": tool_calls}
    assert chat_body([*events, None]) == {"choices": [{"message": message, "finish_reason": None}]}


def test_the_last_count_of_the_usage_is_the_usage() -> None:
    first, last = {"prompt_tokens": 1}, {"prompt_tokens": 2}
    events = [{**delta(content="a"), "usage": first}, {"choices": [], "usage": last}, None]
    assert chat_body(events)["usage"] == {"prompt_tokens": 2}


def test_an_error_in_the_middle_is_the_answer() -> None:
    error = {"error": {"message": "overloaded", "code": 503}}
    assert chat_body([delta(content="a"), error]) == error
    assert responses_body([{"type": "response.created"}, {"type": "error", **error}]) == error
    bare = {"type": "error", "code": "server_error", "message": "overloaded"}
    assert responses_body([bare]) == {"error": bare}
