"""Failures of an endpoint are met as the table says, and no failure shows the key."""

import pickle
import socket
import subprocess
import sys
import traceback
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from agent.core.errors import ContextTooLong, EndpointProblem, KeyRefused, ModelUnknown, RegreenError, UsageProblem
from agent.core.message import Reply
from agent.core.usage import Usage
from agent.models.card import ModelCard
from agent.models.failures import PATIENCE_SECONDS, POLICIES, Retrying
from agent.models.provider import for_card
from tests.asking import ASKED, CARDS, KEY, LONG, ONE, TOOLS, Time, connected
from tests.endpoint import Act, Endpoint, cut, error_body, fault, hangs, page, says


@pytest.fixture(params=CARDS)
def card(request: pytest.FixtureRequest) -> ModelCard:
    return CARDS[request.param]


def persevere(
    card: ModelCard, script: Sequence[Act], timeout_seconds: float = LONG
) -> tuple[Reply | RegreenError, Time, int]:
    """What comes of a script with retries, the pauses made, and the number of requests."""
    time = Time()
    with Endpoint(script) as endpoint:
        model = connected(card, endpoint.base_url, timeout_seconds)
        try:
            outcome: Reply | RegreenError = Retrying(model, sleep=time.sleep, clock=time.clock).complete(ASKED, TOOLS)
        except RegreenError as error:
            outcome = error
    return outcome, time, len(endpoint.requests)


CONTEXT = error_body("This model's maximum context length is 8192 tokens.", "context_length_exceeded")
# How each kind shows itself, in the documentation's words.
MET = {
    "key": "401, or a code that says so",
    "forbidden": "403",
    "model": "404, `model_not_found`",
    "context": "400 or 413 that names the context's length",
    "request": "another 4xx",
    "quota": "402, `insufficient_quota`",
    "busy": "429",
    "conflict": "409",
    "server": "5xx",
    "unreachable": "nobody listens there",
    "silent": "408, no answer in time, a stream that falls silent",
    "cut": "a connection or a stream that ends early",
    "html": "a web page with status 200",
    "garbled": "no JSON, or JSON without a reply",
}
FAILURES: dict[str, tuple[Act, type[RegreenError], str, list[float]]] = {
    "a refused key": (fault(401), KeyRefused, "refused the key", []),
    "a key without leave": (fault(403), KeyRefused, "does not let this key use gpt-4.1: scripted 403", []),
    "an unknown model": (fault(404), ModelUnknown, "has no model gpt-4.1: scripted 404", []),
    "a model out of reach": (
        fault(403, body=error_body("No.", "model_not_found")),
        ModelUnknown,
        "has no model gpt-4.1: No.",
        [],
    ),
    "too long": (
        fault(400, body=CONTEXT),
        ContextTooLong,
        "the conversation does not fit gpt-4.1: This model's maximum context length is 8192 tokens.",
        [],
    ),
    "too long, in words": (
        fault(400, body=error_body("Your input exceeds the context window of this model.")),
        ContextTooLong,
        "the conversation does not fit gpt-4.1: Your input exceeds the context window of this model.",
        [],
    ),
    "a refused request": (fault(400), EndpointProblem, "refused the request: scripted 400", []),
    "no quota": (fault(429, body=error_body("Pay.", "insufficient_quota")), EndpointProblem, "is used up: Pay.", []),
    "a timeout told": (fault(408), EndpointProblem, "did not answer in time: scripted 408 (tried 2 times)", [0.5]),
    "a conflict": (fault(409), EndpointProblem, "reports a conflict: scripted 409 (tried 3 times)", [0.5, 1.0]),
    "too many requests": (
        fault(429),
        EndpointProblem,
        "accepts no more requests for now: scripted 429 (tried 6 times)",
        [1.0, 2.0, 4.0, 8.0, 16.0],
    ),
    "a broken server": (fault(500), EndpointProblem, "failed: scripted 500 (tried 5 times)", [0.5, 1.0, 2.0, 4.0]),
    "a broken proxy": (
        fault(502, {"content-type": "text/html"}, "<h1>Bad Gateway</h1>"),
        EndpointProblem,
        "failed: HTTP 502 (tried 5 times)",
        [0.5, 1.0, 2.0, 4.0],
    ),
    "a web page": (page(), EndpointProblem, "answered with a web page (tried 2 times)", [0.5]),
    "half a JSON": (fault(200, body='{"choices": ['), EndpointProblem, "is no reply (tried 3 times)", [0.5, 1.0]),
    "JSON of another kind": (fault(200, body="[]"), EndpointProblem, "is no reply (tried 3 times)", [0.5, 1.0]),
    "JSON without a reply": (fault(200, body="{}"), EndpointProblem, "is no reply (tried 3 times)", [0.5, 1.0]),
    "an error in a reply's place": (
        fault(200, body='{"error": {"code": 502, "message": "Upstream."}, "status": "failed", "output": []}'),
        EndpointProblem,
        "failed: Upstream. (tried 5 times)",
        [0.5, 1.0, 2.0, 4.0],
    ),
    "a cut reply": (cut(), EndpointProblem, "broke off its reply (tried 3 times)", [0.5, 1.0]),
}


@pytest.mark.parametrize(("act", "error", "message", "pauses"), FAILURES.values(), ids=FAILURES)
def test_a_failure_that_stays_ends_as_the_table_says(
    card: ModelCard, act: Act, error: type[RegreenError], message: str, pauses: list[float]
) -> None:
    outcome, time, requests = persevere(card, [act] * 9)
    assert type(outcome) is error
    assert str(outcome).endswith(message)
    assert "\n" not in str(outcome)
    assert outcome.hint
    assert (time.slept, requests) == (pauses, len(pauses) + 1)


def test_silence_is_a_failure(card: ModelCard) -> None:
    outcome, time, requests = persevere(card, [hangs(LONG)] * 2, timeout_seconds=0.2)
    assert type(outcome) is EndpointProblem
    assert str(outcome).endswith("did not answer in time (tried 2 times)")
    assert (time.slept, requests) == ([0.5], 2)


def test_nobody_there_is_a_failure(card: ModelCard) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{taken.getsockname()[1]}"
        time = Time()
        model = Retrying(connected(card, f"http://{host}/v1"), sleep=time.sleep, clock=time.clock)
        with pytest.raises(EndpointProblem, match=rf"^{host} cannot be reached: .*refused \(tried 3 times\)$"):
            model.complete(ASKED, TOOLS)
    assert time.slept == [0.5, 1.0]


def test_after_a_failure_the_reply_counts_the_lost_requests(card: ModelCard) -> None:
    outcome, time, _ = persevere(card, [fault(500), fault(429), says("ok")])
    assert outcome == Reply("ok", (), replace(ONE, requests=3), "gpt-4.1-served", "stop")
    assert time.slept == [0.5, 1.0]


def test_failures_of_different_kinds_are_counted_apart(card: ModelCard) -> None:
    outcome, time, requests = persevere(card, [fault(429), fault(429), cut(), cut(), page(), says("ok")])
    assert isinstance(outcome, Reply)
    assert (time.slept, requests) == ([1.0, 2.0, 0.5, 1.0, 0.5], 6)


def test_nobody_waits_longer_than_the_run_may_last(card: ModelCard) -> None:
    with Endpoint([fault(503)] * 9, models=[card.name]) as endpoint:
        time = Time()
        model = Retrying(connected(card, endpoint.base_url), lambda: 1.0, time.sleep, time.clock)
        with pytest.raises(EndpointProblem, match="tried 2 times"):
            model.complete(ASKED, TOOLS)
    assert time.slept == [0.5]


def test_a_lost_request_that_was_worked_on_counts_as_dear_as_it_may_be(card: ModelCard) -> None:
    outcome, _, _ = persevere(card, [cut(), says("ok")])
    assert isinstance(outcome, Reply)
    assert outcome.usage.cost_usd == pytest.approx(0.0024 + 0.2626, abs=0.001)
    assert replace(outcome.usage, cost_usd=0.0024) == replace(ONE, requests=2)


def test_what_a_lost_request_cost_without_a_price_is_unknown(card: ModelCard) -> None:
    outcome, _, _ = persevere(ModelCard("local", api=card.api), [cut(), says("ok")])
    assert isinstance(outcome, Reply)
    assert outcome.usage == Usage(2, 1000, 0, 50, None)


RETRY_AFTER = {
    "seconds": ({"retry-after": "7"}, 7.0),
    "milliseconds": ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
    "a date, by the endpoint's own clock": (
        {"date": "Wed, 21 Oct 2015 07:28:00 GMT", "retry-after": "Wed, 21 Oct 2015 07:28:30 GMT"},
        30.0,
    ),
    "something else": ({"retry-after": "soon"}, 1.0),
}


@pytest.mark.parametrize(("headers", "seconds"), RETRY_AFTER.values(), ids=RETRY_AFTER)
def test_a_pause_asked_for_is_made(card: ModelCard, headers: dict[str, str], seconds: float) -> None:
    outcome, time, _ = persevere(card, [fault(429, headers), says("ok")])
    assert isinstance(outcome, Reply)
    assert time.slept == [seconds]


def test_nobody_waits_longer_than_patience_lasts(card: ModelCard) -> None:
    outcome, time, _ = persevere(card, [fault(429, {"retry-after": "200"})] * 2)
    assert str(outcome).endswith("(tried 2 times)")
    assert time.slept == [200.0]
    assert PATIENCE_SECONDS < 400


def test_the_documentation_holds_the_table_as_it_is() -> None:
    text = (Path(__file__).parents[3] / "docs" / "endpoints.md").read_text(encoding="utf-8")
    rows = [
        f"| {met} | {policy.retries or 'no'}{f', first after {policy.pause_seconds:g} s' if policy.retries else ''} "
        f"| `{policy.error.status}` | {policy.says.format(endpoint='HOST', model='MODEL')} |"
        for met, policy in ((MET[kind], policy) for kind, policy in POLICIES.items())
    ]
    assert [row for row in rows if row not in text] == []


# Secrets


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
def test_the_key_is_in_no_error_and_no_repr(card: ModelCard, status: int) -> None:
    said = fault(status, body=error_body(f"Incorrect API key provided: {KEY}."))
    with Endpoint([said] * 9) as endpoint:
        model = connected(card, endpoint.base_url)
        with pytest.raises(RegreenError) as caught:
            Retrying(model, sleep=Time().sleep).complete(ASKED, TOOLS)
    told = (
        "".join(traceback.format_exception(caught.value)) + caught.value.hint + repr(caught.value) + repr(vars(model))
    )
    assert KEY not in told.replace(f"'_api_key': {KEY!r}", "")
    assert KEY not in repr(model)
    assert endpoint.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_errors_survive_pickling(card: ModelCard) -> None:
    outcome, _, _ = persevere(card, [fault(404)])
    assert isinstance(outcome, RegreenError)
    again = pickle.loads(pickle.dumps(outcome))
    assert (type(again), again.message, again.hint) == (ModelUnknown, outcome.message, outcome.hint)


def test_a_key_no_header_can_carry_is_refused_without_being_shown(card: ModelCard) -> None:
    with pytest.raises(UsageProblem) as caught:
        for_card(card, "", "sk-\nsecret", lambda: LONG)
    assert str(caught.value) == "OPENAI_API_KEY holds characters no key has"


def test_a_line_break_after_the_key_is_forgiven(card: ModelCard) -> None:
    with Endpoint([says("ok")]) as endpoint:
        for_card(card, endpoint.base_url, f"{KEY}\n", lambda: LONG).complete(ASKED, ())
    assert endpoint.requests[0].headers["authorization"] == f"Bearer {KEY}"


def test_an_endpoint_that_wants_no_key_gets_a_word_in_its_place(card: ModelCard) -> None:
    with Endpoint([says("ok")]) as endpoint:
        for_card(card, endpoint.base_url, "", lambda: LONG).complete(ASKED, ())
    assert endpoint.requests[0].headers["authorization"] == "Bearer none"


NO_URLS = [
    "localhost:8000/v1",
    "ftp://host/v1",
    "http://a b",
    "http://[::1/v1",
    "http://host:port/v1",
    "http://h:99999",
]


@pytest.mark.parametrize("url", NO_URLS)
def test_what_is_no_web_address_is_refused(card: ModelCard, url: str) -> None:
    with pytest.raises(UsageProblem, match="OPENAI_BASE_URL is no web address"):
        for_card(card, url, KEY, lambda: LONG)


def test_the_sdk_is_not_imported_before_a_model_is_called() -> None:
    code = "import sys, agent.models.provider, agent.cli.models; sys.exit('openai' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
