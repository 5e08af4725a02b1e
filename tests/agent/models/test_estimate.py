"""Tokens before they are sent: an upper bound at first, near the truth once a reply has said what it used."""

from agent.core.message import Message
from agent.models.estimate import Estimator, request_tokens
from tests.asking import ASKED, TOOLS

LONGER = (*ASKED, Message("assistant", "x" * 3500))


def test_texts_and_tools_count_by_their_characters() -> None:
    assert request_tokens([Message("user", "x" * 35)], []) == request_tokens([Message("user", "")], []) + 10
    assert request_tokens(ASKED, TOOLS) > request_tokens(ASKED, [])


def test_what_a_reply_counted_brings_the_next_estimate_near() -> None:
    estimator = Estimator()
    first, before = request_tokens(ASKED, TOOLS), request_tokens(LONGER, TOOLS)
    assert estimator.tokens(LONGER, TOOLS) == before
    estimator.learn(ASKED, TOOLS, int(first * 0.7))
    assert 0.7 * before <= estimator.tokens(LONGER, TOOLS) <= 0.74 * before


def test_a_language_with_more_tokens_than_characters_allow_for_is_learned_too() -> None:
    estimator = Estimator()
    estimator.learn(ASKED, TOOLS, 2 * request_tokens(ASKED, TOOLS))
    assert estimator.tokens(LONGER, TOOLS) > 2 * request_tokens(LONGER, TOOLS)


def test_an_endpoint_that_counts_nothing_or_nonsense_moves_little() -> None:
    estimator = Estimator()
    estimator.learn(ASKED, TOOLS, 0)
    assert estimator.tokens(ASKED, TOOLS) == request_tokens(ASKED, TOOLS)
    estimator.learn(ASKED, TOOLS, 1)
    assert estimator.tokens(ASKED, TOOLS) >= request_tokens(ASKED, TOOLS) // 2
