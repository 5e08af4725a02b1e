"""`--dry-run` shows the first request and its price, and sends nothing."""

import pytest

from tests.e2e._repositories import copy_fixture
from tests.e2e._support import Ran, User
from tests.endpoint import Endpoint

pytestmark = pytest.mark.slow
SECRET = "correct-horse-battery-staple"


def dry(user: User, *options: str, json: bool = True) -> Ran:
    """A dry run on a fixture repository beside an endpoint that may not be asked."""
    repo = user.folder / "off-by-one"
    if not repo.exists():
        copy_fixture("off-by-one", repo)
    with Endpoint([]) as endpoint:
        variables = {"OPENAI_API_KEY": SECRET, "OPENAI_BASE_URL": endpoint.base_url}
        asked = ("fix", "--dry-run", *(["--json"] if json else []), *options)
        ran = user.regreen(repo, *asked, variables=variables)
        assert endpoint.requests == []
    return ran


def test_a_dry_run_tells_the_first_request_and_its_worst_price_and_leaves_no_run(user: User) -> None:
    ran = dry(user, "--issue", f"my key {SECRET} does not work", "--max-cost", "0.5")
    assert ran.end == (0, "nothing_to_do")
    request = ran.answer["request"]
    system, first = request["messages"]
    assert (request["model"], system["role"], first["role"], request["run_worst_usd"]) == (
        "gpt-4.1",
        "system",
        "user",
        0.5,
    )
    assert "test_the_body_uses_the_full_width_of_the_card" in first["text"]
    assert SECRET not in ran.out + ran.err
    tokens = request["input_tokens_at_most"]
    assert request["worst_usd"] == pytest.approx((tokens * 2 + request["output_tokens_at_most"] * 8) / 1_000_000)
    assert not (user.folder / "off-by-one" / ".git" / "regreen" / "runs").exists()


def test_a_dry_run_reads_as_what_a_model_reads(user: User) -> None:
    ran = dry(user, json=False)
    assert "--- user ---\n# Failing tests" in ran.out
    assert ran.out.endswith("nothing was sent\n")
    assert "the whole run: at most $1 (--max-cost)" in ran.out


def test_a_request_that_is_dearer_than_the_budget_would_not_be_made(user: User) -> None:
    ran = dry(user, "--max-cost", "0.001", json=False)
    assert "that is more than the $0.001 of --max-cost, so it would not be made" in ran.out


def test_the_whole_repository_is_shown_on_demand_where_it_pays(user: User) -> None:
    texts = {}
    for cost in ("1", "0.02"):
        request = dry(user, "--context", "full", "--max-cost", cost).answer["request"]
        texts[cost] = request["messages"][1]["text"]
    assert '<document id="1" title="README.md">' in texts["1"]
    assert "# The whole repository" not in texts["0.02"]
    ran = dry(user, "--context", "full", "--max-cost", "0.02", json=False)
    assert "more than half of the $0.02 of --max-cost; what the task names is shown instead" in ran.out


def test_offline_there_is_no_request(user: User) -> None:
    ran = dry(user, "--model", "offline")
    assert (ran.end, ran.answer["request"]) == ((0, "nothing_to_do"), None)
    assert ran.answer["reason"] == "nothing was sent: model: offline: no model would be asked"
