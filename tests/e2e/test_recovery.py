"""The installed command, killed in the middle of an apply: the next command leaves all of the patch, or nothing."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.e2e._fingerprint import changed, fingerprint
from tests.e2e._repositories import LAMP, LAMP_FIXED, new_repository
from tests.e2e._support import REGREEN, Ran, User
from tests.support import files_of, write_files
from tools.ledger import ledger_of, locked

BEFORE = {"a.py": "A = 1\n", "sub/b.py": "B = 1\n", "sub/gone.py": "GONE = 1\n", "z.py": "Z = 1\n"}
AFTER = {"a.py": "A = 2\n", "new/deep/c.py": "C = 1\n", "sub/b.py": "B = 2\n", "z.py": "Z = 2\n"}
PATCH = """\
--- a/a.py
+++ b/a.py
@@ -1 +1 @@
-A = 1
+A = 2
--- /dev/null
+++ b/new/deep/c.py
@@ -0,0 +1 @@
+C = 1
--- a/sub/gone.py
+++ /dev/null
@@ -1 +0,0 @@
-GONE = 1
--- a/sub/b.py
+++ b/sub/b.py
@@ -1 +1 @@
-B = 1
+B = 2
--- a/z.py
+++ b/z.py
@@ -1 +1 @@
-Z = 1
+Z = 2
"""
# The installed command, which kills itself when it is about to put a file in the place of another.
KILLS_ITSELF = """\
import os, signal, sys
word, sys.argv = sys.argv[1], ["regreen", *sys.argv[2:]]
real = os.replace

def replace(source, target):
    if os.path.basename(target) == word:
        os.kill(os.getpid(), signal.SIGKILL)
    real(source, target)

os.replace = replace
import regreen
sys.exit(regreen.main())
"""
UNDONE = "an apply was cut off here; 5 files put back as before it\n"
FINISHED = "an apply was cut off here; 5 files written and tidied up\n"


def killed(user: User, cwd: Path, before: str, *arguments: str, stdin: str = "") -> None:
    """Call the command; it dies before a file of that name gets its place."""
    ran = user.call(cwd, [REGREEN.with_name("python"), "-c", KILLS_ITSELF, before, *arguments], stdin)
    assert ran == Ran(-signal.SIGKILL, "", ran.err)


def entries(folder: Path) -> dict[str, bytes | None]:
    """Files with their bytes, and folders, but git's own."""
    folders = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_dir()}
    return dict(files_of(folder)) | {name: None for name in folders if not name.startswith(".git")}


@pytest.fixture
def plain(user: User) -> Path:
    write_files(user.folder / "plain", BEFORE)
    return user.folder / "plain"


@pytest.fixture
def repo(user: User) -> Path:
    return new_repository(user.folder / "repo", BEFORE)


# Where it is killed, what is called next, and what that finds out.
KILLS: dict[str, tuple[str, str, list[str], str]] = {
    "before it noted anything": ("plain", "staging.json", ["runs"], ""),
    "while files are staged": ("repo", "replacing.json", ["runs"], UNDONE),
    "before the first file": ("plain", "a.py", ["apply", "--recover"], UNDONE),
    "among the files": ("repo", "b.py", ["show"], UNDONE),
    "before the last file": ("plain", "z.py", ["runs"], UNDONE),
    "after the last file": ("repo", "done.json", ["apply", "--recover"], FINISHED),
}


@pytest.mark.parametrize(("place", "word", "after", "said"), KILLS.values(), ids=KILLS)
def test_after_a_kill_the_next_command_leaves_all_or_nothing(
    place: str, word: str, after: list[str], said: str, user: User, request: pytest.FixtureRequest
) -> None:
    tree: Path = request.getfixturevalue(place)
    untouched = entries(tree)
    killed(user, tree, word, "apply", "-", stdin=PATCH)
    assert said == "" or entries(tree) != untouched
    if said == UNDONE and after != ["runs"]:
        killed(user, tree, "a.py", *after)  # while it puts the files back
    assert user.regreen(tree, *after).err.startswith(said)
    wanted = {name: text.encode() for name, text in (AFTER if said == FINISHED else BEFORE).items()}
    assert files_of(tree) == wanted
    assert said == FINISHED or entries(tree) == untouched
    assert not ledger_of(tree).folder.exists()


def test_recover_answers_in_json(user: User, repo: Path) -> None:
    nothing = user.regreen(repo, "apply", "--recover", "--json")
    assert (nothing.code, nothing.answer) == (0, {"status": "nothing_to_do", "recovered": []})
    assert nothing.err == "nothing to recover: no apply was cut off here\n"
    killed(user, repo, "z.py", "apply", "-", stdin=PATCH)
    write_files(repo, {"a.py": "MINE = 1\n"})
    ran = user.regreen(repo / "sub", "apply", "--recover", "--json")
    left_alone, *others = ran.answer["recovered"]
    assert (ran.code, ran.answer["status"]) == (0, "recovered")
    assert (left_alone["path"], left_alone["action"]) == ("a.py", "left_alone")
    assert others == [
        {"path": path, "action": "put_back", "old": None}
        for path in ("new/deep/c.py", "sub/gone.py", "sub/b.py", "z.py")
    ]
    assert (repo / left_alone["old"]).read_text() == BEFORE["a.py"]
    assert left_alone["old"] in ran.err


@pytest.mark.parametrize("more", [["-"], ["--check"], ["--emit"], ["--run", "last"]], ids=" ".join)
def test_recover_goes_with_nothing_else(more: list[str], user: User, plain: Path) -> None:
    assert user.regreen(plain, "apply", "--recover", "--json", *more).end == (2, "usage")


def test_an_apply_puts_back_what_a_killed_one_left_and_goes_on(user: User, plain: Path) -> None:
    killed(user, plain, "z.py", "apply", "-", stdin=PATCH)
    ran = user.regreen(plain, "apply", "-", stdin=PATCH)
    said = ["edited a.py", "created new/deep/c.py", "deleted sub/gone.py", "edited sub/b.py", "edited z.py"]
    assert ran == Ran(0, "", UNDONE + "".join(f"{line}\n" for line in said))
    assert files_of(plain) == {name: text.encode() for name, text in AFTER.items()}


def test_a_second_regreen_is_refused_while_one_writes(user: User, repo: Path) -> None:
    before = fingerprint(repo)
    with locked(ledger_of(repo)):
        ran = user.regreen(repo, "apply", "--json", "-", stdin=PATCH)
        assert user.regreen(repo, "runs").code == 0
    assert (ran.end, ran.answer["code"]) == ((6, "refused"), "busy")
    assert changed(before, fingerprint(repo)) == []


def test_a_note_that_cannot_be_used_stops_writing_and_not_reading(user: User, repo: Path) -> None:
    killed(user, repo, "z.py", "apply", "-", stdin=PATCH)
    note = ledger_of(repo).folder / "replacing.json"
    note.write_text(note.read_text().replace("a.py", "../a.py"))
    half = fingerprint(repo)
    for command in (["apply", "--json", "-"], ["fix", "--json"]):
        refused = user.regreen(repo, *command, stdin=PATCH)
        assert (refused.end, str(note.parent) in refused.answer["hint"]) == ((6, "refused"), True)
    listed = user.regreen(repo, "runs")
    assert (listed.code, "cannot be used" in listed.err) == (0, True)
    assert changed(half, fingerprint(repo)) == []


def test_a_tree_that_cannot_be_written_is_refused_as_it_was(user: User, plain: Path) -> None:
    unshare = shutil.which("unshare")
    enter = [unshare or "", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), "sh", "-c"]
    mount = f"mount --bind {plain} {plain} && mount -o remount,bind,ro {plain}"
    if unshare is None or subprocess.run([*enter, mount], check=False, capture_output=True).returncode:
        pytest.skip("a read-only folder cannot be mounted here")
    before = entries(plain)
    argv = [*enter, f'{mount} && cd {plain} && exec "$@"', "sh", str(REGREEN), "apply", "--json", "-"]
    ran = user.call(plain, [*argv], stdin=PATCH)
    assert (ran.end, ran.answer["code"]) == ((6, "refused"), "write-failed")
    assert "Read-only file system" in ran.err
    assert entries(plain) == before


@pytest.mark.slow
def test_fix_that_is_killed_while_it_writes_leaves_all_or_nothing(user: User) -> None:
    repo = new_repository(user.folder / "lamp", LAMP)
    before = fingerprint(repo)
    killed(user, repo, "replacing.json", "fix", "--apply", "--json")
    assert changed(before, fingerprint(repo)) != []
    assert user.regreen(repo, "show").err == "an apply was cut off here; 1 file put back as before it\n"
    assert changed(before, fingerprint(repo)) == []
    ran = user.regreen(repo, "apply", "--run", "last")
    assert (ran.code, (repo / "lamp.py").read_text()) == (0, LAMP_FIXED)
