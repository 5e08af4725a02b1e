"""`regreen undo`: what regreen wrote is taken back byte for byte, or refused with the files named."""

import os
import shutil
import signal
from pathlib import Path

import pytest

from agent.trace.lock import held
from tests.e2e._fingerprint import changed, fingerprint
from tests.e2e._repositories import LAMP, LAMP_FIXED, new_repository
from tests.e2e._support import REGREEN, Ran, User
from tests.support import files_of, git, write_files

BEFORE = {
    "a.txt": "one\r\ntwo\r\nthree",
    "sub/gone.txt": "gone\n",
    "run.sh": "#!/bin/sh\n",
    "odd.py": "x = '\udce9'\ny = 1\n",
}
PATCH = """\
--- a/a.txt
+++ b/a.txt
@@ -1,3 +1,3 @@
 one
-two
+2
 three
\\ No newline at end of file
--- /dev/null
+++ b/new/deep/made.txt
@@ -0,0 +1 @@
+made
--- a/sub/gone.txt
+++ /dev/null
@@ -1 +0,0 @@
-gone
--- a/odd.py
+++ b/odd.py
@@ -2 +2 @@
-y = 1
+y = 2
diff --git a/run.sh b/run.sh
old mode 100644
new mode 100755
"""
FAR = "".join(f"# {number}\n" for number in range(9))
SECOND = "--- a/a.txt\n+++ b/a.txt\n@@ -2 +2 @@\n-2\n+zwei\n"
# The installed command, which kills itself before the commit is made: in preparing it, with the index locked, or later.
KILLED_AT = """\
import os, pathlib, signal, sys
moment, sys.argv = sys.argv[1], ["regreen", *sys.argv[2:]]
import git, regreen
from agent.trace import writing
real_git, real_replace, real_carry_out, near = git.Git.execute, pathlib.Path.replace, writing.carry_out, []

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def execute(self, command, *args, **kwargs):
    is_preparing = moment == "write-tree" and "apply" in command
    if is_preparing or (moment in command and near):
        die()
    return real_git(self, command, *args, **kwargs)

def replace(self, target):
    if moment == "lock" and self.name == "index.lock":
        die()
    return real_replace(self, target)

def carry_out(*arguments):
    near.append(1)
    real_carry_out(*arguments)

git.Git.execute, pathlib.Path.replace, writing.carry_out = execute, replace, carry_out
sys.exit(regreen.main())
"""


def modes_of(folder: Path) -> dict[str, int]:
    return {
        str(path.relative_to(folder)): path.stat().st_mode for path in folder.rglob("*") if ".git" not in path.parts
    }


def start(folder: Path, kind: str) -> Path:
    write_files(folder, BEFORE)
    (folder / "sub" / "gone.txt").chmod(0o666)
    return new_repository(folder, {}) if kind == "git" else folder


def apply(user: User, folder: Path, patch: str) -> None:
    assert user.regreen(folder, "apply", "-", stdin=patch).code == 0


@pytest.mark.parametrize("kind", ["git", "plain"])
def test_files_come_back_with_bytes_and_modes_once(user: User, kind: str) -> None:
    folder = start(user.folder / kind, kind)
    before = (files_of(folder), modes_of(folder))
    apply(user, folder, PATCH)
    undone = user.regreen(folder, "undo")
    assert (undone.code, undone.out) == (0, "")
    assert undone.err.splitlines()[0].startswith("taken back: `regreen apply -`, ")
    assert undone.err.splitlines()[1:] == [
        "edited a.txt", "deleted new/deep/made.txt", "created sub/gone.txt", "edited odd.py", "edited run.sh",
    ]  # fmt: skip
    assert (files_of(folder), modes_of(folder)) == before
    again = user.regreen(folder, "undo", "--json")
    assert (again.code, again.answer["status"]) == (0, "nothing_to_do")
    assert (files_of(folder), modes_of(folder)) == before


def test_several_are_taken_back_at_once_and_one_after_the_other(user: User) -> None:
    folder = start(user.folder / "repo", "git")
    states = [files_of(folder)]
    for patch in (PATCH, SECOND):
        apply(user, folder, patch)
        states.append(files_of(folder))
    assert user.regreen(folder, "undo", "2").code == 0
    assert files_of(folder) == states[0]
    for patch in (PATCH, SECOND):
        apply(user, folder, patch)
    assert user.regreen(folder / "sub", "undo").code == 0
    assert files_of(folder) == states[1]
    assert user.regreen(folder, "undo", "2").code == 2  # one of the last two is taken back already
    assert user.regreen(folder, "undo").code == 0
    assert files_of(folder) == states[0]
    assert user.regreen(folder, "undo", "2").err == "nothing to undo: all of it is taken back already\n"


def test_an_apply_after_an_undo_is_the_last_one(user: User) -> None:
    folder = start(user.folder / "repo", "git")
    apply(user, folder, PATCH)
    assert user.regreen(folder, "undo").code == 0
    before = files_of(folder)
    apply(user, folder, PATCH)
    assert user.regreen(folder, "undo").code == 0
    assert files_of(folder) == before


def test_a_file_that_was_changed_since_is_named_and_nothing_is_touched(user: User) -> None:
    folder = start(user.folder / "repo", "git")
    apply(user, folder, PATCH)
    write_files(folder, {"a.txt": "mine\n"})
    (folder / "run.sh").chmod(0o700)
    before = fingerprint(folder)
    ran = user.regreen(folder, "undo", "--json")
    assert ran.end == (6, "refused")
    assert ran.answer["files"] == [{"path": name, "action": "left_alone"} for name in ("a.txt", "run.sh")]
    assert ran.err.splitlines()[0] == "regreen: not as regreen left it: a.txt, run.sh"
    assert changed(before, fingerprint(folder)) == []


def test_an_edit_between_two_applies_is_seen(user: User) -> None:
    folder = start(user.folder / "repo", "git")
    apply(user, folder, PATCH)
    write_files(folder, {"a.txt": "one\r\n2\r\nthree\r\n"})
    apply(user, folder, SECOND)
    assert user.regreen(folder, "undo", "2").code == 6
    assert user.regreen(folder, "undo").code == 0
    assert (folder / "a.txt").read_bytes() == b"one\r\n2\r\nthree\r\n"


def test_a_link_in_the_place_of_a_file_is_not_followed(user: User) -> None:
    folder = start(user.folder / "repo", "git")
    apply(user, folder, SECOND.replace("-2", "-two"))
    (folder / "a.txt").rename(user.folder / "elsewhere.txt")
    (folder / "a.txt").symlink_to(user.folder / "elsewhere.txt")
    held = (user.folder / "elsewhere.txt").read_bytes()
    assert user.regreen(folder, "undo").code == 6
    assert (user.folder / "elsewhere.txt").read_bytes() == held


@pytest.mark.parametrize("kind", ["git", "plain"])
def test_with_nothing_to_undo_it_says_so(user: User, kind: str) -> None:
    folder = start(user.folder / kind, kind)
    ran = user.regreen(folder, "undo", "3", "--json")
    assert (ran.end, ran.err) == ((0, "nothing_to_do"), "nothing to undo: regreen applied nothing here\n")


def test_more_than_there_are_is_bad_usage(user: User) -> None:
    folder = start(user.folder / "repo", "git")
    apply(user, folder, PATCH)
    said = "regreen: 1 apply is in effect here, not 2\nhint: `regreen undo 1` takes back all of them\n"
    assert user.regreen(folder, "undo", "2") == Ran(2, "", said)
    for bad in ("0", "-1", "x"):
        assert user.regreen(folder, "undo", bad).code == 2


def test_without_a_state_folder_an_apply_outside_git_works_and_cannot_be_undone(user: User) -> None:
    folder = start(user.folder / "plain", "plain")
    blocked = {"XDG_STATE_HOME": "/dev/null/nowhere"}
    assert user.regreen(folder, "apply", "-", stdin=PATCH, variables=blocked).code == 0
    assert user.regreen(folder, "undo", variables=blocked).err == "nothing to undo: regreen applied nothing here\n"


def commits_of(repo: Path) -> list[object]:
    refs = [line for line in git(repo, "for-each-ref").splitlines() if "refs/regreen/" not in line]
    return [git(repo, "log", "--format=%H"), git(repo, "diff", "HEAD"), git(repo, "diff", "--cached"), refs,
            git(repo, "status", "--porcelain"), files_of(repo)]  # fmt: skip


def unfinished(user: User) -> Path:
    """A repository with work in the file of the fault and in another, that no commit of regreen's may hold."""
    repo = new_repository(user.folder / "repo", LAMP | {"staged.txt": "a\n", "lamp.py": LAMP["lamp.py"] + FAR})
    write_files(repo, {"staged.txt": "b\n", "lamp.py": LAMP["lamp.py"] + FAR + "# unfinished\n"})
    git(repo, "add", "staged.txt")
    return repo


@pytest.mark.slow
def test_a_commit_is_taken_back_with_its_patch(user: User) -> None:
    repo = unfinished(user)
    before = commits_of(repo)
    assert user.regreen(repo, "fix", "--commit").code == 0
    assert git(repo, "show", "HEAD:lamp.py") == (LAMP_FIXED + FAR).rstrip("\n")
    ran = user.regreen(repo, "undo")
    assert (ran.code, commits_of(repo)) == (0, before)
    assert ran.err.splitlines()[-1].startswith("refs/heads/main is back at ")
    assert user.regreen(repo, "fix", "--commit").code == 0
    git(repo, "commit", "-q", "--allow-empty", "-m", "Later")
    later = commits_of(repo)
    refused = user.regreen(repo, "undo", "--json")
    assert (refused.end, commits_of(repo)) == ((6, "refused"), later)
    assert "git revert" in refused.answer["hint"]


@pytest.mark.slow
@pytest.mark.parametrize(("moment", "is_made"), [("write-tree", False), ("lock", True), ("update-ref", True)])
def test_a_commit_that_was_killed_is_made_by_the_next_command_or_nothing_is(
    user: User, moment: str, is_made: bool
) -> None:
    repo = unfinished(user)
    whole = Path(shutil.copytree(repo, user.folder / "whole"))
    before = commits_of(repo)
    assert user.regreen(whole, "fix", "--commit").code == 0
    argv: list[str | Path] = [REGREEN.with_name("python"), "-c", KILLED_AT, moment, "fix", "--commit"]
    assert user.call(repo, argv).code == -signal.SIGKILL
    ran = user.regreen(repo, "runs")
    assert commits_of(repo)[1:3] == commits_of(whole if is_made else repo)[1:3]
    assert ("its commit was cut off and is made" in ran.err) is is_made
    assert (commits_of(repo) == before) is not is_made
    if is_made:
        assert git(repo, "log", "-1", "--format=%an %s") == git(whole, "log", "-1", "--format=%an %s")
        assert user.regreen(repo, "undo").code == 0
        assert commits_of(repo) == before


def test_two_regreens_never_write_at_once_and_the_owner_is_named(user: User) -> None:
    folder = start(user.folder / "repo", "git")
    apply(user, folder, PATCH)
    before = files_of(folder)
    with held(folder / ".git" / "regreen" / "applied"):
        for words in (["apply", "--json", "-"], ["undo", "--json"]):
            ran = user.regreen(folder, *words, stdin=SECOND)
            assert ran.end == (6, "refused")
            assert f"at this moment: process {os.getpid()} (`regreen" in ran.answer["reason"]
    assert files_of(folder) == before
    assert user.regreen(folder, "undo").code == 0
