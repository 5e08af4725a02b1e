"""A recorded run, replayed by the installed command without a key: the same end and patch, or the step that differs."""

import json
from pathlib import Path

import pytest

from tests.e2e._repositories import new_repository
from tests.e2e._support import NOTHING_SPENT, Ran, User
from tests.e2e.test_faults import KEY, RED, SHOP
from tests.endpoint import Act, Endpoint, calls, says

pytestmark = pytest.mark.slow
SCRIPT: list[Act] = [
    calls("read_file", path="price.py"),
    says("I have seen enough."),
    calls("apply_patch", patch=RED),
    calls("apply_patch", patch="--- a/price.py\n+++ b/price.py\n@@\n-    return net * (100 - RATE) / 100\n"
          "+    return net * (100 + RATE) / 100\n"),
]  # fmt: skip


@pytest.fixture
def recorded(user: User) -> tuple[Path, Path, Ran]:
    """A repository, the recording of a run on it, and how that ended."""
    repo, tape = new_repository(user.folder / "shop", SHOP), user.folder / "tape"
    with Endpoint(SCRIPT) as endpoint:
        variables = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": endpoint.base_url}
        issue = f"the price is wrong, says {KEY}"
        ran = user.regreen(repo, "fix", "--json", "--record", tape, "--issue", issue, variables=variables)
    assert ran.end == (0, "proved")
    return repo, tape, ran


def replay(user: User, repo: Path, tape: Path, *options: str) -> Ran:
    issue = f"the price is wrong, says {KEY}"
    return user.regreen(repo, "fix", "--json", "--replay", tape, "--issue", issue, *options)


def test_a_replay_ends_as_the_run_did_without_a_key_and_for_nothing(
    user: User, recorded: tuple[Path, Path, Ran]
) -> None:
    repo, tape, ran = recorded
    rows = [json.loads(line) for line in (tape / "recording.jsonl").read_text().splitlines()]
    assert [(row["event"], row.get("step")) for row in rows] == [
        ("recording_started", None), ("exchange", 1), ("exchange", 2), ("exchange", 2), ("exchange", 3)
    ]  # fmt: skip
    assert KEY not in (tape / "recording.jsonl").read_text()
    again = replay(user, repo, tape)
    same = ("status", "model_patch", "test_patch_out", "reason")
    assert {key: again.answer[key] for key in same} == {key: ran.answer[key] for key in same}
    assert again.answer["usage"] == NOTHING_SPENT
    assert user.left_behind() == []


def test_a_replay_on_another_tree_says_the_step_and_what_differs(user: User, recorded: tuple[Path, Path, Ran]) -> None:
    repo, tape, _ = recorded
    (repo / "price.py").write_text(SHOP["price.py"].replace("gross * 100", "100 * gross"))
    ran = replay(user, repo, tape)
    assert ran.end == (2, "usage")
    assert "from the recording at step 2 (exchange 2 of 4): message 4 (tool): line 7 was" in ran.answer["reason"]
    assert ran.answer["hint"].startswith("replay on the tree")


def test_options_that_do_not_go_together_are_refused(user: User) -> None:
    repo, tape = new_repository(user.folder / "shop", SHOP), user.folder / "tape"
    for options, reason in (
        (("--replay", tape, "--model", "gpt-4.1"), "--replay does not go with --model"),
        (("--replay", tape, "--record", tape), "--replay does not go with --record"),
        (("--record", tape), "--record keeps exchanges with a model, and none is asked"),
        (("--replay", tape), f"no recording in {tape}: No such file or directory"),
    ):
        ran = user.regreen(repo, "fix", "--json", *options)
        assert (ran.end, ran.answer["reason"]) == ((2, "usage"), reason)
    assert not tape.exists()
