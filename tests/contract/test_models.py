"""What every model promises: whole replies, honest usage, requests the API takes. Those with an endpoint speak to it
through the real SDK; the scripted one and a replay are given what the first of them said.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.core.message import Image, Message, Reply
from agent.core.protocols import Model
from agent.core.usage import Usage
from agent.models.card import IMAGE_TOKENS, ModelCard
from agent.models.catalog import load_catalog
from agent.models.scripted import ScriptedModel
from agent.trace.recording import Recording, new_recording, read_recording
from agent.trace.replaying import Replaying
from tests.asking import ASKED, CARDS, ONE, TOOLS, WIRE, connected
from tests.endpoint import (
    Act,
    Counted,
    Endpoint,
    calls,
    calls_badly,
    counting,
    error_body,
    fault,
    refuses,
    says,
    stopped,
)
from tools.spec import ToolCall, ToolSpec

Ask = Callable[[Act], Reply]


@pytest.fixture(params=CARDS)
def card(request: pytest.FixtureRequest) -> ModelCard:
    """One of each kind that has an endpoint."""
    return CARDS[request.param]


@pytest.fixture(params=WIRE)
def wire_card(request: pytest.FixtureRequest) -> ModelCard:
    """One behind each API that carries tool calls as JSON."""
    return WIRE[request.param]


@pytest.fixture(params=[*CARDS, "scripted", "replay"])
def ask(request: pytest.FixtureRequest, tmp_path: Path) -> Ask:
    """Asks a model of each kind the same, with one act of an endpoint to answer."""
    if request.param in CARDS:
        return lambda act: reply_of(CARDS[request.param], [act])

    def asked(act: Act) -> Reply:
        first = reply_of(CARDS["chat"], [act])
        model: Model = ScriptedModel([first]) if request.param == "scripted" else replay_of(first, tmp_path)
        return model.complete(ASKED, TOOLS)

    return asked


def replay_of(reply: Reply, folder: Path) -> Replaying:
    with new_recording(folder, model="gpt-4.1", patch_format="unified") as recorder:
        Recording(ScriptedModel([reply]), recorder, lambda: 1).complete(ASKED, TOOLS)
    return Replaying(read_recording(folder))


def reply_of(card: ModelCard, script: Sequence[Act], messages: Sequence[Message] = ASKED) -> Reply:
    with Endpoint(script) as endpoint:
        return connected(card, endpoint.base_url).complete(messages, TOOLS)


def sent(card: ModelCard, messages: Sequence[Message] = ASKED, tools: Sequence[ToolSpec] = TOOLS) -> dict[str, Any]:
    """The body of the request a conversation becomes."""
    with Endpoint([says("ok")]) as endpoint:
        connected(card, endpoint.base_url).complete(messages, tools)
    return endpoint.requests[0].body


def without_ids(reply: Reply) -> Reply:
    """The reply with its calls numbered, where the ids are the endpoint's, or ours."""
    ids = {call.call_id: f"c{number}" for number, call in enumerate(reply.tool_calls, 1)}
    assert len(ids) == len(reply.tool_calls)
    tool_calls = tuple(replace(call, call_id=ids[call.call_id]) for call in reply.tool_calls)
    return replace(reply, tool_calls=tool_calls, malformed={ids[key]: why for key, why in reply.malformed.items()})


# Replies


def test_words_are_a_reply(ask: Ask) -> None:
    assert ask(says("Hello.")) == Reply("Hello.", (), ONE, "gpt-4.1-served", "stop")


def test_a_call_is_a_reply(ask: Ask) -> None:
    call = ToolCall("c1", "read_file", {"path": "a.py", "start": 3})
    reply = without_ids(ask(calls("read_file", path="a.py", start=3)))
    assert reply == Reply("", (call,), ONE, "gpt-4.1-served", "tool_calls")


def test_words_and_several_calls_keep_their_order(ask: Ask) -> None:
    reply = ask(says("Both.") + calls("read_file", path="a.py") + calls("apply_patch", patch="@@\n-a\n+b\n"))
    a, b = ToolCall("c1", "read_file", {"path": "a.py"}), ToolCall("c2", "apply_patch", {"patch": "@@\n-a\n+b\n"})
    assert without_ids(reply) == Reply("Both.", (a, b), ONE, "gpt-4.1-served", "tool_calls")


def test_a_tool_without_arguments_may_be_called_with_nothing_at_all(ask: Ask) -> None:
    reply = without_ids(ask(calls_badly("show_diff", "")))
    assert (reply.tool_calls, reply.malformed) == ((ToolCall("c1", "show_diff", {}),), {})


def test_an_empty_reply_is_a_reply(ask: Ask) -> None:
    assert ask(says("")) == Reply("", (), ONE, "gpt-4.1-served", "stop")


def test_a_refusal_is_a_finish(ask: Ask) -> None:
    assert ask(refuses("I will not.")) == Reply("I will not.", (), ONE, "gpt-4.1-served", "refusal")


@pytest.mark.parametrize("reason", ["length", "content_filter"])
def test_an_early_end_is_a_finish(ask: Ask, reason: str) -> None:
    reply = ask(stopped(reason, says("So far")))
    assert (reply.text, reply.finish) == ("So far", reason)


def test_a_filtered_request_is_a_finish_that_may_have_cost_something(ask: Ask) -> None:
    reply = ask(fault(400, body=error_body("It breaks our policy.", "content_filter")))
    assert (reply.text, reply.tool_calls, reply.finish, reply.usage.requests) == ("", (), "content_filter", 1)
    assert reply.usage.cost_usd == pytest.approx(0.2626, abs=0.002)  # a reply of full length


def test_a_call_cut_off_at_the_output_limit_says_so_and_has_no_arguments(ask: Ask) -> None:
    reply = without_ids(ask(stopped("length", calls_badly("apply_patch", '{"patch": "@@'))))
    wrong = reply.malformed["c1"]
    assert reply == Reply("", (ToolCall("c1", "apply_patch"),), ONE, "gpt-4.1-served", "length", {"c1": wrong})
    assert wrong.endswith("cut off at the output limit; make the call shorter")


# Arguments as JSON


def test_line_breaks_in_the_strings_of_arguments_are_forgiven(wire_card: ModelCard) -> None:
    reply = reply_of(wire_card, [calls_badly("apply_patch", '{"patch": "@@\n-a\n+b"}')])
    assert (reply.tool_calls[0].arguments, reply.malformed) == ({"patch": "@@\n-a\n+b"}, {})


MALFORMED = {
    '{"path": "a.py"': "are not valid JSON (Expecting ',' delimiter: line 1 column 16 (char 15)); send one JSON object",
    '["a.py"]': 'are not a JSON object but ["a.py"]; send one JSON object',
    '{"start": NaN}': "are not valid JSON (NaN is not JSON); send one JSON object",
}


@pytest.mark.parametrize("arguments", MALFORMED)
def test_malformed_arguments_are_empty_and_said_to_be_malformed(wire_card: ModelCard, arguments: str) -> None:
    reply = reply_of(wire_card, [calls("apply_patch", patch="x") + calls_badly("read_file", arguments)])
    assert reply.tool_calls == (
        ToolCall("call_1_0", "apply_patch", {"patch": "x"}),
        ToolCall("call_1_1", "read_file", {}),
    )
    assert reply.malformed == {"call_1_1": f"the arguments of read_file {MALFORMED[arguments]}"}


# Usage


def test_cached_tokens_are_cheaper(card: ModelCard) -> None:
    reply = reply_of(card, [counting(Counted(10_000, 100, cached_input=8_000), says("ok"))])
    assert replace(reply.usage, cost_usd=0.0088) == Usage(1, 10_000, 8_000, 100, 0.0088)
    assert reply.usage.cost_usd == pytest.approx(0.0088)


def test_written_and_dear_tokens_cost_what_the_card_says() -> None:
    luna = load_catalog().cards["gpt-6-luna"]
    reply = reply_of(luna, [counting(Counted(300_000, 1_000, cached_input=100_000, cache_write=100_000), says("ok"))])
    assert reply.usage.cost_usd == pytest.approx(0.02 + 0.002 + 0.025 + 0.00075)


def test_the_cost_of_a_model_without_a_price_is_unknown(card: ModelCard) -> None:
    reply = reply_of(ModelCard("local", api=card.api), [says("ok")])
    assert reply.usage == Usage(1, 1000, 0, 50, None)


def test_tokens_nobody_counted_are_estimated_never_zero(card: ModelCard) -> None:
    usage = reply_of(card, [counting(None, says("ok"))]).usage
    assert usage.input_tokens > 200
    assert usage.output_tokens > 30
    assert usage.cost_usd == pytest.approx((usage.input_tokens * 2 + usage.output_tokens * 8) / 1e6)


# Requests


def test_a_chat_request_as_a_whole() -> None:
    messages = [
        *ASKED,
        Message("assistant", "Look.", (ToolCall("c1", "read_file", {"path": "a.py"}), ToolCall("c2", "show_diff"))),
        Message("tool", "1 a", call_id="c1"),
        Message("tool", "nothing", call_id="c2"),
        Message("assistant", "Done?"),
        Message("user", "Not yet."),
    ]
    body = sent(load_catalog().cards["gpt-4.1"], messages, TOOLS[1:])
    assert body == {
        "model": "gpt-4.1",
        "max_completion_tokens": 32_768,
        "parallel_tool_calls": False,
        "temperature": 0.0,
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "apply_patch",
                    "description": "Apply a patch.",
                    "parameters": TOOLS[1].parameters,
                    "strict": True,
                },
            }
        ],
        "messages": [
            {"role": "system", "content": "You mend code."},
            {"role": "user", "content": "Mend a.py."},
            {
                "role": "assistant",
                "content": "Look.",
                "tool_calls": [
                    {
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "read_file", "arguments": '{"path": "a.py"}'},
                    },
                    {"id": "c2", "type": "function", "function": {"name": "show_diff", "arguments": "{}"}},
                ],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "1 a"},
            {"role": "tool", "tool_call_id": "c2", "content": "nothing"},
            {"role": "assistant", "content": "Done?"},
            {"role": "user", "content": "Not yet."},
        ],
    }


def test_a_responses_request_as_a_whole() -> None:
    messages = [
        *ASKED,
        Message("assistant", "Look.", (ToolCall("c1", "read_file", {"path": "a.py"}),)),
        Message("tool", "1 a", call_id="c1"),
    ]
    card = replace(load_catalog().cards["gpt-6-luna"], reasoning_effort="low", temperature=0.0)
    assert sent(card, messages, TOOLS[:1]) == {
        "model": "gpt-6-luna",
        "max_output_tokens": 128_000,
        "store": False,
        "reasoning": {"effort": "low"},
        "tools": [
            {
                "type": "function",
                "name": "read_file",
                "description": "Show lines of a file.",
                "parameters": TOOLS[0].parameters,
                "strict": False,
            }
        ],
        "input": [
            {"role": "system", "content": "You mend code."},
            {"role": "user", "content": "Mend a.py."},
            {"role": "assistant", "content": "Look."},
            {"type": "function_call", "call_id": "c1", "name": "read_file", "arguments": '{"path": "a.py"}'},
            {"type": "function_call_output", "call_id": "c1", "output": "1 a"},
        ],
    }


def test_the_effort_of_a_chat_model_is_sent_where_its_card_takes_one() -> None:
    card = replace(load_catalog().cards["gpt-6-luna"], api="chat", reasoning_effort="none")
    assert sent(card)["reasoning_effort"] == "none"


def test_a_model_nothing_is_known_of_gets_no_optional_parameter(card: ModelCard) -> None:
    limit = "max_output_tokens" if card.api == "responses" else "max_completion_tokens"
    body = sent(ModelCard("local", api=card.api))
    assert set(body) - {"input", "messages", "store", "tools"} == {"model", limit}
    assert ("tools" in body) is (card.api != "text")
    assert body[limit] == 8_192


def test_without_tools_nothing_is_said_about_them(card: ModelCard) -> None:
    assert not {"tools", "parallel_tool_calls"} & set(sent(card, ASKED, ()))


def test_a_conversation_goes_on_over_calls_malformed_empty_and_misnamed_replies(card: ModelCard) -> None:
    bad = calls_badly("functions.read_file", "{") + calls("read_file", path="b.py")
    with Endpoint([bad, says(""), says("end")]) as endpoint:
        model = connected(card, endpoint.base_url)
        first = model.complete(ASKED, TOOLS)
        answers = [
            Message("tool", first.malformed.get(call.call_id, "b"), call_id=call.call_id) for call in first.tool_calls
        ]
        history = [*ASKED, Message("assistant", first.text, first.tool_calls), *answers]
        second = model.complete(history, TOOLS)
        history += [Message("assistant", second.text, second.tool_calls), Message("user", "Go on.")]
        assert model.complete(history, TOOLS).text == "end"


def test_bytes_that_are_no_text_are_sent_as_question_marks(card: ModelCard) -> None:
    body = sent(card, [Message("user", "a\udcffb")])
    assert (body.get("messages") or body["input"])[-1] == {"role": "user", "content": "a?b"}


def test_ids_that_came_before_are_replaced(card: ModelCard) -> None:
    history = [
        *ASKED,
        Message("assistant", "", (ToolCall("call_1_0", "show_diff"),)),
        Message("tool", "", call_id="call_1_0"),
    ]
    history[-1] = replace(history[-1], text="nothing")
    reply = reply_of(card, [calls("show_diff")], history)
    assert [call.call_id for call in reply.tool_calls] == ["call_4_0"]


def test_images_go_with_the_words_they_belong_to(card: ModelCard) -> None:
    shown = Message("user", "What is wrong here?", images=(Image("a.png", "image/png", "aGVsbG8="),))
    text = json.dumps(sent(card, [ASKED[0], shown]))
    assert text.count("data:image/png;base64,aGVsbG8=") == 1
    assert "What is wrong here?" in text


def test_an_image_is_counted_as_one_and_not_by_its_bytes(card: ModelCard) -> None:
    shown = Message("user", "Look.", images=(Image("a.png", "image/png", "aGVsbG8h" * 100_000),))
    reply = reply_of(card, [counting(None, says("I see."))], [ASKED[0], shown])
    assert IMAGE_TOKENS < reply.usage.input_tokens < IMAGE_TOKENS + 3000
