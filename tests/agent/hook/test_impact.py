"""Which tests a staged change can affect, at first and once lines are known; and how lines are carried on."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from agent.hook.impact import Impact, below, impact_of
from agent.hook.spectra import carried_over
from agent.hook.subject import Subject, pushed, ranged, staged, tree_id
from tests.support import commit_all, git, new_repository, write_files
from tools.testing.memory import Memory
from tools.testing.results import TestRun, TestStatus
from tools.workspace.git import Repository, find_repository

PASSED = TestStatus.PASSED
FILES = {
    "a.py": "def one():\n    return 1\n\n\ndef two():\n    return 2\n",
    "b.py": "import a\n",
    "test_a.py": "import a\n\ndef test_one():\n    a.one()\n\ndef test_two():\n    a.two()\n",
    "test_b.py": "import b\n\ndef test_b():\n    b.a.one()\n",
    "test_c.py": "def test_c():\n    pass\n",
    "data.txt": "data\n",
}
# What these tests ran of a.py.
LINES = {
    "test_a.py::test_one": {"a.py": frozenset({2})},
    "test_a.py::test_two": {"a.py": frozenset({6})},
    "test_b.py::test_b": {"a.py": frozenset({2})},
    "test_c.py::test_c": {"test_c.py": frozenset({2})},
}
KNOWN = TestRun(statuses=dict.fromkeys(LINES, PASSED), lines=LINES, durations=dict.fromkeys(LINES, 0.5), complete=True)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return new_repository(tmp_path / "repo", FILES)


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "memory", "spectra")


def impact(repository: Repository, memory: Memory, files: Mapping[str, str], *removed: str) -> Impact:
    write_files(repository.root, files)
    for path in removed:
        (repository.root / path).unlink()
    git(repository.root, "add", "-A")
    return impact_of(repository, staged(repository, {}, repository.root, everything=False), memory)


def remember(repository: Repository, memory: Memory) -> None:
    memory.put(tree_id(repository, "HEAD"), KNOWN)


ONE = FILES["a.py"].replace("return 1", "return 1 + 0")
FIRST: dict[str, tuple[dict[str, str], tuple[str, ...], tuple[str, ...]]] = {
    "nothing": ({}, (), ()),
    "data": ({"data.txt": "other\n"}, (), ()),
    "a module": ({"a.py": ONE}, (), ("test_a.py", "test_b.py")),
    "a module's importer": ({"b.py": "import a\n\nx = 1\n"}, (), ("test_b.py",)),
    "a test": ({"test_c.py": "def test_c():\n    assert 1\n"}, (), ("test_c.py",)),
    "a new test": ({"test_d.py": "def test_d():\n    pass\n"}, (), ("test_d.py",)),
    "what is removed": ({}, ("b.py",), ("test_b.py",)),
    "a test that is removed": ({}, ("test_b.py",), ()),
    "a project's version": ({"pyproject.toml": "[project]\nversion = '2'\n"}, (), ()),
    "how tests are run": ({"pytest.ini": "[pytest]\n"}, (), ("test_a.py", "test_b.py", "test_c.py")),
}


@pytest.mark.parametrize(("files", "removed", "tests"), FIRST.values(), ids=FIRST)
def test_at_first_imports_tell_which_tests_can_be_affected(
    repository: Repository, memory: Memory, files: dict[str, str], removed: tuple[str, ...], tests: tuple[str, ...]
) -> None:
    found = impact(repository, memory, files, *removed)
    assert found.tests == tests
    assert found.by_root() == ({".": () if len(tests) == 3 else tests} if tests else {})


def test_once_lines_are_known_only_tests_that_ran_a_changed_function_can_be_affected(
    repository: Repository, memory: Memory
) -> None:
    remember(repository, memory)
    found = impact(repository, memory, {"a.py": ONE})
    assert found.tests == ("test_a.py::test_one", "test_b.py")
    assert found.known_seconds == 1.0
    assert impact(repository, memory, {"a.py": f"X = 1\n{FILES['a.py']}"}).tests == ("test_a.py", "test_b.py")


def test_a_file_that_changed_since_its_lines_were_seen_counts_whole(repository: Repository, memory: Memory) -> None:
    remember(repository, memory)
    write_files(repository.root, {"a.py": FILES["a.py"].replace("return 2", "return 3")})
    commit_all(repository.root)
    found = impact(find_repository(repository.root), memory, {"a.py": ONE})
    assert found.tests == ("test_a.py", "test_b.py")


def test_lines_move_with_the_text_around_them(repository: Repository, memory: Memory) -> None:
    remember(repository, memory)
    found = impact(repository, memory, {"a.py": FILES["a.py"].replace("    return 1", "    x = 1\n    return x")})
    ran = TestRun(
        statuses={"test_a.py::test_one": PASSED, "test_b.py::test_b": PASSED},
        lines={"test_a.py::test_one": {"a.py": frozenset({2, 3})}},
        complete=True,
    )
    known = carried_over(found, ran)
    assert known.lines == {
        "test_a.py::test_one": {"a.py": frozenset({2, 3})},
        "test_a.py::test_two": {"a.py": frozenset({7})},
        "test_c.py::test_c": {"test_c.py": frozenset({2})},
    }
    assert set(known.statuses) == set(LINES)


def test_tests_that_are_gone_from_a_file_that_ran_whole_are_forgotten(repository: Repository, memory: Memory) -> None:
    remember(repository, memory)
    found = impact(repository, memory, {"test_a.py": "def test_new():\n    pass\n"})
    ran = TestRun(statuses={"test_a.py::test_new": PASSED}, complete=True)
    assert set(carried_over(found, ran).statuses) == {"test_a.py::test_new", "test_b.py::test_b", "test_c.py::test_c"}


def test_node_ids_of_a_project_below_count_from_the_tree() -> None:
    run = TestRun(statuses={"test_x.py::t": PASSED}, lines={"test_x.py::t": {}}, durations={"test_x.py::t": 1.0})
    assert below(".", run) is run
    assert below("sub", run) == TestRun(
        statuses={"sub/test_x.py::t": PASSED}, lines={"sub/test_x.py::t": {}}, durations={"sub/test_x.py::t": 1.0}
    )


def test_several_projects_are_run_from_their_own_folders(repository: Repository, memory: Memory) -> None:
    both = {"one/pytest.ini": "", "one/test_x.py": "", "two/pytest.ini": "", "two/test_y.py": ""}
    assert impact(repository, memory, both).by_root() == {
        "one": ("test_x.py",),
        "two": ("test_y.py",),
        ".": ("test_a.py", "test_b.py", "test_c.py"),
    }


def test_what_is_staged_is_read_from_the_index_that_git_names(repository: Repository) -> None:
    write_files(repository.root, {"a.py": ONE})
    git(repository.root, "add", "-A")
    (repository.root / "other-index").write_bytes((repository.root / ".git" / "index").read_bytes())
    git(repository.root, "reset", "-q", "--hard")
    head = tree_id(repository, "HEAD")
    assert staged(repository, {}, repository.root, everything=False) == Subject(head, repository.head)
    named = staged(repository, {"GIT_INDEX_FILE": "other-index"}, repository.root, everything=False)
    assert git(repository.root, "show", f"{named.tree}:a.py") == ONE.rstrip("\n")


def test_pre_commit_without_anything_staged_asks_for_everything(repository: Repository) -> None:
    environ = {"PRE_COMMIT": "1"}
    assert staged(repository, environ, repository.root, everything=False).everything
    by_git = {**environ, "GIT_INDEX_FILE": ".git/index"}  # an empty commit
    assert not staged(repository, by_git, repository.root, everything=False).everything


def test_a_range_begins_where_its_commits_left_the_other(repository: Repository) -> None:
    start = repository.head
    git(repository.root, "checkout", "-q", "-b", "side")
    side = commit_all(repository.root)
    git(repository.root, "checkout", "-q", "main")
    write_files(repository.root, {"main.txt": ""})
    commit_all(repository.root)
    assert ranged(repository, "main", "side") == Subject(tree_id(repository, side), start, side)


def test_what_is_pushed_is_what_the_other_side_has_not(repository: Repository, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "there.git")
    git(repository.root, "remote", "add", "origin", "../there.git")
    none, first = "0" * 40, str(repository.head)
    second = commit_all(repository.root)
    tree = tree_id(repository, second)

    def asked(local: str, there: str) -> list[Subject]:
        return pushed(repository, [f"refs/heads/main {local} refs/heads/main {there}"], "origin")

    assert asked(second, none) == [Subject(tree, None, second)]
    assert asked(none, second) == []
    assert asked(second, first) == [Subject(tree, first, second)]
    git(repository.root, "push", "-q", "origin", f"{first}:refs/heads/main")
    assert asked(second, none) == [Subject(tree, first, second)]
    assert asked(second, "1" * 40) == [Subject(tree, first, second)]
