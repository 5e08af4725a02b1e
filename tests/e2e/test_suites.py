"""Hostile suites: the state before anything is changed is told truly, in bounded time, whatever the tests do."""

import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from agent.core.errors import RegreenError
from agent.core.task import Task
from agent.run.baseline import Baseline, Terms, take_baseline
from agent.run.budget import Budget
from tests.conftest import REPOS
from tests.support import needs_bubblewrap, new_repository, new_sites, own_python, plain_runner
from tools.testing.interpreter import Interpreter, probe
from tools.workspace.process import OUTPUT_LIMIT
from tools.workspace.sandbox.bubblewrap import Bubblewrap

pytestmark = [pytest.mark.slow, needs_bubblewrap]
SUITES = REPOS.parent / "suites"
ENDLESS = frozenset({"hangs"})


@dataclass(frozen=True, slots=True)
class Truth:
    """What a suite is: red tests that are targets, those set aside by kind, or the error and words of its message."""

    targets: tuple[str, ...] = ()
    aside: tuple[tuple[str, tuple[str, ...]], ...] = ()
    error: str = ""
    words: str = ""
    root: str = "."
    plugs_in: str = ""  # a plug-in of pytest that the suite needs
    switched_off: tuple[str, ...] = ()


ODD = tuple(f"test_[x] y.py::test_red[{text}]" for text in ("a b", "[c]", "d::e", "\\xe9"))
BROKEN = (("broken set-up", ("test_a.py",)),)
TRUTHS = {
    "broken-conftest": Truth(error="InfraFailure", words="conftest.py cannot be loaded"),
    "import-error-in-one-file": Truth(("test_b.py::test_red",), BROKEN),
    "hangs": Truth(error="OverBudget", words="while running test_a.py::test_hangs"),
    "segfaults": Truth(error="InfraFailure", words="Segmentation fault while running test_a.py::test_crashes"),
    "exits-at-once": Truth(error="InfraFailure", words="while running test_a.py::test_exits"),
    "ends-the-session-well": Truth(error="InfraFailure", words="ended with code 0 while running test_a.py::test_ends"),
    "ends-the-collection-well": Truth(
        error="InfraFailure", words="test_a.py cannot be collected: _pytest.outcomes.Exit"
    ),
    "deletes-its-folder": Truth(("test_a.py::test_deletes", "test_a.py::test_red")),
    "changes-cwd": Truth(("test_a.py::test_red",)),
    "server-on-loopback": Truth(("test_a.py::test_red",)),
    "unknown-options": Truth(error="InfraFailure", words="unrecognized arguments: --reruns"),
    "stops-at-the-first": Truth(("test_a.py::test_one", "test_a.py::test_two")),
    "many-workers": Truth(("test_a.py::test_red",)),
    "bytes-on-output": Truth(("test_a.py::test_red",)),
    "odd-names": Truth(ODD),
    "passes-only-alone": Truth(aside=(("red only after other tests", ("test_a.py::test_second",)),)),
    "passes-only-in-order": Truth(),
    "unittest-subtests": Truth(("test_a.py::TestParts::test_parts",)),
    "doctest": Truth(("m.py::m.one",)),
    "async-without-plug-in": Truth(error="InfraFailure", words="async def functions are not natively supported"),
    "strict-xfail": Truth(("test_a.py::test_passes",)),
    "prints-results": Truth(("test_a.py::test_red",)),
    "deletes-the-records": Truth(error="InfraFailure", words="pytest did not come to its end"),
    "junk-in-the-records": Truth(("test_a.py::test_red",)),
    "root-below-git": Truth(("test_a.py::test_red",), root="project"),
    "forks-a-daemon": Truth(("test_a.py::test_red",)),
    "prints-three-hundred-megabytes": Truth(("test_a.py::test_red",)),
    "leaves-a-thread": Truth(("test_a.py::test_red",)),
    "vanishing-test": Truth(("test_a.py::test_red",), (("flaky", ("test_a.py::test_is_called_otherwise_each_time",)),)),
    "random-order-by-randomly": Truth(
        ("test_a.py::test_red",), plugs_in="pytest_randomly", switched_off=("random order (pytest-randomly)",)
    ),
    "random-order-by-buckets": Truth(
        ("test_a.py::test_red",), plugs_in="random_order", switched_off=("random order (pytest-random-order)",)
    ),
    "coverage-too-low": Truth(("test_a.py::test_red",), plugs_in="pytest_cov", switched_off=("coverage (pytest-cov)",)),
    "reruns-reds": Truth(
        ("test_a.py::test_red", "test_a.py::test_red_the_first_time"),
        plugs_in="pytest_rerunfailures",
        switched_off=("reruns (pytest-rerunfailures)",),
    ),
    "own-timeout": Truth(("test_a.py::test_hangs",), plugs_in="pytest_timeout"),
    "async-with-plug-in": Truth(("test_a.py::test_red",), plugs_in="pytest_asyncio"),
}


@pytest.mark.parametrize("name", TRUTHS)
def test_a_hostile_suite_is_told_truly(name: str, tmp_path: Path) -> None:
    truth = TRUTHS[name]
    seconds = 8.0 if name in ENDLESS else 120.0
    python = own_python() if not truth.plugs_in else with_plugins(truth.plugs_in, tmp_path / "python")
    if not truth.error:
        found = baseline_of(name, truth.root, tmp_path, seconds, python)
        aside = tuple((kind, tuple(map(lasting, names))) for kind, names in found.set_aside.items() if names)
        assert (found.targets, aside) == (truth.targets, truth.aside)
        assert set(truth.switched_off) <= set(found.run.switched_off)
        assert len(found.run.output) <= OUTPUT_LIMIT
        assert not daemons()
        return
    with pytest.raises(RegreenError) as refused:
        baseline_of(name, truth.root, tmp_path, seconds, python)
    assert (type(refused.value).__name__, truth.words in refused.value.message) == (truth.error, True), refused.value


def test_every_suite_has_its_truth() -> None:
    assert {path.name for path in SUITES.iterdir()} == set(TRUTHS)


def test_a_suite_of_twenty_thousand_tests_is_run_whole(tmp_path: Path) -> None:
    many = "import pytest\n\n\n@pytest.mark.parametrize('n', range(20_000))\ndef test_many(n):\n    pass\n"
    run = plain_runner(tmp_path, {"test_a.py": many}).run(timeout_seconds=300.0)
    assert (len(run.green), run.complete) == (20_000, True)


def lasting(name: str) -> str:
    """A node id without a random number."""
    return re.sub(r"\[[0-9a-f]{32}\]", "", name)


def daemons() -> list[str]:
    """Processes that a suite has left behind."""
    found = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [line for line in found if line.endswith(" a-daemon-of-a-hostile-suite")]


def with_plugins(needed: str, folder: Path) -> Interpreter:
    """An interpreter that has the pytest of this test run, and every plug-in that `make setup` lays beside it."""
    plugins = Path(sys.prefix) / "plugins"
    if not (plugins / needed).exists() and not (plugins / f"{needed}.py").exists():
        pytest.skip(f"{plugins} has no {needed}: `make setup` brings it")
    venv.create(folder)
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "all.pth").write_text(f"{sysconfig.get_path('purelib')}\n{plugins}\n")
    return probe(folder / "bin" / "python", "made for this suite")


def baseline_of(name: str, root: str, folder: Path, seconds: float, python: Interpreter) -> Baseline:
    """The baseline of a suite copied out into a repository of its own, behind the sandbox."""
    shutil.copytree(SUITES / name, folder / "repo")
    repository = new_repository(folder / "repo", {})
    sites = replace(new_sites(repository, folder / "sites", Bubblewrap, test_root=root), interpreter=python)
    site = sites.open(repository.head or "")
    try:
        task = Task("x", "x", repository.head or "")
        return take_baseline(site, task, Terms(), Budget(10, seconds), lambda text: None)
    finally:
        site.close()
