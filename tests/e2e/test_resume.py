"""`resume`, `fork` and `runs prune`, by the installed command: nothing is lost, nothing paid for twice."""

import json
import signal
from pathlib import Path

import pytest

from tests.e2e._repositories import ALL_GREEN, LAMP, LAMP_PATCH, SLOW, new_repository
from tests.e2e._support import FAR_TOO_LONG_SECONDS, User
from tests.e2e.test_faults import KEY, RIGHT, SHOP
from tests.endpoint import Act, Endpoint, Request, calls, hangs, says
from tests.support import files_of, git

pytestmark = pytest.mark.slow
MODEL = "gpt-4.1"
ELSEWHERE = "--- a/units.py\n+++ b/units.py\n@@\n DAY = 24\n+HOUR = 60\n"


def asked(requests: list[Request]) -> list[str]:
    """The last message of each request, its first line."""
    return [str(request.body["messages"][-1]["content"]).splitlines()[0] for request in requests]


def with_model(user: User, repo: Path, script: list[Act], *arguments: str) -> tuple[dict[str, object], list[Request]]:
    with Endpoint(script, models=[MODEL]) as endpoint:
        variables = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": endpoint.base_url}
        ran = user.regreen(repo, *arguments, "--json", variables=variables)
    return ran.answer, endpoint.requests


def killed_after(user: User, repo: Path, script: list[Act], requests: int) -> None:
    """`fix` with a model that falls silent after its script; killed when it has been asked once more."""
    with Endpoint([*script, hangs(FAR_TOO_LONG_SECONDS)], models=[MODEL]) as endpoint:
        variables = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": endpoint.base_url}
        running = user.start(repo, "fix", "--json", "--model", MODEL, variables=variables)
        running.wait_for(f"step {requests}: asking the model")
        while len(endpoint.requests) < requests:
            running.process.poll()
        assert running.end_by(signal.SIGKILL).code == -signal.SIGKILL


def test_a_killed_run_reaches_the_verdict_of_an_undisturbed_one(user: User) -> None:
    repo = new_repository(user.folder / "repo", LAMP)
    running = user.start(repo, "fix", "--json")
    running.wait_for("candidates tried")
    assert running.end_by(signal.SIGKILL).code == -signal.SIGKILL
    before = files_of(repo)
    ran = user.regreen(repo, "resume", "last", "--json")
    assert (ran.end, ran.answer["model_patch"]) == ((0, "proved"), LAMP_PATCH)
    assert (files_of(repo), user.left_behind()) == (before, [])
    again = user.regreen(repo, "resume", str(ran.answer["run"])[:12], "--json")
    assert (again.end, again.answer["model_patch"]) == ((0, "proved"), LAMP_PATCH)
    assert again.err.startswith(f"run {ran.answer['run']} has ended: proved")
    pruned = user.regreen(repo, "runs", "prune", "--max-size", "0", "--json")
    assert [(row["run"], row["deleted"]) for row in pruned.answer["runs"]] == [(ran.answer["run"], True)]
    assert git(repo, "for-each-ref", "refs/regreen") == ""
    assert json.loads(user.regreen(repo, "runs", "--json").out) == {"runs": []}


def test_a_reply_is_not_paid_for_twice_and_the_talk_goes_on(user: User) -> None:
    repo = new_repository(user.folder / "shop", SHOP)
    killed_after(user, repo, [calls("list_dir"), calls("apply_patch", patch=ELSEWHERE)], 3)
    answer, requests = with_model(user, repo, [calls("apply_patch", patch=RIGHT)], "resume", "last", "--hint", "gross")
    assert answer["status"] in ("proved", "plausible")
    assert answer["usage"]["requests"] == 3  # type: ignore[index]
    assert asked(requests) == ["applied:"]
    roles = [message["role"] for message in requests[0].body["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "assistant", "tool"]
    assert "gross" in requests[0].body["messages"][1]["content"]


def test_an_unsolved_run_asks_again_with_the_hint_and_a_fork_begins_on_a_steps_tree(user: User) -> None:
    repo = new_repository(user.folder / "shop", SHOP)
    two_attempts = [says("no")] * 6
    script: list[Act] = [calls("apply_patch", patch=ELSEWHERE), *two_attempts]
    answer, _ = with_model(user, repo, script, "fix", "--model", MODEL)
    assert answer["status"] == "unsolved"
    answer, requests = with_model(user, repo, [calls("apply_patch", patch=RIGHT)], "resume", "last", "--hint", "try")
    assert (answer["status"] in ("proved", "plausible"), len(requests)) == (True, 1)
    forked, requests = with_model(user, repo, [calls("apply_patch", patch=RIGHT)], "fork", str(answer["run"]), "1")
    assert forked["model_patch"] == answer["model_patch"]
    assert forked["run"] != answer["run"]
    assert "+HOUR = 60" in str(forked["model_patch"])


def test_ctrl_c_ends_cleanly_and_a_second_one_at_once(user: User) -> None:
    repo = new_repository(user.folder / "repo", SLOW)
    before = files_of(repo)
    running = user.start(repo, "fix", "--json")
    running.wait_for("running the tests")
    ran = running.end_by(signal.SIGINT)
    assert (ran.end, user.left_behind()) == ((130, "interrupted"), [])
    assert ran.answer["hint"] == f"`regreen resume {ran.answer['run']}` goes on with it"
    running = user.start(repo, "resume", "last", "--json")
    running.wait_for("running the tests")
    running.process.send_signal(signal.SIGINT)
    running.process.send_signal(signal.SIGINT)
    assert running.to_its_end().code == 130
    assert user.regreen(repo, "locate", "--max-seconds", "1").code in (0, 4, 5)
    assert (user.left_behind(), files_of(repo)) == ([], before)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_end_and_a_lost_terminal_end_it_cleanly(user: User, number: signal.Signals) -> None:
    repo = new_repository(user.folder / "repo", SLOW)
    running = user.start(repo, "fix")
    running.wait_for("running the tests")
    assert running.end_by(number).code == 130
    assert user.left_behind() == []


def test_a_run_that_goes_on_is_neither_resumed_nor_pruned(user: User) -> None:
    repo = new_repository(user.folder / "repo", SLOW)
    running = user.start(repo, "fix", "--json")
    running.wait_for("running the tests")
    refused = user.regreen(repo, "resume", "last", "--json")
    assert refused.end == (2, "usage")
    assert f"is still going on: process {running.process.pid} (`regreen fix`" in refused.answer["reason"]
    pruned = user.regreen(repo, "runs", "prune", "--older-than", "0", "--max-size", "0", "--json")
    assert [row["deleted"] for row in pruned.answer["runs"]] == [False]
    running.end_by(signal.SIGINT)


def test_strange_words_are_bad_usage(user: User) -> None:
    repo = new_repository(user.folder / "repo", ALL_GREEN)
    for words in (["resume"], ["resume", "last"], ["resume", "../x"], ["fork", "last", "1"], ["runs", "prune"],
                  ["runs", "prune", "--older-than", "-1"], ["undo", "x"]):  # fmt: skip
        ran = user.regreen(repo, *words)
        assert (ran.code, ran.err.startswith("regreen: ")) == (2, True), words
    assert user.regreen(repo, "fix").code == 0
    ended = user.regreen(repo, "resume", "last")
    assert (ended.code, "has ended: nothing_to_do" in ended.err) == (0, True)
    for step in ("x", "-1", "9", "1.9", "²"):
        assert user.regreen(repo, "fork", "last", step).code == 2, step
    (repo / ".git/regreen/runs/20200101-000000-0000").mkdir()
    (repo / ".git/regreen/runs/20200101-000000-0000/journal.jsonl").write_bytes(b"\xff\x00{]\n")
    assert user.regreen(repo, "resume", "20200101-000000-0000").code == 2
