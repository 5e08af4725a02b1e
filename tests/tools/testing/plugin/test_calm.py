"""The calm plug-in, on stand-ins for the plug-ins it calms: their options, their hooks, their markers."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support import plain_runner
from tools.testing.calm import read_switched_off
from tools.testing.results import TestRun, TestStatus

LONG = 120.0
ORDER = "test_a.py::test_one", "test_a.py::test_two", "test_a.py::test_three"
TESTS = """\
import random

import pytest

RUNS = []

def test_one():
    assert 0

@pytest.mark.flaky
def test_two():
    RUNS.append(1)
    assert len(RUNS) > 1

def test_three():
    pass
"""
RANDOMLY = """\
import random

def pytest_addoption(parser):
    parser.addoption("--randomly-seed", type=int, default=12345, dest="randomly_seed")
    parser.addoption("--randomly-dont-reorganize", action="store_false", default=True, dest="randomly_reorganize")

def pytest_collection_modifyitems(config, items):
    if config.getoption("randomly_reorganize"):
        items.reverse()

def pytest_report_header(config):
    return "seed %d" % config.getoption("randomly_seed")
"""
RERUNFAILURES = """\
from _pytest.runner import runtestprotocol

def pytest_addoption(parser):
    parser.addoption("--reruns", type=int)

def pytest_configure(config):
    config.addinivalue_line("markers", "flaky: runs again")

def pytest_runtest_protocol(item, nextitem):
    if item.get_closest_marker("flaky") is None:
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    if any(report.failed for report in reports):
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True
"""
COV = """\
def pytest_addoption(parser):
    parser.addoption("--cov", action="append", default=[], dest="cov_source")

def pytest_load_initial_conftests(early_config):
    if early_config.known_args_namespace.cov_source:
        open(".coverage", "w").close()
"""
REPEAT = """\
def pytest_addoption(parser):
    parser.addoption("--count", type=int, default=1)

def pytest_generate_tests(metafunc):
    if metafunc.config.option.count > 1:
        metafunc.fixturenames.append("step")
        metafunc.parametrize("step", range(metafunc.config.option.count))
"""


def runs(home: Path, addopts: str, plugins: dict[str, str]) -> tuple[TestRun, TestRun]:
    """A calm run and one as configured, with these modules as plug-ins of these names."""
    loaded = " ".join(f"-p {name}" for name in plugins)
    files = {f"{name}.py": text for name, text in plugins.items()}
    ini = f"[pytest]\naddopts = --strict-markers {addopts} {loaded}\n"
    runner = plain_runner(home, {"test_a.py": TESTS, "pytest.ini": ini, **files})
    return runner.run(timeout_seconds=LONG), runner.as_configured().run(timeout_seconds=LONG)


def statuses(run: TestRun) -> Sequence[tuple[str, str]]:
    return [(name, str(status)) for name, status in run.statuses.items()]


@pytest.mark.slow
def test_order_reruns_coverage_and_an_early_end_are_switched_off_and_said(tmp_path: Path) -> None:
    plugins = {"pytest_randomly": RANDOMLY, "pytest_rerunfailures": RERUNFAILURES, "pytest_cov": COV}
    calm, own = runs(tmp_path, "-x --randomly-seed=7 --reruns=1 --cov=.", plugins)
    assert statuses(calm) == [(ORDER[0], "FAILED"), (ORDER[1], "FAILED"), (ORDER[2], "PASSED")]
    assert calm.switched_off == (
        "coverage (pytest-cov)",
        "random order (pytest-randomly)",
        "reruns (pytest-rerunfailures)",
    )
    assert "seed 7" in calm.output
    assert statuses(own) == [(ORDER[2], "PASSED"), (ORDER[1], "PASSED"), (ORDER[0], "FAILED")]
    assert own.switched_off == ()
    assert (calm.complete, own.complete) == (True, True)


@pytest.mark.slow
def test_coverage_writes_nothing_in_a_calm_run_and_a_seed_is_fixed(tmp_path: Path) -> None:
    ini = "[pytest]\nmarkers = flaky\naddopts = -p pytest_randomly -p pytest_cov --cov=.\n"
    files = {"test_a.py": TESTS, "pytest.ini": ini, "pytest_randomly.py": RANDOMLY, "pytest_cov.py": COV}
    runner = plain_runner(tmp_path, files)
    assert "seed 0" in runner.run(timeout_seconds=LONG).output
    assert sorted(path.name for path in runner.sandbox.tree.iterdir()) == sorted(files)


@pytest.mark.slow
def test_node_ids_are_the_same_in_both_so_no_test_is_repeated(tmp_path: Path) -> None:
    calm, own = runs(tmp_path, "--count=3", {"pytest_repeat": REPEAT, "pytest_rerunfailures": RERUNFAILURES})
    assert list(calm.statuses) == list(own.statuses) == list(ORDER)
    assert calm.statuses[ORDER[1]] is TestStatus.FAILED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('["xdist", "xdist", "made up", 7]', ("parallel workers (pytest-xdist)",)),
        ('{"xdist": 1}', ()),
        ("[", ()),
        ("\xff", ()),
    ],
)
def test_only_known_words_are_believed(tmp_path: Path, text: str, expected: tuple[str, ...]) -> None:
    (tmp_path / "calm.json").write_text(text, encoding="latin-1")
    assert read_switched_off(tmp_path / "calm.json") == expected
    assert read_switched_off(tmp_path / "missing.json") == ()
