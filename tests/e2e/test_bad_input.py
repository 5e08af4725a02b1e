"""Odd places to call regreen in, and odd tests: where it works, and where it says in one line why it cannot."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.trace.journal import read_journal
from tests.e2e._fingerprint import changed, fingerprint
from tests.e2e._repositories import (
    LAMP,
    LAMP_PATCH,
    LAMP_TEST,
    new_environment,
    new_repository,
)
from tests.e2e._support import REGREEN, Ran, User, checked, path_without_bubblewrap
from tests.support import commit_all, git, needs_landlock, write_files

pytestmark = pytest.mark.slow
# Two bugs, so that a run that stops at the first failure shows.
TWO_BUGS = LAMP | {
    "stairs.py": "def steps(floors):\n    return floors + 12\n",
    "test_stairs.py": "from stairs import steps\n\n\ndef test_steps():\n    assert steps(2) == 24\n",
}
BOTH = [LAMP_TEST, "test_stairs.py::test_steps"]
ESCAPE = "\x1b"


def targets(ran: Ran) -> list[str]:
    """The tests that a run set out to turn green, at once or in a later group."""
    events = read_journal(Path(ran.answer["journal"]))
    first = next(event.fields for event in events if event.event == "baseline")
    return sorted([*first["targets"], *first["waiting"]])


# Where the whole way to a proof is walked.


def unborn(folder: Path) -> Path:
    write_files(folder, LAMP)
    git(folder, "init", "-q", "-b", "main")
    return folder


def with_an_uncommitted_test(folder: Path) -> Path:
    new_repository(folder, {"lamp.py": LAMP["lamp.py"]})
    write_files(folder, {"test_lamp.py": LAMP["test_lamp.py"]})
    return folder


def detached_with_an_odd_name(folder: Path) -> Path:
    repo = new_repository(folder.with_name("a répo with späces, 'quotes' & \"more\""), LAMP)
    git(repo, "checkout", "-q", "--detach")
    return repo


PROVED_IN = [unborn, detached_with_an_odd_name, with_an_uncommitted_test]


@pytest.mark.parametrize("make", PROVED_IN, ids=lambda make: make.__name__)
def test_a_patch_is_proved_in_an_odd_repository(make: Callable[[Path], Path], user: User) -> None:
    repo = make(user.folder / "repo")
    before = fingerprint(repo)
    ran = user.regreen(repo, "fix", "--json")
    assert (*checked(ran), ran.answer["model_patch"]) == (0, "proved", LAMP_PATCH)
    assert changed(before, fingerprint(repo)) == []
    assert user.left_behind() == []


# Where seeing the right tests fail says enough.


def below(folder: Path) -> Path:
    new_repository(folder, {f"sub/project/{name}": text for name, text in LAMP.items()})
    write_files(folder, {"sub/project/pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']\n"})
    return folder


def called(user: User, cwd: Path, *arguments: str | Path) -> Ran:
    """A run that ends before its first step."""
    ran = user.regreen(cwd, "fix", "--json", "--max-steps", "0", *arguments)
    assert checked(ran) == (4, "over_budget")
    return ran


CALLS = {
    "in the test root": ("sub/project", ()),
    "in the test root by name": ("sub/project", ("test_lamp.py",)),
    "at the top by path": (".", ("sub/project/test_lamp.py",)),
    "at the top by folder": (".", ("sub",)),
    "elsewhere by path": ("sub", ("project/test_lamp.py::test_a_lamp_is_lit_when_it_is_switched_on",)),
    "elsewhere by a path from the top": ("sub", ("sub/project/test_lamp.py",)),
}


@pytest.mark.parametrize(("cwd", "arguments"), CALLS.values(), ids=CALLS)
def test_the_test_root_is_found_from_anywhere(cwd: str, arguments: tuple[str, ...], user: User) -> None:
    repo = below(user.folder / "repo")
    ran = called(user, repo / cwd, *arguments)
    assert [test.removeprefix("sub/project/") for test in targets(ran)] == [LAMP_TEST]


def test_a_path_through_a_link_leads_to_the_repository(user: User) -> None:
    new_repository(user.folder / "repo", LAMP)
    (user.folder / "link").symlink_to("repo")
    ran = called(user, user.folder / "link", user.folder / "link" / "test_lamp.py")
    assert targets(ran) == [LAMP_TEST]


def test_a_linked_work_tree_keeps_its_runs_with_the_repository(user: User) -> None:
    repo = new_repository(user.folder / "repo", LAMP)
    git(repo, "worktree", "add", "-q", "../linked")
    before = fingerprint(repo)
    ran = called(user, user.folder / "linked")
    assert targets(ran) == [LAMP_TEST]
    assert Path(ran.answer["journal"]).is_relative_to(repo / ".git" / "regreen" / "runs")
    assert changed(before, fingerprint(repo)) == []


def test_a_submodule_is_a_repository_of_its_own(user: User) -> None:
    inner = new_repository(user.folder / "inner", LAMP)
    outer = new_repository(user.folder / "outer", {"readme.txt": ""})
    git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "inner")
    commit_all(outer)
    before = fingerprint(outer)
    ran = called(user, outer / "inner")
    assert targets(ran) == [LAMP_TEST]
    assert ran.answer["instance_id"].startswith("inner-")
    kept = [key for key in changed(before, fingerprint(outer)) if "/regreen" not in key and "/objects" not in key]
    assert kept == []


@pytest.mark.parametrize("options", ["-x", "--lf", "--ff --maxfail=1", "-q -q --tb=no -p no:terminal"])
def test_all_failing_tests_are_seen_whatever_the_configuration_says(options: str, user: User) -> None:
    repo = new_repository(user.folder / "repo", TWO_BUGS | {"pytest.ini": f"[pytest]\naddopts = {options}\n"})
    assert targets(called(user, repo)) == BOTH


def test_an_environment_that_nobody_ignores_is_used_and_not_kept(user: User) -> None:
    repo = new_repository(user.folder / "repo", LAMP)
    new_environment(repo / ".venv")
    ran = called(user, repo)
    assert "(the repository's .venv)" in ran.err
    base = f"refs/regreen/runs/{ran.answer['run']}/base"
    assert git(repo, "ls-tree", "--name-only", base).split() == sorted(LAMP)


@pytest.mark.parametrize("name", [".venv/bin/python", "../env/bin/python"])
def test_an_interpreter_is_named_from_the_current_folder(name: str, user: User) -> None:
    repo = new_repository(user.folder / "repo", LAMP)
    new_environment(repo / Path(name).parents[1])
    assert targets(called(user, repo, "--python", name)) == [LAMP_TEST]


def test_a_hook_of_git_may_call_it_and_the_commit_is_the_users(user: User) -> None:
    """While a hook of `commit --all` runs, git's variables name the index to commit."""
    repo = new_repository(user.folder / "repo", LAMP)
    hook = repo / ".git" / "hooks" / "pre-commit"
    hook.write_text(f"#!/bin/sh\n'{REGREEN}' fix --json --max-steps 0 >../answer || true\n")
    hook.chmod(0o755)
    write_files(repo, {"lamp.py": LAMP["lamp.py"] + "# more\n", "untracked.txt": "mine\n"})
    committed = user.call(repo, ["git", "commit", "--quiet", "--all", "--message", "More"])
    assert committed.code == 0, committed.err
    assert targets(Ran(4, (user.folder / "answer").read_text(), "")) == [LAMP_TEST]
    assert git(repo, "show", "--format=%s", "--name-status").split() == ["More", "M", "lamp.py"]
    assert git(repo, "status", "--porcelain").split() == ["??", "untracked.txt"]


# Where there is nothing to work on.


@pytest.mark.parametrize("cwd", ["bare.git", "repo/.git"])
def test_without_a_work_tree_there_is_nothing_to_fix(cwd: str, user: User) -> None:
    new_repository(user.folder / "repo", LAMP)
    subprocess.run(["git", "clone", "-q", "--bare", "repo", "bare.git"], cwd=user.folder, check=True)
    assert checked(user.regreen(user.folder / cwd, "fix", "--json")) == (2, "usage")


def test_without_a_sandbox_it_works_and_says_so(user: User) -> None:
    repo = new_repository(user.folder / "repo", LAMP)
    ran = user.without_sandbox(repo, "fix", "--json", "--max-steps", "0")
    assert targets(ran) == [LAMP_TEST]
    assert "sandbox: none (start: bwrap is not on PATH); nothing is enforced" in ran.err


@needs_landlock
def test_without_bubblewrap_landlock_is_taken_and_the_run_says_so(user: User) -> None:
    repo = new_repository(user.folder / "repo", LAMP)
    path = path_without_bubblewrap(user.folder / "bin")
    ran = user.regreen(repo, "fix", "--json", variables={"PATH": path})
    assert checked(ran) == (0, "proved")
    assert "sandbox: landlock and seccomp" in ran.err
    started = next(iter(read_journal(Path(ran.answer["journal"]))))
    assert "sandbox: landlock and seccomp" in started.fields["sandbox"]


# What is printed.


def test_an_error_is_one_line_and_a_hint(user: User) -> None:
    ran = user.regreen(new_repository(user.folder / "repo", LAMP), "fix", "--model", "gpt-4.1")
    assert (ran.code, ran.out) == (2, "")
    assert [line.split(":")[0] for line in ran.err.splitlines()] == ["regreen", "hint"]


def test_no_command_at_all_prints_the_help_and_no_error(user: User) -> None:
    ran = user.regreen(user.folder)
    assert "Usage: regreen" in ran.out
    assert ran.err == ""


def test_where_there_is_no_terminal_there_are_no_escape_codes(user: User) -> None:
    repo = new_repository(user.folder / "repo", LAMP)
    for arguments in (["fix", "--max-steps", "0"], ["show"], ["runs"], ["doctor"], ["--help"], ["fix", "--nope"]):
        ran = user.regreen(repo, *arguments)
        assert ESCAPE not in ran.out + ran.err, arguments


@pytest.mark.parametrize("command", [[], ["fix"], ["apply"], ["show"], ["runs"], ["doctor"], ["demo"]], ids=" ".join)
def test_help_is_there_for_every_command(command: list[str], user: User) -> None:
    ran = user.regreen(user.folder, *command, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert "Usage: regreen" in ran.out


def test_completion_is_shown_and_completes(user: User) -> None:
    shown = user.call(user.folder, ["bash", "-c", f"'{REGREEN}' --show-completion; exit $?"])
    assert (shown.code, "complete -o default -F _regreen_completion regreen" in shown.out) == (0, True)
    asked = {"_REGREEN_COMPLETE": "complete_bash", "COMP_WORDS": "regreen fix --sand", "COMP_CWORD": "2"}
    assert user.regreen(user.folder, variables=asked).out.split() == ["--sandbox"]
