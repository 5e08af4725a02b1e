"""`doctor --endpoint` finds out what an endpoint takes, and the next run of `fix` knows it."""

from pathlib import Path

import pytest

from tests.agent.models.test_probe import without_tools
from tests.e2e._repositories import new_repository
from tests.e2e._support import User
from tests.e2e.test_faults import KEY, RIGHT, SHOP
from tests.endpoint import Act, Endpoint, Request, calls

pytestmark = pytest.mark.slow
MODEL = "llama"


def local(request: Request) -> Act:
    """A server without tools, whose model mends the shop when it is asked to."""
    is_a_run = request.body["messages"][0]["content"].startswith("You mend Python")
    return calls("apply_patch", patch=RIGHT) if is_a_run else without_tools(request)


def test_what_doctor_finds_is_kept_and_the_next_run_asks_accordingly(user: User) -> None:
    repo = new_repository(user.folder / "shop", SHOP)
    with Endpoint(local, {MODEL: {"max_model_len": 32_768}}) as endpoint:
        variables = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": endpoint.base_url, "REGREEN_MODEL": MODEL}
        found = user.regreen(repo, "doctor", "--endpoint", "--json", variables=variables).answer["endpoint"]
        said = user.regreen(repo, "doctor", "--endpoint", variables=variables).out
        probing = len(endpoint.requests)
        ran = user.regreen(repo, "fix", "--json", variables=variables)
        requests = endpoint.requests[probing:]
    assert ran.end == (0, "proved")
    assert [("tools" in request.body, "stream" in request.body) for request in requests] == [(False, False)]
    assert requests[0].body["messages"][0]["content"].count("# Calling tools") == 1
    rows = {row["name"]: row["ok"] for row in found["probes"]}
    assert (rows["tools by Chat Completions"], rows["tools in words"], rows["stream"]) == (False, True, False)
    assert (found["base_url"], found["model"], found["usage"]["requests"]) == (endpoint.base_url, MODEL, probing // 2)
    assert Path(found["profile"]).parent == user.folder / "home/.local/state/regreen/endpoints"
    assert f"NO  {'tools by Chat Completions':25} 127.0.0.1" in said
    assert said.endswith(f"no price is known\nkept for later runs: {found['profile']}\n")
    assert KEY not in said + Path(found["profile"]).read_text()


def test_doctor_says_what_it_cannot_ask(user: User) -> None:
    repo = new_repository(user.folder / "shop", SHOP)
    for options, reason in (
        (("--endpoint",), "model 'strong' needs a key or an endpoint"),
        (("--endpoint", "--model", "offline"), "the model is offline: there is no endpoint"),
        (("--model", "gpt-4.1"), "--model is for --endpoint"),
    ):
        ran = user.regreen(repo, "doctor", *options, "--json")
        assert (ran.end, ran.answer["reason"]) == ((2, "usage"), reason)
