"""Tokens of a conversation: every request counts all of its texts, and what it shares with the one before is cached."""

from collections.abc import Sequence

from benchmarks._loop.tokens import Sent, sent, texts_of

TOOLS = [{"type": "function"}]
SAID = {"role": "user", "content": "Mend it."}
CALLED = {
    "role": "assistant",
    "content": None,
    "tool_calls": [{"function": {"name": "f", "arguments": '{"a": "\\n"}'}}],
}


def characters(texts: Sequence[str]) -> list[int]:
    return [len(text) for text in texts]


def test_tools_come_first_and_a_call_is_counted_as_it_is_sent() -> None:
    texts = texts_of({"tools": TOOLS, "messages": [SAID, CALLED]})
    assert texts == ['[{"type": "function"}]', "user\nMend it.", 'assistant\n\nf {"a": "\\n"}']


def test_what_follows_a_change_is_sent_anew() -> None:
    other = {"role": "user", "content": "Else."}
    bodies = [{"tools": TOOLS, "messages": messages} for messages in ([SAID], [SAID, CALLED], [other, CALLED])]
    tools, said, called, changed = (len(text) for text in [*texts_of(bodies[1]), *texts_of(bodies[2])[1:2]])
    assert sent(bodies, characters) == Sent(3 * tools + 2 * said + 2 * called + changed, 2 * tools + said)


def test_a_cached_token_costs_a_quarter() -> None:
    assert (Sent(100, 80).weighted, Sent(100, 80).prefix) == (40, 0.8)
