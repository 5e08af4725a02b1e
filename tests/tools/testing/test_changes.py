"""What changed, as old lines: of a patch, and between two commits."""

from pathlib import Path

from tests.support import commit_all, git, new_repository, write_files
from tools.patch import Change
from tools.testing.changes import between, file_change, of_patch
from tools.testing.select import FileChange


def test_replaced_and_removed_lines_are_touched_and_an_insertion_touches_its_neighbours() -> None:
    old = "a\nb\nc\nd\n"
    assert file_change("m.py", old, "a\nX\nc\nd\n").lines == {2}
    assert file_change("m.py", old, "a\nd\n").lines == {2, 3}
    assert file_change("m.py", old, "a\nb\nNEW\nc\nd\n").lines == {2, 3}
    assert file_change("m.py", old, "NEW\na\nb\nc\nd\n").lines == {0, 1}  # above all functions
    assert file_change("m.py", "", "a\n").lines == {0, 1}


def test_a_decided_patch_is_seen_from_before(tmp_path: Path) -> None:
    changes = [Change("m.py", b"a\nb\n", b"a\n", 0o644), Change("new.py", None, b"x\n", 0o644)]
    assert of_patch(changes) == [
        FileChange("m.py", "a\nb\n", frozenset({2})),
        FileChange("new.py", "", frozenset({0, 1})),
    ]


def test_between_commits_every_changed_file_counts(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repo", {"m.py": "a\nb\n", "gone.py": "g\n", "same.py": "s\n"})
    write_files(repository.root, {"m.py": "a\nB\n", "sub/é new.py": "n\n"})
    (repository.root / "gone.py").unlink()
    old = git(repository.root, "rev-parse", "HEAD")
    found = between(repository, old, commit_all(repository.root))
    assert sorted(found, key=lambda change: change.path) == [
        FileChange("gone.py", "g\n", frozenset({1})),
        FileChange("m.py", "a\nb\n", frozenset({2})),
        FileChange("sub/é new.py", "", frozenset({0, 1})),
    ]
