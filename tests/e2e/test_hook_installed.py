"""The hook called by git itself and by pre-commit: commits and pushes of a user."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e._hooked import BAD, GOOD, RED, new_shop, stage
from tests.e2e._repositories import new_repository
from tests.e2e._support import REGREEN, Ran, User
from tests.support import git, write_files

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
PRE_COMMIT = Path(sys.executable).with_name("pre-commit")
ENOUGH = "[hook]\nmax_seconds = 120\n"
BETTER = GOOD.replace("sum(prices)", "sum(list(prices))")


@pytest.fixture
def shop(user: User) -> Path:
    """The shop, with time enough for its hook whatever else the machine does."""
    repo = new_shop(user.folder / "shop")
    stage(repo, {"regreen.toml": ENOUGH})
    git(repo, "commit", "-q", "-m", "Time")
    return repo


def commit(user: User, repo: Path, *arguments: str) -> Ran:
    return user.call(repo, ["git", "commit", "-q", "-m", "Change", *arguments])


def heads(repo: Path) -> int:
    return len(git(repo, "rev-list", "HEAD").split())


def test_git_refuses_a_red_commit_and_makes_a_green_one(user: User, shop: Path) -> None:
    assert user.regreen(shop, "hook", "install").code == 0
    stage(shop, {"cart.py": BAD})
    ran = commit(user, shop)
    assert (ran.code, RED in ran.err, heads(shop)) == (1, True, 2)
    assert user.regreen(shop, "apply", "--run", "last", "--index").code == 0
    assert git(shop, "diff", "--cached", "--name-only") == ""
    stage(shop, {"cart.py": BETTER})
    assert (commit(user, shop), heads(shop)) == (Ran(0, "", ""), 3)


def test_git_is_asked_for_the_index_of_a_commit_of_all_or_of_one_path(user: User, shop: Path) -> None:
    assert user.regreen(shop, "hook", "install").code == 0
    write_files(shop, {"cart.py": BAD, "README.md": "More.\n"})
    assert (commit(user, shop, "-a").code, heads(shop)) == (1, 2)
    assert (commit(user, shop, "README.md").code, heads(shop)) == (0, 3)
    assert git(shop, "status", "--short") == " M cart.py"


def test_an_empty_commit_passes_in_silence(user: User, shop: Path) -> None:
    assert user.regreen(shop, "hook", "install").code == 0
    assert (commit(user, shop, "--allow-empty"), heads(shop)) == (Ran(0, "", ""), 3)


def test_a_hook_that_is_there_is_kept_and_runs_first(user: User, shop: Path) -> None:
    hook = shop / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho the old one >&2\nexit 7\n")
    hook.chmod(0o755)
    for _ in range(2):
        assert user.regreen(shop, "hook", "install").code == 0
    kept = hook.with_name("pre-commit.before-regreen")
    assert sorted(path.name for path in hook.parent.glob("*pre-commit*") if path.suffix != ".sample") == [
        "pre-commit",
        kept.name,
    ]
    stage(shop, {"README.md": "More.\n"})
    assert (commit(user, shop), heads(shop)) == (Ran(1, "", "the old one\n"), 2)
    kept.write_text("#!/bin/sh\necho the old one >&2\n")
    assert (commit(user, shop), heads(shop)) == (Ran(0, "", "the old one\n"), 3)


def test_another_hook_beside_a_kept_one_is_left_alone(user: User, shop: Path) -> None:
    hook = shop / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    for file in (hook, hook.with_name("pre-commit.before-regreen")):
        file.write_text("#!/bin/sh\n")
    ran = user.regreen(shop, "hook", "install")
    assert (ran.code, hook.read_text()) == (2, "#!/bin/sh\n")


def test_the_hooks_folder_is_the_one_that_git_looks_in(user: User, shop: Path) -> None:
    git(shop, "config", "core.hooksPath", "our/hooks")
    ran = user.regreen(shop, "hook", "install")
    assert ran.out.splitlines()[0] == f"written: {shop}/our/hooks/pre-commit"
    stage(shop, {"cart.py": BAD})
    assert commit(user, shop).code == 1


def test_linked_work_trees_share_the_hook_and_commit_at_once(user: User, shop: Path) -> None:
    linked = user.folder / "linked"
    git(shop, "worktree", "add", "-q", str(linked))
    assert user.regreen(linked, "hook", "install").out == f"written: {shop}/.git/hooks/pre-commit\n"
    for repo, text in ((shop, BETTER), (linked, BAD)):
        stage(repo, {"cart.py": text})
    both = [
        subprocess.Popen(
            ["git", "commit", "-q", "-m", "Change"], cwd=repo, env=user.variables, stderr=subprocess.DEVNULL
        )
        for repo in (shop, linked)
    ]
    assert [process.wait() for process in both] == [0, 1]
    assert (heads(shop), heads(linked)) == (3, 2)


def test_a_folder_that_takes_no_hook_is_said_in_a_line(user: User, shop: Path) -> None:
    git(shop, "config", "core.hooksPath", "README.md/hooks")
    ran = user.regreen(shop, "hook", "install")
    assert (ran.code, ran.out) == (5, "")
    assert ran.err.startswith("regreen: the hook cannot be written: Not a directory: ")


def test_a_hook_whose_regreen_is_gone_lets_the_commit_pass(user: User, shop: Path) -> None:
    assert user.regreen(shop, "hook", "install").code == 0
    hook = shop / ".git" / "hooks" / "pre-commit"
    hook.write_text(hook.read_text().replace(str(REGREEN), "/nowhere/regreen"))
    stage(shop, {"cart.py": BAD})
    ran = user.call(shop, ["git", "commit", "-q", "-m", "Change"], variables={"PATH": "/usr/bin:/bin"})
    assert (ran, heads(shop)) == (Ran(0, "", "regreen: not checked: /nowhere/regreen is gone\n"), 3)


def test_what_is_pushed_is_checked(user: User, shop: Path) -> None:
    git(user.folder, "init", "-q", "--bare", "there.git")
    git(shop, "remote", "add", "origin", "../there.git")
    assert user.regreen(shop, "hook", "install", "--stage", "pre-push").code == 0
    assert user.call(shop, ["git", "push", "-q", "origin", "main"]).code == 0
    stage(shop, {"cart.py": BAD})
    git(shop, "commit", "-q", "-m", "Bad")
    write_files(shop, {"cart.py": GOOD})  # what lies in the tree is not pushed
    ran = user.call(shop, ["git", "push", "-q", "origin", "main"])
    assert (ran.code, RED in ran.out) == (1, True)
    ran = user.call(shop, ["git", "push", "-q", "origin", "HEAD:refs/heads/other"])
    assert (ran.code, RED in ran.out) == (1, True)
    assert user.call(shop, ["git", "push", "-q", "origin", "HEAD~1:refs/heads/other"]).code == 0
    assert user.call(shop, ["git", "push", "-q", "origin", ":refs/heads/other"]).code == 0


needs_pre_commit = pytest.mark.skipif(not PRE_COMMIT.exists(), reason="pre-commit is not installed")


@pytest.fixture
def hooked(user: User, shop: Path) -> Path:
    """The shop with pre-commit, which takes the hook from a repository with our manifest."""
    manifest = (ROOT / ".pre-commit-hooks.yaml").read_text()
    for old, new in (("entry: regreen ", f"entry: {REGREEN} "), ("language: python", "language: system")):
        assert old in manifest
        manifest = manifest.replace(old, new)
    origin = new_repository(user.folder / "origin", {".pre-commit-hooks.yaml": manifest})
    config = f"repos:\n- repo: {origin}\n  rev: {git(origin, 'rev-parse', 'HEAD')}\n  hooks:\n  - id: regreen\n"
    stage(shop, {".pre-commit-config.yaml": config})
    git(shop, "commit", "-q", "-m", "pre-commit")
    ran = user.call(shop, [PRE_COMMIT, "install", "-t", "pre-commit", "-t", "pre-push"])
    assert ran.code == 0, ran.err
    return shop


@needs_pre_commit
def test_pre_commit_takes_the_manifest(user: User) -> None:
    assert user.call(ROOT, [PRE_COMMIT, "validate-manifest", ".pre-commit-hooks.yaml"]).code == 0


@needs_pre_commit
def test_pre_commit_refuses_a_red_commit_and_gives_back_what_is_not_staged(user: User, hooked: Path) -> None:
    stage(hooked, {"cart.py": BAD})
    write_files(hooked, {"cart.py": f"{BAD}# not staged\n", "new.txt": "new\n"})
    index = git(hooked, "ls-files", "--stage")
    ran = commit(user, hooked)
    assert (ran.code, RED in ran.err, heads(hooked)) == (1, True, 3), ran.err
    assert git(hooked, "ls-files", "--stage") == index
    assert (hooked / "cart.py").read_text() == f"{BAD}# not staged\n"
    stage(hooked, {"cart.py": BETTER})
    assert (commit(user, hooked).code, heads(hooked)) == (0, 4)


@needs_pre_commit
def test_pre_commit_checks_all_files_and_a_range(user: User, hooked: Path) -> None:
    stage(hooked, {"cart.py": BAD})
    git(hooked, "commit", "-q", "--no-verify", "-m", "Bad")
    everything = user.call(hooked, [PRE_COMMIT, "run", "--all-files"])
    assert (everything.code, "1 of 3 tests" in everything.out) == (1, True)
    ranged = user.call(hooked, [PRE_COMMIT, "run", "--from-ref", "HEAD~1", "--to-ref", "HEAD"])
    assert (ranged.code, "1 of 2 tests" in ranged.out) == (1, True)


@needs_pre_commit
def test_pre_commit_passes_a_deletion_and_an_empty_commit(user: User, hooked: Path) -> None:
    git(hooked, "rm", "-q", "label.py")
    assert commit(user, hooked).code == 1  # its test is left without it
    git(hooked, "rm", "-q", "test_label.py")
    assert (commit(user, hooked).code, commit(user, hooked, "--allow-empty").code) == (0, 0)


@needs_pre_commit
def test_pre_commit_checks_what_is_pushed(user: User, hooked: Path) -> None:
    git(user.folder, "init", "-q", "--bare", "there.git")
    git(hooked, "remote", "add", "origin", "../there.git")
    git(hooked, "push", "-q", "--no-verify", "origin", "main")
    stage(hooked, {"cart.py": BAD})
    git(hooked, "commit", "-q", "--no-verify", "-m", "Bad")
    ran = user.call(hooked, ["git", "push", "-q", "origin", "main"])
    assert (ran.code, RED in ran.out + ran.err) == (1, True)
