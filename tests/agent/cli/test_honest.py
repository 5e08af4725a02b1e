"""Honest runs: what is hidden, what is refused, what is said, and what the manifest holds."""

import venv
from dataclasses import replace
from pathlib import Path

import pytest

from agent.cli.honest import Blinds, blinded, honest_flags, is_benchmark, task_hash
from agent.cli.places import Apart, Place
from agent.core.config import Config
from agent.core.errors import InfraFailure
from agent.core.task import Task
from agent.trace.runs import run_store
from tests.support import commit_all, git, needs_bubblewrap, new_repository, new_sites, own_python, write_files
from tools.testing.interpreter import Interpreter, probe
from tools.testing.site import Sites
from tools.workspace.checkout import make_export, make_worktree
from tools.workspace.git import Repository, find_repository
from tools.workspace.sandbox.bubblewrap import Bubblewrap

ON = Config(honest="on")
FILES = {"lamp/__init__.py": "LIT = 1\n", "lamp/core.py": "", "test_lamp.py": "", ".gitignore": "out/\n.venv/\n"}
RELEASE = {"lamp/__init__.py": "LIT = 2\n", "lamp/core.py": "",
           "lamp-2.0.dist-info/METADATA": "Name: lamp\nVersion: 2.0\n",
           "lamp-2.0.dist-info/RECORD": "lamp/__init__.py,,\nlamp/core.py,,\n"}  # fmt: skip

SPY = "import pathlib\n\ndef test_spy():\n    assert not list(pathlib.Path('{}').iterdir())\n"
pytestmark = pytest.mark.slow


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return new_repository(tmp_path / "repo", FILES)


def place_of(repository: Repository, apart: Apart | None = None) -> Place:
    return Place(repository.root, repository, run_store(repository.common_dir, {}), apart)


def blind(
    repository: Repository, folder: Path, apart: Apart | None = None, python: Interpreter | None = None
) -> tuple[Sites, Blinds]:
    sites = new_sites(repository, folder / "sites", Bubblewrap)
    sites = replace(sites, interpreter=python or sites.interpreter)
    return blinded(sites, ON, place_of(repository, apart), str(repository.head))


def environment(folder: Path, files: dict[str, str]) -> tuple[Interpreter, Path]:
    """An environment with our pytest and these files in it."""
    venv.create(folder, symlinks=True, with_pip=False)
    site = next((folder / "lib").glob("python*")) / "site-packages"
    ours = [str(path) for path in own_python().path if path.name == "site-packages"]
    write_files(site, {"ours.pth": "\n".join(ours) + "\n", **files})
    return probe(folder / "bin" / "python", "test"), site


def test_any_other_run_is_left_alone(repository: Repository, tmp_path: Path) -> None:
    sites = new_sites(repository, tmp_path / "sites")
    assert blinded(sites, Config(), place_of(repository), str(repository.head)) == (sites, Blinds())
    assert Blinds().manifest("", "offline") is None


def test_an_honest_run_works_on_exports_and_says_what_it_is_made_with(repository: Repository, tmp_path: Path) -> None:
    sites, blinds = blind(repository, tmp_path)
    assert (sites.maker, sites.hidden) == (make_export, ())
    manifest = blinds.manifest("abc", "offline")
    assert manifest is not None
    assert {name: manifest[name] for name in ("base_tree", "python", "pytest", "task_sha256", "model", "hidden")} == {
        "base_tree": git(repository.root, "rev-parse", "HEAD^{tree}"),
        "python": own_python().version,
        "pytest": pytest.__version__,
        "task_sha256": "abc",
        "model": "offline",
        "hidden": [],
    }
    assert [len(manifest[name]) for name in ("regreen_sha256", "packages_sha256")] == [64, 64]
    assert ("xdist" in str(manifest["plugins"]), manifest["not_enforced"]) == (True, [])


@needs_bubblewrap
@pytest.mark.parametrize("where", ["env", "repo/.venv"])
def test_a_later_release_in_the_environment_cannot_be_imported(
    repository: Repository, tmp_path: Path, where: str
) -> None:
    python, site = environment(tmp_path / where, RELEASE)
    sites, blinds = blind(repository, tmp_path, python=python)
    assert (sites.hidden, blinds.facts["hidden"]) == ((site / "lamp",), [f"lamp 2.0 in {site}"])
    write_files(repository.root, {"test_spy.py": SPY.format(site / "lamp")})
    run = sites.open(commit_all(repository.root)).runner.run(timeout_seconds=120.0)
    assert run.green == ("test_spy.py::test_spy",)


def test_without_a_sandbox_it_is_said_what_is_open(repository: Repository, tmp_path: Path) -> None:
    python, site = environment(tmp_path / "env", RELEASE)
    sites = replace(new_sites(repository, tmp_path / "sites"), interpreter=python)
    _, blinds = blinded(sites, ON, place_of(repository), str(repository.head))
    assert (blinds.facts["hidden"], blinds.not_enforced) == (
        [],
        (
            "tests can reach the network",
            "tests can read the history of the clone",
            f"tests can import another copy of the project: lamp 2.0 in {site}",
        ),
    )


def test_what_pytest_runs_on_is_refused(tmp_path: Path) -> None:
    repository = new_repository(
        tmp_path / "pluggy", {"src/pluggy/__init__.py": "", "setup.cfg": "[metadata]\nname=pluggy"}
    )
    with pytest.raises(InfraFailure) as refusal:
        blind(repository, tmp_path)
    assert refusal.value.message.startswith("pytest runs on another copy of the project under test: pluggy ")


@needs_bubblewrap
def test_the_history_that_the_tree_does_not_cover_is_hidden(repository: Repository, tmp_path: Path) -> None:
    git(repository.root, "worktree", "add", "-q", str(tmp_path / "linked"))
    linked = find_repository(tmp_path / "linked")
    sites, _ = blind(linked, tmp_path)
    assert sites.hidden == (repository.root / ".git",)
    write_files(linked.root, {"test_spy.py": SPY.format(repository.root / ".git")})
    assert sites.open(commit_all(linked.root)).runner.run(timeout_seconds=120.0).green == ("test_spy.py::test_spy",)


def test_what_a_clone_borrows_objects_from_is_hidden(repository: Repository, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--shared", str(repository.root), "borrowing")
    git(tmp_path, "clone", "-q", "--shared", "borrowing", "twice")
    sites, _ = blind(find_repository(tmp_path / "twice"), tmp_path)
    assert sites.hidden == (tmp_path / "borrowing/.git/objects", repository.root / ".git/objects")


def test_a_place_apart_hides_where_the_task_and_the_results_lie(repository: Repository, tmp_path: Path) -> None:
    write_files(tmp_path, {"tasks.jsonl": "", "out/batch.json": ""})
    secret = (tmp_path / "tasks.jsonl", tmp_path / "out", tmp_path)
    sites, _ = blind(repository, tmp_path, Apart(repository, secret))
    assert (sites.maker, sites.hidden) == (make_worktree, secret[:2])


@pytest.mark.parametrize("name", ["out", "lamp/core.py", "lamp"])
def test_a_task_file_that_would_be_in_every_work_tree_is_refused(
    name: str, repository: Repository, tmp_path: Path
) -> None:
    write_files(repository.root, {"out/batch.json": "", "tasks.jsonl": ""})
    with pytest.raises(InfraFailure, match="lies inside of the clone, where tests could read it"):
        blind(repository, tmp_path, Apart(repository, (repository.root / name,)))
    sites, _ = blind(repository, tmp_path, Apart(repository, (repository.root / "tasks.jsonl",)))
    assert sites.hidden == ()  # it is no part of a work tree, which lies over it


@pytest.mark.parametrize(
    ("task", "gold", "is_one"),
    [
        (Task("a", "r", "c"), "", False),
        (Task("a", "r", ""), "diff", True),
        (Task("a", "r", "", test_patch="diff"), "", True),
        (Task("a", "r", "c", fail_to_pass=("t",)), "", True),
        (Task("a", "r", "", fail_to_pass=("t",)), "", False),
    ],
)
def test_tasks_of_benchmarks_have_a_solution_or_tests_of_their_own(task: Task, gold: str, is_one: bool) -> None:
    assert is_benchmark(task, gold) is is_one


def test_who_asks_for_it_demands_a_sandbox_unless_he_names_another_kind() -> None:
    assert [honest_flags(*given) for given in ((True, None), (True, "off"), (False, None), (None, "require"))] == [
        {"honest": "on", "sandbox": "require"},
        {"honest": "on", "sandbox": "off"},
        {"honest": "off", "sandbox": None},
        {"honest": None, "sandbox": "require"},
    ]


def test_the_hash_of_what_was_asked_is_that_of_the_row_else_of_the_issue() -> None:
    assert (task_hash("abc", "It is dark."), task_hash("", "")) == ("abc", "")
    assert len(task_hash("", "It is \udce9.")) == 64
