"""What a file was before the last commits that changed it."""

from pathlib import Path

from tests.support import commit_all, git, new_repository
from tools.workspace.git import find_repository
from tools.workspace.history import past_of


def test_the_latest_commit_comes_first_and_no_more_are_read_than_asked_for(tmp_path: Path) -> None:
    root = new_repository(tmp_path / "repo", {"[a] b.py": "0\n", "other.py": ""}).root
    for number in (1, 2, 3):
        (root / "[a] b.py").write_text(f"{number}\n")
        commit_all(root)
        (root / "other.py").write_text(f"{number}\n")
        commit_all(root)
    repository = find_repository(root)
    assert [past.data for past in past_of(repository, "[a] b.py", b"3\n", 9)] == [b"2\n", b"1\n", b"0\n"]
    (latest,) = past_of(repository, "[a] b.py", b"3\n", 1)
    assert (latest.subject, latest.data) == ("all", b"2\n")
    assert git(root, "rev-parse", "HEAD^").startswith(latest.commit)


def test_what_is_not_committed_yet_has_no_past(tmp_path: Path) -> None:
    root = new_repository(tmp_path / "repo", {"a.py": "0\n"}).root
    (root / "a.py").write_text("1\n")
    commit_all(root)
    repository = find_repository(root)
    assert past_of(repository, "a.py", b"unfinished\n", 9) == []
    assert past_of(repository, "missing.py", b"", 9) == []


def test_a_repository_without_commits_has_no_past(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert past_of(find_repository(tmp_path), "a.py", b"", 9) == []
