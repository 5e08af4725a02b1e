"""`regreen locate`: suspects for people and as JSON; nothing is changed and no run is kept."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.e2e._support import User
from tests.support import files_of, git

Fixture = Callable[[str], Path]


def test_suspects_come_best_first_and_nothing_is_left(user: User, fixture_repo: Fixture) -> None:
    repo = fixture_repo("wrong-operator")
    before = files_of(repo)
    ran = user.regreen(repo, "locate", "--json")
    assert ran.code == 0, ran.err
    answer = ran.answer
    assert answer["suspects"][0] | {"score": 0} == {
        "path": "tally/item.py",
        "line": 33,
        "function": "Item.net_cents",
        "score": 0,
        "reason": "run by the failing tests",
    }
    scores = [row["score"] for row in answer["suspects"]]
    assert scores == sorted(scores, reverse=True)
    assert "tests/test_item.py::test_a_full_discount_makes_it_free" in answer["targets"]
    assert (files_of(repo), git(repo, "for-each-ref", "refs/regreen"), user.regreen(repo, "runs", "--json").answer) == (
        before, "", {"runs": []},
    )  # fmt: skip


def test_the_table_shows_the_lines_themselves(user: User, fixture_repo: Fixture) -> None:
    ran = user.regreen(fixture_repo("wrong-operator"), "locate", "--top", "1", "tests/test_item.py")
    first, second = ran.out.splitlines()
    assert first.startswith("2 red: tests/test_item.py::")
    assert second.split("  ")[1:3] == ["tally/item.py:33", "Item.net_cents"]
    assert "return self.gross_cents + percent_of(" in second


def test_an_issue_alone_points_at_what_it_names(user: User, fixture_repo: Fixture) -> None:
    repo = fixture_repo("issue-only")
    answer = user.regreen(repo, "locate", "--json", "--issue", (repo.parent / "issue").name).answer
    assert answer == {"suspects": [], "targets": [], "flaky": [], "broken": []}
    name = next(line.split()[1].split("(")[0] for line in _defs(repo))
    found = user.regreen(repo, "locate", "--json", "--issue", f"`{name}` is wrong").answer["suspects"]
    assert found[0]["reason"] == "named by the issue"


def _defs(repo: Path) -> list[str]:
    sources = [path for path in sorted(repo.rglob("*.py")) if "test" not in path.as_posix().removeprefix(str(repo))]
    return [line for path in sources for line in path.read_text().splitlines() if line.startswith("def ")]


def test_tests_that_cannot_be_loaded_are_an_infrastructure_failure(user: User, tmp_path: Path) -> None:
    (tmp_path / "repo").mkdir()
    git(tmp_path / "repo", "init", "-q")
    ran = user.regreen(tmp_path / "repo", "locate", "--json")
    assert (ran.code, json.loads(ran.out)["status"]) == (5, "infra_failure")
