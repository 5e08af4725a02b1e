"""Whatever becomes of a run: the user's files, index, branches, tags, stash and work trees stay as they were."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e._fingerprint import changed, fingerprint, refs_of_ours
from tests.e2e._repositories import LAMP, LAMP_FIXED, PRIMES, SLOW, copy_fixture, new_repository
from tests.e2e._support import User, checked, wait_until
from tests.support import git, needs_bubblewrap, write_files

pytestmark = pytest.mark.slow
LINES = [f"line {number}\n" for number in range(40)]
COMMITTED = {
    "modified.txt": "a\n",
    "staged.txt": "a\n",
    "partly.txt": "".join(LINES),
    "deleted.txt": "a\n",
    "removed.txt": "a\n",
    "mode.sh": "#!/bin/sh\n",
    "crlf.txt": "a\r\nb\r\n",
    ".gitignore": "*.log\n",
}


def with_unfinished_work(repo: Path) -> Path:
    """Every kind of uncommitted work, beside a branch, a tag, a stash and a linked work tree."""
    write_files(repo, COMMITTED)
    (repo / "link").symlink_to("modified.txt")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "More")
    git(repo, "branch", "other")
    git(repo, "tag", "-a", "v1", "-m", "one")
    git(repo, "worktree", "add", "-q", "--detach", "../linked")
    write_files(repo, {"stashed.txt": "a\n"})
    git(repo, "stash", "push", "-q", "--include-untracked")
    write_files(repo, {"staged.txt": "staged\n", "partly.txt": "".join([*LINES[:3], "staged\n", *LINES[4:]])})
    git(repo, "add", "staged.txt", "partly.txt")
    git(repo, "rm", "-q", "removed.txt")
    later = [*LINES[:3], "staged\n", *LINES[4:30], "not staged\n", *LINES[31:]]
    write_files(repo, {"modified.txt": "b\n", "staged.txt": "and changed again\n", "partly.txt": "".join(later)})
    write_files(repo, {"crlf.txt": "a\r\nc\r\n", "debug.log": "ignored\n", "new/file.txt": "new\n"})
    write_files(repo, {os.fsdecode(b"not-utf8-\xff.txt"): "new\n", "new.sh": "#!/bin/sh\n"})
    (repo / "deleted.txt").unlink()
    (repo / "dangling").symlink_to("nowhere")
    (repo / "link").unlink()
    (repo / "link").symlink_to("staged.txt")
    for script in ("mode.sh", "new.sh"):
        (repo / script).chmod(0o755)
    return repo


def unfinished(user: User, files: dict[str, str]) -> Path:
    return with_unfinished_work(new_repository(user.folder / "repo", files))


ENDS: dict[str, tuple[tuple[int, str], dict[str, str], tuple[str, ...]]] = {
    "proved": ((0, "proved"), LAMP, ("--no-apply",)),
    "proved without a sandbox": ((0, "proved"), LAMP, ("--sandbox", "off")),
    "unsolved": ((1, "unsolved"), PRIMES, ()),
    "usage": ((2, "usage"), LAMP, ("--model", "gpt-4.1")),
    "over budget": ((4, "over_budget"), LAMP, ("--max-steps", "0")),
    "infra failure": ((5, "infra_failure"), LAMP | {"conftest.py": "import not_there\n"}, ()),
}


@pytest.mark.parametrize(("end", "files", "arguments"), ENDS.values(), ids=ENDS)
def test_a_run_to_its_end_changes_nothing(
    end: tuple[int, str], files: dict[str, str], arguments: tuple[str, ...], user: User
) -> None:
    repo = unfinished(user, files)
    before = fingerprint(repo)
    ran = user.regreen(repo, "fix", "--json", *arguments)
    assert ran.end == end, ran.answer["reason"]
    assert changed(before, fingerprint(repo)) == []
    assert user.left_behind() == []
    own = f"refs/regreen/runs/{ran.answer['run']}/"
    assert [ref for ref in refs_of_ours(repo) if not ref.startswith(own)] == []


def test_an_interrupted_run_changes_nothing(user: User) -> None:
    repo = with_unfinished_work(copy_fixture("off-by-one", user.folder / "repo"))
    before = fingerprint(repo)
    running = user.start(repo, "fix", "--json")
    running.wait_for("candidates")
    assert checked(running.end_by(signal.SIGINT)) == (130, "interrupted")
    assert changed(before, fingerprint(repo)) == []
    assert user.left_behind() == []


@needs_bubblewrap
def test_a_killed_run_changes_nothing_and_the_next_one_sweeps_what_it_left(user: User) -> None:
    repo = unfinished(user, SLOW)
    before = fingerprint(repo)
    running = user.start(repo, "fix", "--json")
    # Before this one bubblewrap is still on its way, and does not yet notice that its parent dies.
    inner = f"{user.environment / 'bin' / 'python'} -m pytest"
    wait_until(lambda: any(line.startswith(inner) for line in user.processes()), "the run of the tests")
    killed = running.end_by(signal.SIGKILL)
    assert (killed.code, killed.out) == (-signal.SIGKILL, "")
    wait_until(lambda: not user.processes(), "the end of what the killed run had started")
    assert changed(before, fingerprint(repo)) == []
    assert [name.startswith("regreen-run-") for name in user.left_behind()] == [True]
    assert "the run has not ended" in user.regreen(repo, "show").out
    user.regreen(repo, "fix", "--max-seconds", "1")
    assert user.left_behind() == []
    assert changed(before, fingerprint(repo)) == []


def test_apply_changes_the_patched_file_and_nothing_else(user: User) -> None:
    repo = unfinished(user, LAMP)
    (repo / "lamp.py").chmod(0o755)
    before = fingerprint(repo)
    ran = user.regreen(repo, "fix", "--json", "--apply")
    assert ran.end == (0, "proved")
    assert changed(before, fingerprint(repo)) == ["file lamp.py"]
    assert ((repo / "lamp.py").read_text(), (repo / "lamp.py").stat().st_mode & 0o777) == (LAMP_FIXED, 0o755)


def test_commit_takes_the_patch_alone_though_the_same_file_holds_other_work(user: User) -> None:
    tail = "\n\n" + "".join(f"# {line}" for line in LINES)
    repo = unfinished(user, LAMP | {"lamp.py": LAMP["lamp.py"] + tail})
    staged, later = (
        tail.replace("# line 12\n", "# staged\n"),
        tail.replace("# line 12\n", "# staged\n") + "# not staged\n",
    )
    write_files(repo, {"lamp.py": LAMP["lamp.py"] + staged})
    git(repo, "add", "lamp.py")
    write_files(repo, {"lamp.py": LAMP["lamp.py"] + later})
    unstaged_work, staged_work, before = work(repo), work(repo, "--cached"), fingerprint(repo)
    ran = user.regreen(repo, "fix", "--json", "--commit")
    assert ran.end == (0, "proved")
    assert (repo / "lamp.py").read_text() == LAMP_FIXED + later
    assert git(repo, "show", "HEAD:lamp.py") == (LAMP_FIXED + tail).strip()
    assert git(repo, "show", "--format=%an", "--name-status", "HEAD").split() == ["Ada", "Example", "M", "lamp.py"]
    assert (work(repo), work(repo, "--cached")) == (unstaged_work, staged_work)
    touched = [key for key in changed(before, fingerprint(repo)) if key.startswith("file ")]
    assert touched == ["file lamp.py"]


def work(repo: Path, *options: str) -> list[str]:
    """The lines of a diff without its places."""
    return [line for line in git(repo, "diff", "--text", *options).splitlines() if not line.startswith(("@@", "index"))]


CANNOT_COMMIT: dict[str, Callable[[Path], Path]] = {
    "the file to mend was never committed": lambda folder: untracked(folder),
    "there is no commit yet": lambda folder: unborn(folder),
}


@pytest.mark.parametrize("make", CANNOT_COMMIT.values(), ids=CANNOT_COMMIT)
def test_a_patch_that_cannot_be_committed_alone_is_refused_before_anything_changes(
    make: Callable[[Path], Path], user: User
) -> None:
    repo = make(user.folder / "repo")
    before = fingerprint(repo)
    ran = user.regreen(repo, "fix", "--json", "--commit")
    assert ran.end == (6, "refused")
    assert changed(before, fingerprint(repo)) == []


def untracked(folder: Path) -> Path:
    repo = new_repository(folder, {"test_lamp.py": LAMP["test_lamp.py"]})
    write_files(repo, {"lamp.py": LAMP["lamp.py"]})
    return repo


def unborn(folder: Path) -> Path:
    write_files(folder, LAMP)
    git(folder, "init", "-q", "-b", "main")
    return folder


def test_a_file_the_user_changed_meanwhile_is_not_overwritten(user: User) -> None:
    repo = new_repository(user.folder / "repo", LAMP)
    running = user.start(repo, "fix", "--json", "--apply")
    running.wait_for("judging")
    write_files(repo, {"lamp.py": "def is_lit(switched_on):\n    return bool(switched_on)\n"})
    before = fingerprint(repo)
    ran = running.to_its_end()
    assert ran.end == (6, "refused")
    assert changed(before, fingerprint(repo)) == []
