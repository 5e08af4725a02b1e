"""The other commands: apply, show, runs, doctor, demo; and fix on a terminal, which asks before it writes."""

import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import agent
from tests.e2e._fingerprint import changed, fingerprint
from tests.e2e._repositories import LAMP, LAMP_FIXED, LAMP_PATCH, LAMP_TEST, new_repository
from tests.e2e._support import FAR_TOO_LONG_SECONDS, Ran, User
from tests.e2e._terminal import on_a_terminal
from tests.e2e.conftest import NewUser
from tests.support import files_of, write_files

# What one finished run tells is asked in several tests.
told = pytest.mark.xdist_group("told")
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-9]|4[0-8]|9[0-7])(?:;\d+)*m")
LOOSE_PATCH = "--- lamp.py\n+++ lamp.py\n@@ def is_lit @@\n-    return not switched_on\n+    return switched_on\n"
EMITTED = LAMP_PATCH.replace("index 729e572..08de061 100644\n", "")
WOULD_EDIT = "it applies; nothing was written\nwould edit lamp.py\n"
FILES = [{"path": "lamp.py", "action": "modify", "hunks": [{"start": 1, "rule": "exact", "drift": 0}]}]


@pytest.fixture
def plain(user: User) -> Path:
    """A folder outside of any repository."""
    write_files(user.folder / "plain", LAMP)
    return user.folder / "plain"


def lamp(folder: Path) -> str:
    return (folder / "lamp.py").read_text()


@pytest.mark.parametrize("source", ["file", "-"])
def test_apply_writes_the_patch_outside_of_git_too(source: str, user: User, plain: Path) -> None:
    write_files(user.folder, {"the.patch": LAMP_PATCH})
    name = str(user.folder / "the.patch") if source == "file" else "-"
    ran = user.regreen(plain, "apply", name, stdin=LAMP_PATCH)
    assert ran == Ran(0, "", "edited lamp.py\n")
    assert files_of(plain) == {"lamp.py": LAMP_FIXED.encode(), "test_lamp.py": LAMP["test_lamp.py"].encode()}


def test_apply_check_writes_nothing(user: User, plain: Path) -> None:
    assert user.regreen(plain, "apply", "--check", "-", stdin=LAMP_PATCH) == Ran(0, "", WOULD_EDIT)
    assert lamp(plain) == LAMP["lamp.py"]


def test_apply_emits_a_canonical_diff_of_a_loose_one(user: User, plain: Path) -> None:
    ran = user.regreen(plain, "apply", "--check", "--emit", "-", stdin=LOOSE_PATCH)
    assert ran == Ran(0, EMITTED, WOULD_EDIT)


def test_apply_answers_in_json(user: User, plain: Path) -> None:
    checked = user.regreen(plain, "apply", "--json", "--check", "-", stdin=LAMP_PATCH)
    assert checked.answer == {"status": "applied", "applied": False, "files": FILES, "patch": ""}
    written = user.regreen(plain, "apply", "--json", "--emit", "-", stdin=LAMP_PATCH)
    assert written.answer == {"status": "applied", "applied": True, "files": FILES, "patch": EMITTED}
    assert lamp(plain) == LAMP_FIXED


def test_apply_says_what_became_of_each_file(user: User, plain: Path) -> None:
    moving = "*** Update File: lamp.py\n*** Move to: light.py\n"
    patch = f"*** Begin Patch\n*** Delete File: test_lamp.py\n{moving}*** End Patch\n"
    checked = user.regreen(plain, "apply", "--json", "--check", "-", stdin=patch)
    deleted = {"path": "test_lamp.py", "action": "delete", "hunks": []}
    assert checked.answer["files"] == [
        deleted,
        {"path": "light.py", "action": "rename", "from": "lamp.py", "hunks": []},
    ]
    ran = user.regreen(plain, "apply", "-", stdin=patch)
    assert ran == Ran(0, "", "deleted test_lamp.py\nrenamed lamp.py to light.py\n")


def test_apply_names_twenty_files_at_most(user: User, plain: Path) -> None:
    patch = "".join(f"--- /dev/null\n+++ b/new/{number:02}\n@@\n+x\n" for number in range(22))
    told = user.regreen(plain, "apply", "-", stdin=patch).err.splitlines()
    assert (len(told), told[0], told[-1]) == (21, "created new/00", "and 2 more")


def test_a_refusal_in_json_tells_the_code_and_the_place(user: User, plain: Path) -> None:
    ran = user.regreen(plain, "apply", "--json", "-", stdin=LAMP_PATCH.replace("lamp.py", "lump.py"))
    assert ran.answer == {
        "status": "refused",
        "reason": "there is no file lump.py",
        "hint": "look up the path in the tree; a new file needs --- /dev/null",
        "applied": False,
        "code": "missing-file",
        "path": "lump.py",
        "line": 0,
    }


def test_apply_emits_the_bytes_of_the_file(user: User, plain: Path) -> None:
    (plain / "menu.py").write_bytes(b'# coding: latin-1\nx = "\xe9"\ny = 1\n')
    before = (plain / "menu.py").read_bytes()
    write_files(user.folder, {"menu.patch": "--- a/menu.py\n+++ b/menu.py\n@@\n-y = 1\n+y = 2\n"})
    running = user.start(plain, "apply", "--emit", user.folder / "menu.patch")
    assert running.process.wait(timeout=FAR_TOO_LONG_SECONDS) == 0
    assert b'\n x = "\xe9"\n' in running.out.read_bytes()
    assert (plain / "menu.py").read_bytes() == before.replace(b"y = 1", b"y = 2")


def test_a_patch_may_come_through_a_pipe_that_has_a_name(user: User, plain: Path) -> None:
    pipe = user.folder / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor() as beside:
        written = beside.submit(pipe.write_bytes, LAMP_PATCH.encode())
        assert user.regreen(plain, "apply", pipe) == Ran(0, "", "edited lamp.py\n")
        assert written.result() == len(LAMP_PATCH)
    assert lamp(plain) == LAMP_FIXED


def test_a_folder_is_no_patch_file(user: User, plain: Path) -> None:
    said = f"regreen: {plain} is a folder, not a patch file\nhint: name a file, or - for standard input\n"
    assert user.regreen(plain, "apply", plain) == Ran(2, "", said)


@pytest.mark.parametrize(
    "arguments", [[], ["a.patch", "--run", "last"], ["nowhere.patch"], ["--run", "last"]], ids=" ".join
)
def test_apply_wants_one_patch_that_exists(arguments: list[str], user: User, plain: Path) -> None:
    ran = user.regreen(plain, "apply", "--json", *arguments)
    assert ran.end == (2, "usage")


def test_runs_and_show_say_that_there_is_no_run_yet(user: User) -> None:
    repo = new_repository(user.folder / "repo", LAMP)
    assert user.regreen(repo, "runs") == Ran(0, "no run yet; start one with `regreen fix`\n", "")
    assert user.regreen(repo, "runs", "--json").answer == {"runs": []}
    assert user.regreen(repo, "show") == Ran(2, "", "regreen: no run yet\nhint: start one with `regreen fix`\n")


class Told:
    """A repository with two runs: one that proved a patch, and a later one that was given no step."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.repo = new_repository(user.folder / "repo", LAMP)
        self.patch_out = user.folder / "out.patch"
        self.proved = user.regreen(self.repo, "fix", "--patch-out", self.patch_out)
        self.run = user.regreen(self.repo, "runs", "--json").answer["runs"][0]["run"]
        self.last = user.regreen(self.repo, "fix", "--json", "--max-steps", "0").answer["run"]


@pytest.fixture(scope="module")
def story(new_user: NewUser) -> Told:
    return Told(new_user())


@told
@pytest.mark.slow
def test_fix_reports_to_people_on_standard_output(story: Told) -> None:
    assert (story.proved.code, story.patch_out.read_text()) == (0, LAMP_PATCH)
    assert story.proved.out.startswith(LAMP_PATCH + "proved the patch is proved\n")
    assert story.proved.out.endswith(f"`regreen show {story.run}` tells the run\n")


@told
@pytest.mark.slow
def test_runs_are_listed_newest_first(story: Told) -> None:
    rows = story.user.regreen(story.repo, "runs", "--json").answer["runs"]
    assert [(row["run"], row["status"], row["about"]) for row in rows] == [
        (story.last, "over_budget", LAMP_TEST),
        (story.run, "proved", LAMP_TEST),
    ]
    listed = user_lines(story, "runs")
    assert [line.split()[0] for line in listed] == [story.last, story.run]


@told
@pytest.mark.slow
def test_show_tells_the_newest_run_unless_another_is_named(story: Told) -> None:
    assert "the limit of 0 steps was reached" in user_lines(story, "show")[-1]
    assert user_lines(story, "show", "last") == user_lines(story, "show")
    assert user_lines(story, "show", story.run) == user_lines(story, "show", story.run[:-1])
    told_lines = "\n".join(user_lines(story, "show", story.run))
    for part in (f"red: {LAMP_TEST}", "calls apply_patch", "+    return switched_on", "judged: proved", "proved after"):
        assert part in told_lines


@told
@pytest.mark.slow
def test_a_name_of_no_run_or_of_two_is_a_usage_error(story: Told) -> None:
    nobody = story.user.regreen(story.repo, "show", "nope")
    assert nobody == Ran(2, "", "regreen: no run 'nope' here\nhint: `regreen runs` lists them\n")
    two = story.user.regreen(story.repo, "show", story.run[:4])
    assert (two.code, two.out, two.err.splitlines()[1]) == (2, "", "hint: `regreen runs` lists them")
    assert "no run" not in two.err


@told
@pytest.mark.slow
def test_the_patch_of_a_run_is_applied_from_any_folder(story: Told) -> None:
    (story.repo / "sub").mkdir(exist_ok=True)
    without = story.user.regreen(story.repo, "apply", "--json", "--run", "last")
    assert without.end == (2, "usage")
    ran = story.user.regreen(story.repo / "sub", "apply", "--run", story.run)
    assert (ran.code, lamp(story.repo)) == (0, LAMP_FIXED)
    again = story.user.regreen(story.repo, "apply", "--json", "--run", story.run)
    assert (again.end, again.answer["code"]) == ((6, "refused"), "already_applied")


def user_lines(story: Told, *arguments: str) -> list[str]:
    ran = story.user.regreen(story.repo, *arguments)
    assert (ran.code, ran.err) == (0, "")
    return ran.out.splitlines()


@pytest.mark.slow
def test_doctor_asks_for_no_pytest_below_a_test_command(user: User) -> None:
    repo = new_repository(user.folder / "command", {"regreen.toml": 'test_command = "make test"\n'})
    (tests,) = [check for check in user.regreen(repo, "doctor", "--json").answer["checks"] if check["name"] == "tests"]
    assert (tests["ok"], tests["detail"].partition(",")[0]) == (True, "`make test`")


def test_doctor_reports_every_check(user: User) -> None:
    repo = new_repository(user.folder / "repo", LAMP)
    names = ["regreen", "git", "repository", "tests", "sandbox", "limits", "model"]
    checks = user.regreen(repo, "doctor", "--json").answer["checks"]
    assert [(check["name"], sorted(check)) for check in checks] == [(name, ["detail", "name", "ok"]) for name in names]
    assert [check["name"] for check in checks if not check["ok"]] in ([], ["sandbox"])
    outside = user.regreen(user.folder, "doctor")
    assert (outside.code, [line.split()[1] for line in outside.out.splitlines()[:7]]) == (0, names)
    assert "NO  repository" in outside.out
    acts = {act["act"]: act["enforced"] for act in user.regreen(repo, "doctor", "--json").answer["acts"]}
    assert acts["leave processes behind"] is True
    assert acts["use up the memory"] is (sys.platform == "linux")
    assert acts["read the home"] is ("sandbox" not in [check["name"] for check in checks if not check["ok"]])
    for act, is_enforced in acts.items():
        assert f"    {'enforced    ' if is_enforced else 'NOT enforced'} {act}\n" in outside.out


@pytest.mark.slow
def test_the_demonstration_proves_a_patch_and_leaves_nothing(user: User) -> None:
    source = fingerprint_of_the_package()
    ran = user.regreen(user.folder, "demo")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("# off-by-one\n")
    said = without_numbers(f"{ran.out}\n{ran.err}")
    assert [line for line in shown_in_readme() if without_numbers(line) not in said] == []
    assert "regreen show" not in ran.out
    assert user.left_behind() == []
    assert fingerprint_of_the_package() == source


def shown_in_readme() -> list[str]:
    """The lines that README shows of the demonstration, to where they are cut; which Python it was is the machine's."""
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    block = next(part for part in text.split("```\n") if part.startswith("$ regreen fix\n"))
    lines = [line.partition("…")[0] for line in block.splitlines()[2:] if line]
    assert len(lines) > 10
    return lines


def without_numbers(text: str) -> str:
    """Numbers of seconds and of edits tried differ by the machine's speed."""
    return re.sub(r"\d+(\.\d+)?", "N", text)


def fingerprint_of_the_package() -> dict[str, bytes]:
    """The demonstration's files as they are installed."""
    return files_of(Path(agent.__file__).parents[1] / "fixtures" / "repos" / "off-by-one")


@pytest.mark.slow
def test_on_a_terminal_it_shows_the_patch_asks_and_writes_after_a_yes(user: User) -> None:
    repo = new_repository(user.folder / "repo", LAMP)
    ran = on_a_terminal(user, repo, ["fix"], ["what?", "diff", "y"])
    assert (ran.code, lamp(repo)) == (0, LAMP_FIXED)
    _, *after_each_question = ran.out.split("[y/n/diff]")
    assert len(after_each_question) == 3
    assert LAMP_PATCH in after_each_question[1]
    assert after_each_question[2].endswith("applied to lamp.py\n")
    assert COLOUR.search(ran.out)


@pytest.mark.slow
def test_a_no_leaves_the_tree_alone_and_no_colour_is_respected(user: User) -> None:
    repo = new_repository(user.folder / "repo", LAMP)
    before = fingerprint(repo)
    ran = on_a_terminal(user, repo, ["fix"], ["n"], NO_COLOR="1")
    assert ran.code == 0
    assert changed(before, fingerprint(repo)) == []
    assert COLOUR.findall(ran.out) == []
