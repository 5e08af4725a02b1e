"""Every status word that can occur offline, with its exit code and one JSON object on standard output."""

import signal
from collections.abc import Mapping
from pathlib import Path

import pytest

from agent.core.verdict import EXIT_CODES
from tests.e2e._fingerprint import changed, fingerprint
from tests.e2e._repositories import (
    ALL_GREEN,
    LAMP,
    LAMP_FIXED,
    LAMP_PATCH,
    LAMP_TEST,
    PRIMES,
    SLOW,
    TWICE,
    copy_fixture,
    new_environment,
    new_repository,
)
from tests.e2e._support import REGREEN, User, checked
from tests.support import needs_bubblewrap, write_files

pytestmark = pytest.mark.slow
Files = Mapping[str, str]
HUNGRY = {
    "regreen.toml": "test_memory_mb = 300\n",
    "test_hungry.py": "def test_hungry():\n    assert [b'x' * 50_000_000 for _ in range(99)] == []\n",
}
BROKEN_ON_PURPOSE = """\
import sys

import regreen

regreen.enter()
import agent.cli.session


def broken(*arguments, **more):
    raise ZeroDivisionError("broken on purpose")


agent.cli.session.solve = broken
sys.exit(regreen.main())
"""


def test_a_proved_patch(user: User) -> None:
    ran = user.regreen(new_repository(user.folder / "lamp", LAMP), "fix", "--json")
    assert checked(ran) == (0, "proved")
    answer = ran.answer
    assert answer["model_patch"] == LAMP_PATCH
    assert (answer["test_patch_out"], answer["rivals"]) == ("", [])
    assert answer["instance_id"] == f"lamp-{answer['run']}"
    assert answer["verdict"] == {
        "status": "proved",
        "resolved": True,
        "patch_successfully_applied": True,
        "infra_failure": False,
        "fail_to_pass": {"success": [LAMP_TEST], "failure": []},
        "pass_to_pass": {"success": [], "failure": []},
        "evidence": answer["verdict"]["evidence"],
        "rivals": [],
        "flags": [],
        "with_test_edits": None,
    }
    assert Path(answer["journal"]) == user.folder / "lamp/.git/regreen/runs" / answer["run"] / "journal.jsonl"


SPY = """
import pathlib
import subprocess


def test_spy():
    argv = ["git", "log", "--all", "--reflog", "--format=%s"]
    assert subprocess.run(argv, capture_output=True, text=True, check=True).stdout == "base\\n"
    assert pathlib.Path(".git").is_file()
"""


@needs_bubblewrap
def test_an_honest_run_shows_no_history_and_has_a_manifest(user: User) -> None:
    repo = new_repository(user.folder / "lamp", {**LAMP, "test_spy.py": SPY})
    new_repository(repo, {"lamp.py": LAMP_FIXED})
    new_repository(repo, LAMP)
    ran = user.regreen(repo, "fix", "--honest", "--json")
    assert checked(ran) == (0, "proved")
    assert ran.answer["verdict"]["pass_to_pass"] == {"success": ["test_spy.py::test_spy"], "failure": []}
    assert (ran.answer["honest"]["model"], ran.answer["honest"]["not_enforced"]) == ("offline", [])
    assert "honest: tree " in user.regreen(repo, "show").out


def test_a_plausible_patch_shows_its_rivals_and_is_accepted_only_when_asked(user: User) -> None:
    repo = new_repository(user.folder / "repo", TWICE)
    ran = user.regreen(repo, "fix", "--json")
    assert checked(ran) == (3, "plausible")
    assert [sorted(rival) for rival in ran.answer["rivals"]] == [["example", "patch", "sentence"]] * len(
        ran.answer["rivals"]
    )
    assert ran.answer["rivals"]
    picked = user.regreen(repo, "fix", "--json", "--accept", "plausible", "--pick", "1")
    assert checked(picked) == (0, "plausible")
    assert picked.answer["model_patch"] == ran.answer["rivals"][0]["patch"]


CALLS: dict[str, tuple[tuple[int, str], Files, tuple[str, ...]]] = {
    "nothing fails": ((0, "nothing_to_do"), ALL_GREEN, ()),
    "what fails was not asked for": ((0, "nothing_to_do"), ALL_GREEN | PRIMES, ("test_green.py",)),
    "no small edit helps": ((1, "unsolved"), PRIMES, ()),
    "an issue without a failing test": ((1, "unsolved"), ALL_GREEN, ("--issue", "It is too green.")),
    "an unknown option": ((2, "usage"), LAMP, ("--nope",)),
    "an unknown option value": ((2, "usage"), LAMP, ("--sandbox", "maybe")),
    "a word for a number": ((2, "usage"), LAMP, ("--max-seconds", "soon")),
    "a negative number": ((2, "usage"), LAMP, ("--max-steps", "-1")),
    "not a number": ((2, "usage"), LAMP, ("--max-seconds", "nan")),
    "an unknown model": ((2, "usage"), LAMP, ("--model", "gpt-4.1")),
    "a path that does not exist": ((2, "usage"), LAMP, ("test_nope.py",)),
    "a path outside": ((2, "usage"), LAMP, ("/etc/passwd",)),
    "a test that does not exist": ((2, "usage"), LAMP, ("test_lamp.py::test_nope",)),
    "no interpreter": ((2, "usage"), LAMP, ("--python", "/nonexistent/python")),
    "a configuration that is no TOML": ((2, "usage"), LAMP | {"regreen.toml": "scope =\n"}, ()),
    "an unknown setting": ((2, "usage"), LAMP | {"regreen.toml": "speed = 3\n"}, ()),
    "a setting of the wrong type": ((2, "usage"), LAMP | {"regreen.toml": "max-steps = 'many'\n"}, ()),
    "a wrong setting in pyproject.toml": ((2, "usage"), LAMP | {"pyproject.toml": "[tool.regreen]\nscope = 3\n"}, ()),
    "no steps": ((4, "over_budget"), LAMP, ("--max-steps", "0")),
    "no time": ((4, "over_budget"), LAMP, ("--max-seconds", "0")),
    "tests that take too long": ((4, "over_budget"), SLOW, ("--max-seconds", "2")),
    "tests that use too much memory": ((4, "over_budget"), HUNGRY, ()),
    "no tests": ((5, "infra_failure"), {"readme.txt": ""}, ()),
    "a conftest that fails": ((5, "infra_failure"), LAMP | {"conftest.py": "import not_there\n"}, ()),
    "a conftest that is no Python": ((5, "infra_failure"), LAMP | {"conftest.py": "def (\n"}, ()),
    "a package that is not installed": ((5, "infra_failure"), {"test_a.py": "import not_there\n"}, ()),
}


@pytest.mark.parametrize(("end", "files", "arguments"), CALLS.values(), ids=CALLS)
def test_an_end_before_or_without_a_patch(
    end: tuple[int, str], files: Files, arguments: tuple[str, ...], user: User
) -> None:
    ran = user.regreen(new_repository(user.folder / "repo", files), "fix", "--json", *arguments)
    assert checked(ran) == end


def test_a_wrong_variable_is_a_usage_error(user: User) -> None:
    repo = new_repository(user.folder / "repo", LAMP)
    assert checked(user.regreen(repo, "fix", "--json", variables={"REGREEN_MAX_SECONDS": "soon"})) == (2, "usage")


def test_outside_a_repository_there_is_nothing_to_fix(user: User) -> None:
    write_files(user.folder / "plain", LAMP)
    assert checked(user.regreen(user.folder / "plain", "fix", "--json")) == (2, "usage")


def test_an_interpreter_without_pytest_is_an_infra_failure(user: User) -> None:
    bare = new_environment(user.folder / "bare", distributions=())
    repo = new_repository(user.folder / "repo", LAMP)
    ran = user.regreen(repo, "fix", "--json", "--python", bare / "bin" / "python")
    assert checked(ran) == (5, "infra_failure")


def test_a_demanded_sandbox_that_is_missing_is_an_infra_failure(user: User) -> None:
    repo = new_repository(user.folder / "repo", LAMP)
    ran = user.without_sandbox(repo, "fix", "--json", "--sandbox", "require")
    assert checked(ran) == (5, "infra_failure")


@needs_bubblewrap
def test_a_read_only_repository_is_an_infra_failure(user: User) -> None:
    repo = new_repository(user.folder / "repo", LAMP)
    read_only: list[str | Path] = ["bwrap", "--dev-bind", "/", "/", "--ro-bind", repo, repo, "--chdir", repo, "--"]
    ran = user.call(repo, [*read_only, REGREEN, "fix", "--json"])
    assert checked(ran) == (5, "infra_failure")
    assert user.left_behind() == []


REFUSED = {
    "outside": (LAMP_PATCH.replace("lamp.py", "../lamp.py"), "path-outside"),
    "ambiguous": ("--- a/twins.txt\n+++ b/twins.txt\n@@ @@\n-one\n+two\n", "ambiguous"),
    "applied already": ("--- a/done.txt\n+++ b/done.txt\n@@ @@\n-to do\n+done\n", "already_applied"),
    "no patch": ("no patch at all\n", "no-diff"),
}


@pytest.mark.parametrize(("patch", "code"), REFUSED.values(), ids=REFUSED)
def test_a_patch_that_cannot_be_applied_is_refused(patch: str, code: str, user: User) -> None:
    repo = new_repository(user.folder / "repo", LAMP | {"twins.txt": "one\n\none\n", "done.txt": "done\n"})
    before = fingerprint(repo)
    ran = user.regreen(repo, "apply", "--json", "-", stdin=patch)
    assert ran.end == (6, "refused")
    assert ran.answer.keys() == {"status", "reason", "hint", "applied", "code", "path", "line"}
    assert (ran.answer["code"], ran.answer["applied"]) == (code, False)
    assert changed(before, fingerprint(repo)) == []


def test_a_bug_of_ours_keeps_the_run_and_leaves_the_tree_alone(user: User) -> None:
    repo = new_repository(user.folder / "repo", LAMP)
    write_files(user.folder, {"driver.py": BROKEN_ON_PURPOSE})
    before = fingerprint(repo)
    ran = user.call(repo, [REGREEN.with_name("python"), user.folder / "driver.py", "fix", "--json"])
    assert checked(ran) == (70, "internal_error")
    assert "ZeroDivisionError: broken on purpose" in ran.answer["reason"]
    assert "Traceback (most recent call last):" in ran.err
    assert changed(before, fingerprint(repo)) == []
    assert user.left_behind() == []
    assert [run["status"] for run in user.regreen(repo, "runs", "--json").answer["runs"]] == ["not ended"]


# The search between them: test_tree_untouched.py.
STAGES = {
    "the first run of the tests": "running the tests as they are",
    "the search": "candidates",
    "judging": "rivals",
}


@pytest.mark.parametrize("words", STAGES.values(), ids=STAGES)
def test_an_interruption_at_any_stage_ends_at_once(words: str, user: User) -> None:
    repo = copy_fixture("off-by-one", user.folder / "repo")
    before = fingerprint(repo)
    running = user.start(repo, "fix", "--json")
    running.wait_for(words)
    assert checked(running.end_by(signal.SIGINT)) == (130, "interrupted")
    assert changed(before, fingerprint(repo)) == []
    assert user.left_behind() == []


def test_the_table_of_exit_codes_is_the_promised_one() -> None:
    assert {str(status): code for status, code in EXIT_CODES.items()} == {
        "proved": 0,
        "nothing_to_do": 0,
        "unsolved": 1,
        "usage": 2,
        "plausible": 3,
        "over_budget": 4,
        "infra_failure": 5,
        "refused": 6,
        "internal_error": 70,
        "interrupted": 130,
    }
