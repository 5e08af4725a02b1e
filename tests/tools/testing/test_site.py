"""A site runs the code of its checkout, never the user's own, however that is installed."""

import dataclasses
import os
import shutil
import venv
from contextlib import closing
from pathlib import Path

import pytest

from tests.support import FENCES, Fence, git, new_repository, own_python, write_files
from tools.testing.environment import environment_for_tests
from tools.testing.interpreter import Interpreter, probe
from tools.testing.run import Runner
from tools.testing.site import Sites
from tools.workspace.git import Repository, find_repository
from tools.workspace.sandbox.none import NoSandbox

LONG = 120.0
FILES = {
    "src/pkg/__init__.py": "VALUE = 1\n",
    "tests/test_value.py": "import pkg\n\ndef test_value():\n    assert pkg.VALUE == 1, pkg.__file__\n",
    ".gitignore": ".venv/\n",
}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return new_repository(tmp_path / "repo", FILES)


def installed(repository: Repository, environment: Path) -> Interpreter:
    """An environment that sees our pytest and, as an editable install would, the user's own source folder."""
    venv.create(environment, symlinks=True, with_pip=False)
    site = next((environment / "lib").glob("python*")) / "site-packages"
    ours = [str(path) for path in own_python().path if path.name == "site-packages"]
    write_files(site, {"ours.pth": "\n".join([*ours, str(repository.root / "src")]) + "\n"})
    return probe(environment / "bin" / "python", "test")


def sites(repository: Repository, interpreter: Interpreter, fence: Fence, home: Path) -> Sites:
    return Sites(repository, interpreter, fence, ".", environment_for_tests(os.environ), home)


@pytest.mark.parametrize("fence", FENCES)
@pytest.mark.parametrize("where", ["outside", "repo/.venv"])
def test_the_checkouts_code_is_tested_though_an_editable_install_names_the_users(
    repository: Repository, tmp_path: Path, fence: Fence, where: str
) -> None:
    interpreter = installed(repository, tmp_path / where)
    assert repository.head
    site = sites(repository, interpreter, fence, tmp_path / "sites").open(repository.head)
    write_files(site.workspace.tree, {"src/pkg/__init__.py": "VALUE = 2\n"})
    run = site.runner.run(timeout_seconds=LONG)
    assert (run.red, run.foreign_modules, run.complete) == (("tests/test_value.py::test_value",), (), True)
    assert run.failures["tests/test_value.py::test_value"].message.startswith(
        f"{site.runner.sandbox.tree}/src/pkg/__init__.py"
    )


def test_code_of_the_users_tree_is_reported_when_it_was_loaded(repository: Repository, tmp_path: Path) -> None:
    interpreter = installed(repository, tmp_path / "outside")
    assert repository.head
    site = sites(repository, interpreter, NoSandbox, tmp_path / "sites").open(repository.head)
    room = dataclasses.replace(site.runner.sandbox.room, import_roots=())  # type: ignore[attr-defined]
    assert isinstance(site.runner, Runner)
    runner = dataclasses.replace(site.runner, sandbox=NoSandbox(room))
    assert runner.run(timeout_seconds=LONG).foreign_modules == ("pkg",)


def test_sites_that_are_open_at_once_are_apart(repository: Repository, tmp_path: Path) -> None:
    opened = sites(repository, own_python(), NoSandbox, tmp_path / "sites")
    assert repository.head
    one, other = opened.open(repository.head), opened.open(repository.head)
    assert one.workspace.home != other.workspace.home
    write_files(one.workspace.tree, {"src/pkg/__init__.py": "VALUE = 3\n"})
    assert (other.workspace.tree / "src/pkg/__init__.py").read_text() == "VALUE = 1\n"


def test_a_site_given_back_serves_its_commit_again_without_the_patch_it_had(
    repository: Repository, tmp_path: Path
) -> None:
    opener = sites(repository, own_python(), NoSandbox, tmp_path / "sites")
    assert repository.head
    with closing(opener.open(repository.head)) as first:
        write_files(first.workspace.tree, {"src/pkg/__init__.py": "VALUE = 2\n", "new.py": ""})
        first.workspace.accept(["src/pkg/__init__.py", "new.py"])
        write_files(first.workspace.tree, {"left by a test": ""})
    again = opener.open(repository.head)
    other = opener.open(repository.head)
    assert (again is first, other.workspace.home == first.workspace.home) == (True, False)
    assert (again.workspace.tree / "src/pkg/__init__.py").read_text() == "VALUE = 1\n"
    assert sorted(path.name for path in again.workspace.tree.iterdir()) == [".git", ".gitignore", "src", "tests"]
    assert again.workspace.diff() == ""


def test_a_judge_gets_a_site_that_nobody_had(repository: Repository, tmp_path: Path) -> None:
    opener = sites(repository, own_python(), NoSandbox, tmp_path / "sites")
    assert repository.head
    with closing(opener.open(repository.head)) as first:
        pass
    anew = opener.open(repository.head, anew=True)
    assert anew.workspace.home != first.workspace.home
    assert opener.open(repository.head) is first


def test_what_is_of_another_commit_or_cannot_be_put_back_is_removed(repository: Repository, tmp_path: Path) -> None:
    opener = sites(repository, own_python(), NoSandbox, tmp_path / "sites")
    (repository.root / "more.py").write_text("")
    git(repository.root, "add", "more.py")
    git(repository.root, "commit", "-q", "-m", "more")
    later = find_repository(repository.root).head
    assert repository.head
    assert later
    with closing(opener.open(repository.head)) as of_another:
        pass
    with closing(opener.open(later)) as broken:
        shutil.rmtree(broken.workspace.git_dir)
    last = opener.open(later)
    assert not of_another.workspace.home.exists()
    assert not broken.workspace.home.exists()
    assert (last.workspace.tree / "more.py").exists()
