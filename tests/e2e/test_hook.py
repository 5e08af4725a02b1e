"""`regreen hook` on everything that can be staged: what it says, and that nothing of the user's is touched."""

from pathlib import Path

import pytest

from tests.e2e._fingerprint import Fingerprint, changed, fingerprint
from tests.e2e._hooked import (
    BAD,
    GOOD,
    GREENS,
    RED,
    REDS,
    Prepare,
    branch_in_conflict,
    cannot_be_loaded,
    new_shop,
    no_pytest,
    stage,
)
from tests.e2e._support import Ran, User
from tests.support import git, write_files

pytestmark = pytest.mark.slow
ENOUGH = "120"  # seconds, whatever else the machine does


def seen(repo: Path) -> Fingerprint:
    """Everything of the user's, the time of his index too."""
    status = (repo / git(repo, "rev-parse", "--git-path", "index")).stat()
    return {**fingerprint(repo), "index's time": (status.st_mtime_ns, status.st_ino)}


def checked(user: User, repo: Path, *arguments: str) -> Ran:
    """A call of the hook that changed nothing and left nothing behind."""
    before = seen(repo)
    ran = user.regreen(repo, "hook", *arguments)
    assert changed(before, seen(repo)) == []
    assert user.left_behind() == []
    return ran


@pytest.mark.parametrize("what", GREENS)
def test_what_breaks_nothing_is_passed_in_silence(user: User, what: str) -> None:
    repo = new_shop(user.folder / "shop")
    GREENS[what](repo)
    ran = checked(user, repo, "--max-seconds", ENOUGH)
    assert (ran.code, ran.out, ran.err) == (0, "", "")


@pytest.mark.parametrize(("prepare", "words"), REDS.values(), ids=REDS)
def test_what_breaks_a_test_is_refused_and_told(user: User, prepare: Prepare, words: tuple[str, ...]) -> None:
    repo = new_shop(user.folder / "shop")
    prepare(repo)
    ran = checked(user, repo, "--max-seconds", ENOUGH)
    assert ran.code == 1, ran.err
    assert [word for word in words if word not in ran.out] == []
    assert "test_label.py::test_label" not in ran.out


def test_a_patch_is_proposed_against_what_is_staged(user: User) -> None:
    repo = new_shop(user.folder / "shop")
    stage(repo, {"cart.py": BAD})
    write_files(repo, {"cart.py": f"{BAD}\n\n# not staged\n"})
    ran = checked(user, repo, "--max-seconds", ENOUGH)
    assert "\n-    return sum(prices) + discount\n+    return sum(prices) - discount\n" in ran.out
    assert "a patch, plausible: " in ran.out
    assert "not staged" not in ran.out
    assert "regreen apply --run last" in ran.out
    assert user.regreen(repo, "apply", "--run", "last").code == 0
    assert (repo / "cart.py").read_text() == f"{GOOD}\n\n# not staged\n"


def test_autofix_writes_to_the_work_tree_alone_and_fails(user: User) -> None:
    repo = new_shop(user.folder / "shop")
    stage(repo, {"cart.py": BAD})
    index = git(repo, "ls-files", "--stage")
    ran = user.regreen(repo, "hook", "--autofix", "--max-seconds", ENOUGH)
    assert (ran.code, (repo / "cart.py").read_text(), git(repo, "ls-files", "--stage")) == (1, GOOD, index)
    assert ran.out.endswith("written to the work tree, not staged: cart.py\n")
    git(repo, "add", "-A")
    assert checked(user, repo, "--autofix", "--max-seconds", ENOUGH) == Ran(0, "", "")


def test_only_tests_that_ran_a_changed_function_run_once_their_lines_are_known(user: User) -> None:
    repo = new_shop(user.folder / "shop")
    two = f"{GOOD}\n\ndef count(items):\n    return len(items)\n"
    test = "\n\ndef test_count():\n    from cart import count\n\n    assert count([1]) == 1\n"
    stage(repo, {"cart.py": two, "test_cart.py": (repo / "test_cart.py").read_text() + test})
    assert checked(user, repo, "--max-seconds", ENOUGH).code == 0
    git(repo, "commit", "-q", "-m", "Count")
    stage(repo, {"cart.py": two.replace("len(items)", "len(items) + 1")})
    ran = checked(user, repo, "--max-seconds", ENOUGH)
    assert (ran.code, ran.out.splitlines()[0]) == (1, "regreen: 1 of 1 tests that the change can affect are red")


TROUBLES: dict[str, tuple[Prepare, tuple[str, ...], str, int]] = {
    "conflicts": (lambda repo: branch_in_conflict(repo, "merge"), (), "conflicts are not resolved yet", 5),
    "no interpreter": (
        lambda repo: stage(repo, {"cart.py": BAD}),
        ("--python", "/nowhere/python"),
        "/nowhere/python does not run as a Python interpreter",
        2,
    ),
    "no pytest": (
        no_pytest,
        ("--max-seconds", ENOUGH),
        "pytest did not come to its end",
        5,
    ),
    "a slow test": (
        lambda repo: stage(repo, {"test_slow.py": "import time\n\n\ndef test_slow():\n    time.sleep(100)\n"}),
        ("--max-seconds", "4"),
        "the tests did not end in time, of 4 s in all",
        4,
    ),
    "a test that cannot be loaded before either": (
        cannot_be_loaded,
        ("--max-seconds", ENOUGH),
        "test_cart.py cannot be collected: ModuleNotFoundError: No module named 'nowhere'",
        5,
    ),
}


@pytest.mark.parametrize(("prepare", "arguments", "words", "strict_code"), TROUBLES.values(), ids=TROUBLES)
def test_trouble_of_its_own_is_one_line_and_lets_the_commit_pass(
    user: User, prepare: Prepare, arguments: tuple[str, ...], words: str, strict_code: int
) -> None:
    repo = new_shop(user.folder / "shop")
    prepare(repo)
    ran = checked(user, repo, *arguments)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.splitlines()[-1].startswith(f"regreen: not checked: {words}")
    strict = checked(user, repo, *arguments, "--strict")
    assert (strict.code, strict.out) == (strict_code, "")
    assert f"regreen: {words}" in strict.err


def test_what_there_was_no_time_for_is_named(user: User) -> None:
    repo = new_shop(user.folder / "shop")
    stage(repo, {"test_slow.py": "import time\n\n\ndef test_slow():\n    time.sleep(100)\n"})
    ran = checked(user, repo, "--max-seconds", "4")
    assert "not run for want of time: test_slow.py" in ran.err


def test_bad_configuration_is_said(user: User) -> None:
    repo = new_shop(user.folder / "shop")
    write_files(repo, {"pyproject.toml": "[tool.regreen.hook]\nmax_second = 3\n"})
    ran = checked(user, repo)
    assert (ran.code, ran.out) == (2, "")
    assert "unknown setting 'max_second' in pyproject.toml [tool.regreen], section hook" in ran.err


def test_settings_come_from_the_section_of_the_hook(user: User) -> None:
    repo = new_shop(user.folder / "shop")
    stage(repo, {"test_slow.py": "import time\n\n\ndef test_slow():\n    time.sleep(100)\n"})
    write_files(repo, {"regreen.toml": "[hook]\nmax-seconds = 4\nstrict = true\n"})
    ran = checked(user, repo)
    assert (ran.code, ran.out) == (4, "")


def test_a_commit_can_be_checked_against_another(user: User) -> None:
    repo = new_shop(user.folder / "shop")
    stage(repo, {"cart.py": BAD})
    git(repo, "commit", "-q", "-m", "Bad")
    ran = checked(user, repo, "--from-ref", "HEAD~1", "--max-seconds", ENOUGH)
    assert (ran.code, RED in ran.out) == (1, True)
    assert checked(user, repo, "--from-ref", "nowhere").code == 2


def test_all_files_runs_every_test(user: User) -> None:
    repo = new_shop(user.folder / "shop")
    stage(repo, {"cart.py": BAD})
    git(repo, "commit", "-q", "-m", "Bad")
    assert checked(user, repo) == Ran(0, "", "")
    ran = checked(user, repo, "--all-files", "--max-seconds", ENOUGH)
    assert (ran.code, ran.out.splitlines()[0]) == (1, "regreen: 1 of 3 tests that the change can affect are red")
