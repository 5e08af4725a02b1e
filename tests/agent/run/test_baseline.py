"""The state before anything is changed: targets, flaky and broken tests, and grounds that cannot be trusted."""

import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from agent.core.errors import InfraFailure, OverBudget, RegreenError, UsageProblem
from agent.core.task import Task
from agent.run.baseline import Baseline, Terms, merged, take_baseline
from agent.run.budget import Budget
from agent.run.reds import kind
from agent.run.trust import check_trustworthy
from tests.support import commit_all, new_repository, new_sites, write_files
from tools.testing.memory import Memory
from tools.testing.results import TestRun, TestStatus
from tools.workspace.git import find_repository

PASSED, FAILED = TestStatus.PASSED, TestStatus.FAILED
TWO = "def test_one():\n    pass\n\ndef test_two():\n    assert 0\n"


def baseline(
    folder: Path, files: Mapping[str, str], *selected: str, fail_to_pass: tuple[str, ...] = (), seconds: float = 120.0
) -> Baseline:
    repository = new_repository(folder / "repo", files)
    assert repository.head
    site = new_sites(repository, folder / "sites").open(repository.head)
    task = Task("x", "x", repository.head, fail_to_pass=fail_to_pass)
    return take_baseline(site, task, Terms(selected), Budget(10, seconds), lambda text: None)


def sorted_out(found: Baseline) -> tuple[tuple[str, ...], ...]:
    return found.targets, found.flaky, found.unrelated, found.broken


def refusal(kind: type[RegreenError], folder: Path, files: Mapping[str, str], *selected: str) -> str:
    with pytest.raises(kind) as refused:
        baseline(folder, files, *selected)
    return refused.value.message


def test_without_names_whatever_fails_is_the_target(tmp_path: Path) -> None:
    found = baseline(tmp_path, {"test_a.py": TWO, "m.py": ""})
    assert sorted_out(found) == (("test_a.py::test_two",), (), (), ())
    assert dict(found.run.statuses) == {"test_a.py::test_one": PASSED, "test_a.py::test_two": FAILED}
    assert set(found.run.lines) == set(found.run.statuses)


def test_all_green_has_no_target_and_is_not_run_twice(tmp_path: Path) -> None:
    found = baseline(tmp_path, {"test_a.py": "def test_one():\n    pass\n"})
    assert (sorted_out(found), dict(found.run.lines)) == (((), (), (), ()), {})


@pytest.mark.slow
@pytest.mark.parametrize("selected", ["test_a.py", "sub", "sub/test_b.py::test_two", "sub/test_c.py::test_p", "."])
def test_a_selection_narrows_the_targets_and_the_rest_is_unrelated(tmp_path: Path, selected: str) -> None:
    parametrized = "import pytest\n\n@pytest.mark.parametrize('n', [1, 2])\ndef test_p(n):\n    assert 0\n"
    found = baseline(tmp_path, {"test_a.py": TWO, "sub/test_b.py": TWO, "sub/test_c.py": parametrized}, selected)
    red = ("sub/test_b.py::test_two", "sub/test_c.py::test_p[1]", "sub/test_c.py::test_p[2]", "test_a.py::test_two")
    wanted = tuple(name for name in red if selected == "." or name.startswith(selected))
    assert (tuple(sorted(found.targets)), tuple(sorted(found.unrelated))) == (
        wanted,
        tuple(name for name in red if name not in wanted),
    )


def test_the_tasks_own_targets_come_before_the_selection(tmp_path: Path) -> None:
    files = {"test_a.py": TWO, "test_b.py": TWO}
    found = baseline(tmp_path, files, "test_b.py", fail_to_pass=("test_a.py::test_two",))
    assert sorted_out(found) == (("test_a.py::test_two",), (), ("test_b.py::test_two",), ())


def test_a_test_that_is_red_only_once_is_flaky_and_no_target(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    code = f"mark = pathlib.Path({str(mark)!r})\n    seen = mark.exists()\n    mark.touch()\n    assert seen\n"
    flaky = f"import pathlib\n\ndef test_f():\n    {code}"
    assert sorted_out(baseline(tmp_path, {"test_a.py": TWO, "test_f.py": flaky})) == (
        ("test_a.py::test_two",),
        ("test_f.py::test_f",),
        (),
        (),
    )


@pytest.mark.parametrize(
    ("test", "product", "is_broken"),
    [
        ("import not_installed_anywhere\n", "", True),
        ("from product import missing\n", "", False),
        ("import product.missing\n", "", False),
        ("import product\n", "1 / 0\n", False),
        ("1 / 0\n", "", True),
        ("def broken(:\n", "", True),
        ("import product\n", "import not_installed_anywhere\n", True),
        ("from collections import missing\n", "", True),
    ],
    ids=["a missing dependency", "a missing name of ours", "a missing module of ours", "a crash in our code",
         "a crash in the test", "a syntax error in the test", "a missing dependency of ours", "another missing name"],
)  # fmt: skip
@pytest.mark.slow
def test_a_file_that_cannot_be_collected_is_a_target_only_when_our_code_is_why(
    tmp_path: Path, test: str, product: str, is_broken: bool
) -> None:
    found = baseline(
        tmp_path, {"test_a.py": TWO, "test_b.py": f"{test}\n\ndef test_x():\n    pass\n", "product.py": product}
    )
    assert (found.targets, found.broken) == (
        ("test_a.py::test_two",) if is_broken else ("test_b.py", "test_a.py::test_two"),
        ("test_b.py",) if is_broken else (),
    )


def test_only_broken_files_are_an_infra_failure(tmp_path: Path) -> None:
    message = refusal(InfraFailure, tmp_path, {"test_a.py": "import not_installed_anywhere\n"})
    assert message == ("test_a.py cannot be collected: ModuleNotFoundError: No module named 'not_installed_anywhere'")


def test_no_tests_are_an_infra_failure(tmp_path: Path) -> None:
    assert refusal(InfraFailure, tmp_path, {"m.py": ""}) == "no tests were collected"


def test_a_broken_conftest_is_an_infra_failure_that_says_why(tmp_path: Path) -> None:
    message = refusal(InfraFailure, tmp_path, {"conftest.py": "import not_installed_anywhere\n", "test_a.py": TWO})
    why = "conftest.py cannot be loaded: ModuleNotFoundError: No module named 'not_installed_anywhere'"
    assert message == f"pytest did not come to its end: {why}"


@pytest.mark.parametrize("name", ["test_b.py", "test_a.py::test_nothing", "nowhere"])
def test_a_name_that_is_no_test_is_a_usage_problem(tmp_path: Path, name: str) -> None:
    assert refusal(UsageProblem, tmp_path, {"test_a.py": TWO}, name) == f"no test found at {name}"


def test_a_named_file_outside_the_configured_ones_is_run_too(tmp_path: Path) -> None:
    files = {"pytest.ini": "[pytest]\ntestpaths = tests\n", "tests/test_a.py": TWO, "checks/test_b.py": TWO}
    found = baseline(tmp_path, files, "checks/test_b.py")
    assert sorted_out(found) == (("checks/test_b.py::test_two",), (), ("tests/test_a.py::test_two",), ())


def test_a_suite_without_an_end_is_over_budget(tmp_path: Path) -> None:
    with pytest.raises(OverBudget):
        baseline(tmp_path, {"test_a.py": "import time\n\ndef test_a():\n    time.sleep(60)\n"}, seconds=2.0)


def test_a_run_of_the_users_own_code_is_not_trusted() -> None:
    run = TestRun(statuses={"a": PASSED}, complete=True, foreign_modules=("pkg", "pkg.a", "pkg.b", "pkg.c"))
    with pytest.raises(InfraFailure) as refusal:
        check_trustworthy(run)
    assert "(pkg, pkg.a, pkg.b)" in refusal.value.message


def test_of_two_runs_the_second_wins() -> None:
    one = TestRun(statuses={"a": PASSED, "b": PASSED}, durations={"a": 1.0}, seconds=1.0, complete=True, exit_code=0)
    other = TestRun(statuses={"b": FAILED}, durations={"b": 2.0}, seconds=2.0, complete=True, exit_code=1)
    assert merged(one, other) == TestRun(
        statuses={"a": PASSED, "b": FAILED}, durations={"a": 1.0, "b": 2.0}, seconds=3.0, complete=True, exit_code=1
    )


POLLUTED = """\
import m

def test_first():
    m.SEEN.append(1)

def test_second():
    assert m.SEEN == []

def test_third():
    assert m.double(2) == 4
"""
MODULE = "SEEN = []\n\n\ndef double(n):\n    return n + 1\n\n\ndef single(n):\n    return n\n"
OTHERS = "import m\n\ndef test_double():\n    m.double(0)\n\ndef test_single():\n    m.single(1)\n"


def scoped(folder: Path, terms: Terms, files: Mapping[str, str] | None = None) -> Baseline:
    """The baseline of a repository below `folder`, which is made if there is none."""
    repo = folder / "repo"
    repository = find_repository(repo) if repo.exists() else new_repository(repo, files or {})
    site = new_sites(repository, folder / f"sites-{time.monotonic_ns()}").open(repository.head or "")
    try:
        return take_baseline(site, Task("x", "x", repository.head or ""), terms, Budget(10, 120.0), lambda text: None)
    finally:
        site.close()


def test_a_test_that_fails_only_after_others_is_set_aside_as_such(tmp_path: Path) -> None:
    found = scoped(tmp_path, Terms(), {"test_a.py": POLLUTED, "m.py": MODULE})
    assert (found.targets, found.order_dependent, found.flaky) == (
        ("test_a.py::test_third",), ("test_a.py::test_second",), (),
    )  # fmt: skip


def test_a_test_that_needs_another_before_it_is_shown_with_the_failure_of_its_own_order(tmp_path: Path) -> None:
    needs = "import m\n\ndef test_a():\n    m.SEEN.append(1)\n\ndef test_b():\n    assert m.double(m.SEEN[0]) == 4\n"
    found = scoped(tmp_path, Terms(), {"test_a.py": needs, "m.py": MODULE})
    failure = found.run.failures["test_a.py::test_b"]
    assert (found.targets, failure.exception) == (("test_a.py::test_b",), "AssertionError")
    assert 7 in found.run.lines["test_a.py::test_b"]["test_a.py"]


@pytest.mark.parametrize(
    ("first", "again", "last", "expected"),
    [
        (FAILED, FAILED, None, "target"),
        (FAILED, None, None, "target"),
        (FAILED, PASSED, None, "flaky"),
        (None, FAILED, None, "target"),
        (None, None, None, "flaky"),
        (PASSED, PASSED, None, "flaky"),
        (PASSED, None, None, "flaky"),
        (PASSED, FAILED, FAILED, "red only after other tests"),
        (PASSED, FAILED, None, "red only after other tests"),
        (PASSED, FAILED, PASSED, "flaky"),
    ],
)
def test_what_a_red_test_is_by_its_later_runs(
    first: TestStatus | None, again: TestStatus | None, last: TestStatus | None, expected: str
) -> None:
    assert kind(first, again, last) == expected


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (
            TestRun(running="t.py::a", output="Fatal Python error: Aborted"),
            "Fatal Python error: Aborted while running t.py::a",
        ),
        (TestRun(running="t.py::a", output="t.py ."), "the process ended while running t.py::a"),
        (TestRun(running="t.py::a", exit_code=0), "it was ended with code 0 while running t.py::a"),
        (TestRun(exit_code=1), "it ended with code 1 before all tests had run"),
        (TestRun(exit_code=3, output="INTERNALERROR"), "INTERNALERROR"),
    ],
)
def test_a_run_that_did_not_come_to_its_end_names_the_cause_and_the_test(run: TestRun, words: str) -> None:
    with pytest.raises(InfraFailure) as refused:
        check_trustworthy(run)
    assert refused.value.message == f"pytest did not come to its end: {words}"


@pytest.mark.slow
def test_a_suite_that_was_run_on_the_same_tree_is_remembered(tmp_path: Path) -> None:
    terms = Terms(memory=Memory(tmp_path / "memory", "e" * 16))
    first = scoped(tmp_path, terms, {"test_a.py": POLLUTED.replace("== []", "!= []"), "m.py": MODULE})
    said: list[str] = []
    repository = find_repository(tmp_path / "repo")
    site = new_sites(repository, tmp_path / "again").open(repository.head or "")
    second = take_baseline(
        site, Task("x", "x", repository.head or ""), terms, Budget(10, 120.0), lambda text: said.append(text)
    )
    assert said == ["running the failing tests again, line by line"]
    assert (second.targets, second.run.statuses, set(second.run.lines)) == (
        first.targets, first.run.statuses, set(first.run.lines),
    )  # fmt: skip


@pytest.mark.slow
def test_impacted_runs_what_was_named_and_what_the_changes_since_the_last_run_can_affect(tmp_path: Path) -> None:
    files = {"test_a.py": TWO, "test_b.py": OTHERS, "m.py": MODULE.replace("n + 1", "n * 2")}
    memory = Memory(tmp_path / "memory", "e" * 16)
    assert scoped(tmp_path, Terms(memory=memory), files).whole
    write_files(tmp_path / "repo", {"m.py": MODULE})
    commit_all(tmp_path / "repo")
    found = scoped(tmp_path, Terms(scope="impacted", memory=memory))
    assert (found.whole, sorted(found.run.statuses), found.targets) == (
        False, ["test_a.py::test_two", "test_b.py::test_double"], ("test_a.py::test_two",),
    )  # fmt: skip
    assert len(found.known.statuses) == 4


HANGS = "import time\n\ndef test_z():\n    time.sleep(300)\n"


@pytest.mark.slow
def test_a_suite_that_takes_too_long_gives_way_to_what_was_red_until_then(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repo", {"test_a.py": TWO, "test_z.py": HANGS})
    site = new_sites(repository, tmp_path / "sites").open(repository.head or "")
    task = Task("x", "x", repository.head or "")
    found = take_baseline(site, task, Terms(), Budget(10, 40.0), lambda text: None)
    assert (found.whole, found.targets) == (False, ("test_a.py::test_two",))


@pytest.mark.slow
def test_a_suite_that_takes_too_long_and_shows_nothing_red_is_over_the_budget(tmp_path: Path) -> None:
    repository = new_repository(tmp_path / "repo", {"test_z.py": HANGS})
    site = new_sites(repository, tmp_path / "sites").open(repository.head or "")
    with pytest.raises(OverBudget) as refused:
        take_baseline(site, Task("x", "x", repository.head or ""), Terms(), Budget(10, 8.0), lambda text: None)
    assert refused.value.message.startswith("nothing says which tests to run")
