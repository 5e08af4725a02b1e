"""`regreen apply --index`: in the work tree and the index, or in neither."""

from pathlib import Path

import pytest

from tests.e2e._fingerprint import changed, fingerprint
from tests.e2e._repositories import LAMP, LAMP_FIXED, LAMP_PATCH, new_repository
from tests.e2e._support import User
from tests.support import git, write_files

pytestmark = pytest.mark.slow


@pytest.fixture
def repo(user: User) -> Path:
    """A lamp, and other work that is staged, partly."""
    repo = new_repository(user.folder / "lamp", {**LAMP, "notes.txt": "one\n", "sub/lamp.py": LAMP["lamp.py"]})
    write_files(repo, {"notes.txt": "two\n"})
    git(repo, "add", "-A")
    write_files(repo, {"notes.txt": "three\n", "new.txt": "new\n"})
    return repo


def test_a_patch_is_staged_and_nothing_else_is(user: User, repo: Path) -> None:
    write_files(repo, {"new.diff": "--- /dev/null\n+++ b/made.txt\n@@ -0,0 +1 @@\n+made\n"})
    assert user.regreen(repo, "apply", "--index", "-", stdin=LAMP_PATCH).code == 0
    assert user.regreen(repo, "apply", "--index", "new.diff").code == 0
    assert (repo / "lamp.py").read_text() == LAMP_FIXED
    assert git(repo, "status", "--short").splitlines() == [
        "M  lamp.py",
        "A  made.txt",
        "MM notes.txt",
        "?? new.diff",
        "?? new.txt",
    ]
    assert (git(repo, "show", ":notes.txt"), git(repo, "show", ":made.txt")) == ("two", "made")


def test_paths_count_from_the_current_folder(user: User, repo: Path) -> None:
    assert user.regreen(repo / "sub", "apply", "--index", "-", stdin=LAMP_PATCH).code == 0
    assert git(repo, "status", "--short").splitlines() == ["MM notes.txt", "M  sub/lamp.py", "?? new.txt"]


def test_a_file_that_is_only_touched_is_as_it_is_staged(user: User, repo: Path) -> None:
    (repo / "lamp.py").touch()
    assert user.regreen(repo, "apply", "--index", "--check", "-", stdin=LAMP_PATCH).code == 0
    assert user.regreen(repo, "apply", "--index", "-", stdin=LAMP_PATCH).code == 0


PARTLY = f"{LAMP['lamp.py']}\n\n# not staged\n"


@pytest.mark.parametrize("in_tree", [PARTLY, None], ids=["partly staged", "index locked"])
@pytest.mark.parametrize("more", [(), ("--check",)], ids=["write", "check"])
def test_what_cannot_be_staged_is_refused_untouched(
    user: User, repo: Path, in_tree: str | None, more: tuple[str, ...]
) -> None:
    if in_tree is None:
        (repo / ".git" / "index.lock").touch()
    else:
        write_files(repo, {"lamp.py": in_tree})
    before = fingerprint(repo)
    ran = user.regreen(repo, "apply", "--index", "--json", *more, "-", stdin=LAMP_PATCH)
    assert changed(before, fingerprint(repo)) == []
    assert ran.end == (6, "refused")
    assert ran.answer["code"] == "not-staged"


def test_without_index_a_partly_staged_file_keeps_what_is_staged(user: User, repo: Path) -> None:
    write_files(repo, {"lamp.py": PARTLY})
    assert user.regreen(repo, "apply", "-", stdin=LAMP_PATCH).code == 0
    assert git(repo, "show", ":lamp.py") == LAMP["lamp.py"].rstrip("\n")
    assert (repo / "lamp.py").read_text() == LAMP_FIXED + "\n\n# not staged\n"


def test_outside_of_git_there_is_nothing_to_stage_in(user: User) -> None:
    folder = user.folder / "plain"
    write_files(folder, LAMP)
    ran = user.regreen(folder, "apply", "--index", "--json", "-", stdin=LAMP_PATCH)
    assert ran.end == (2, "usage")
    assert (folder / "lamp.py").read_text() == LAMP["lamp.py"]


def test_undo_takes_the_file_back_and_leaves_what_is_staged(user: User, repo: Path) -> None:
    assert user.regreen(repo, "apply", "--index", "-", stdin=LAMP_PATCH).code == 0
    assert user.regreen(repo, "undo").code == 0
    assert (repo / "lamp.py").read_text() == LAMP["lamp.py"]
    assert git(repo, "status", "--short", "lamp.py") == "MM lamp.py"
