"""What endpoints refuse, in their own words, is done otherwise: once, and from then on."""

from dataclasses import replace
from typing import Any

import pytest

from agent.core.message import Message
from agent.models.adapting import adapted
from agent.models.card import ModelCard
from agent.models.failures import Failure, RequestFailed, kind_of
from agent.models.probe import SQUARE
from agent.models.provider import for_card
from tests.asking import ASKED, KEY, LONG, ONE, TOOLS, WIRE, quick_client
from tests.endpoint import Act, Endpoint, calls, error_body, fault, says
from tools.spec import ToolCall

CHAT = WIRE["chat"]
LUNA = replace(CHAT, parameters=("parallel_tool_calls", "reasoning_effort"))
IN_WORDS = replace(CHAT, api="text")
NO_TOOLS = {
    "Ollama": (400, "registry.ollama.ai/library/gemma:2b does not support tools"),
    "vLLM": (400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'),
    "vLLM, older": (400, "[{'type': 'extra_forbidden', 'loc': ('body', 'tools'), 'msg': 'Extra inputs'}]"),
    "llama.cpp": (500, "tools param requires --jinja flag"),
    "a router": (404, "No endpoints found that support tool use. Try disabling \"read_file\"."),
    "a gateway": (400, "Function calling is not enabled for models/gemma-3-27b-it"),
    "another": (400, "`tool calling` is not supported with this model"),
    "the vendor": (400, "Unsupported parameter: 'tools' is not supported with this model."),
    "an older one": (400, "Unrecognized request argument supplied: tools"),
}  # fmt: skip
OTHERWISE: dict[str, tuple[int, str, ModelCard | None]] = {
    "a parameter": (400, "Unsupported parameter: 'temperature' is not supported with this model.",
                    replace(CHAT, parameters=("parallel_tool_calls", "strict"))),
    "a value": (400, "Unsupported value: 'temperature' does not support 0 with this model.",
                replace(CHAT, parameters=("parallel_tool_calls", "strict"))),
    "the word that forbids several calls": (400, "Unrecognized request argument supplied: parallel_tool_calls",
                                            replace(CHAT, parameters=("strict", "temperature"))),
    "the other API": (400, "Function tools with reasoning_effort are not supported for gpt-6-luna in "
                      "/v1/chat/completions. Use /v1/responses or set reasoning_effort to 'none'.",
                      replace(CHAT, api="responses")),
    "the other API, as a model that is not there": (404, "This model is only supported in v1/responses.",
                                                    replace(CHAT, api="responses")),
    "the limit's new name": (400, "Unrecognized request argument supplied: max_completion_tokens",
                             replace(CHAT, parameters=(*CHAT.parameters, "max_tokens"))),
    "something else": (400, "Your tools are fine, the messages are not.", None),
    "a tool's name": (400, "Invalid 'tools[0].function.name': string does not match pattern.", None),
    "a busy tool server": (503, "Tools are not supported while we upgrade.", replace(CHAT, api="text")),
    "too many requests": (429, "tools are not supported this often", None),
}  # fmt: skip


def refusal(status: int, words: str) -> Failure:
    """As the connection makes it of an answer."""
    return Failure(kind_of(status, "", words), "endpoint", "gpt-4.1", words)


@pytest.mark.parametrize("name", NO_TOOLS)
def test_endpoints_without_tools_are_known_by_their_words(name: str) -> None:
    status, words = NO_TOOLS[name]
    assert adapted(CHAT, refusal(status, words)) == IN_WORDS
    assert adapted(IN_WORDS, refusal(status, words)) is None


@pytest.mark.parametrize("name", OTHERWISE)
def test_a_refusal_teaches_what_it_names_and_nothing_else(name: str) -> None:
    status, words, card = OTHERWISE[name]
    assert adapted(CHAT, refusal(status, words)) == card


def test_a_parameter_of_the_other_api_is_known_by_its_path() -> None:
    card = replace(LUNA, api="responses")
    words = "Unsupported parameter: 'reasoning.effort' is not supported with this model."
    assert adapted(card, refusal(400, words)) == replace(card, parameters=("parallel_tool_calls",))


def ask(script: list[Act], card: ModelCard = CHAT) -> tuple[Any, list[dict[str, Any]], list[ModelCard]]:
    """What comes of two questions, the bodies that were sent, and the cards that were learnt."""
    learnt: list[ModelCard] = []
    with Endpoint(script) as endpoint:
        model = for_card(card, endpoint.base_url, KEY, lambda: LONG, quick_client, learnt=lambda c, _: learnt.append(c))
        first = model.complete(ASKED, TOOLS)
        answers = [Message("tool", "1 a", call_id=call.call_id) for call in first.tool_calls]
        history = [
            *ASKED,
            Message("assistant", first.text, first.tool_calls),
            *(answers or [Message("user", "Go on.")]),
        ]
        model.complete(history, TOOLS)
    return first, [request.body for request in endpoint.requests], learnt


def test_tools_that_are_refused_are_told_and_called_in_words_from_then_on() -> None:
    no = fault(400, body=error_body(NO_TOOLS["Ollama"][1]))
    reply, bodies, learnt = ask([no, says("Look.") + calls("read_file", path="a.py", start=3), says("end")])
    assert reply.tool_calls == (ToolCall("call_2_0", "read_file", {"path": "a.py", "start": 3}),)
    assert reply.usage == replace(ONE, requests=2)
    assert learnt == [IN_WORDS]
    assert ["tools" in body for body in bodies] == [True, False, False]
    system, *talk = bodies[2]["messages"]
    assert system["content"].startswith("You mend code.\n\n# Calling tools\n")
    assert system["content"].endswith("## apply_patch\nApply a patch.\nArguments:\n- patch: A unified diff.")
    assert talk == [
        {"role": "user", "content": "Mend a.py."},
        {"role": "assistant", "content": "Look.\n\n```read_file\npath: a.py\nstart: 3\n```"},
        {"role": "user", "content": '<result tool="read_file">\n1 a\n</result>'},
    ]


def test_one_thing_after_the_other_is_left_out_until_the_endpoint_is_content() -> None:
    script: list[Act] = [
        fault(400, body=error_body("Unsupported parameter: 'temperature'")),
        fault(400, body=error_body("Unknown parameter: 'parallel_tool_calls'")),
        says("ok"),
        says("end"),
    ]
    _, bodies, learnt = ask(script)
    assert [sorted(set(body) & {"temperature", "parallel_tool_calls"}) for body in bodies] == [
        ["parallel_tool_calls", "temperature"],
        ["parallel_tool_calls"],
        [],
        [],
    ]
    assert [card.parameters for card in learnt] == [("parallel_tool_calls", "strict"), ("strict",)]


def test_a_refusal_that_teaches_nothing_more_counts_all_requests() -> None:
    script: list[Act] = [fault(400, body=error_body("Unsupported parameter: 'temperature'")), fault(400)]
    with pytest.raises(RequestFailed) as caught:
        ask(script)
    assert (caught.value.failure.kind, caught.value.failure.usage.requests) == ("request", 2)


def test_results_of_several_calls_and_what_follows_are_one_turn_and_cannot_close_their_tag() -> None:
    talk = [
        *ASKED,
        Message("assistant", "", (ToolCall("c1", "read_file", {"path": "a.py"}), ToolCall("c2", "show_diff"))),
        Message("tool", "x</result>", call_id="c1"),
        Message("tool", "y", call_id="c2"),
        Message("user", "Go on.", images=(SQUARE,)),
    ]
    with Endpoint([says("ok")]) as endpoint:
        for_card(IN_WORDS, endpoint.base_url, KEY, lambda: LONG, quick_client).complete(talk, TOOLS)
    words = '<result tool="read_file">\nx<\\/result>\n</result>\n\n<result tool="show_diff">\ny\n</result>\n\nGo on.'
    assert endpoint.requests[0].body["messages"][2:] == [
        {"role": "assistant", "content": "```read_file\npath: a.py\n```\n\n```show_diff\n```"},
        {
            "role": "user",
            "content": [{"type": "text", "text": words}, {"type": "image_url", "image_url": {"url": SQUARE.url}}],
        },
    ]
