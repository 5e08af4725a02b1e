"""How the lab runs one test without pytest's hooks says what they say; where more belongs to a test, they run it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[4] / "tools" / "testing" / "plugin"
ASKING = """
import json
import regreen_lab_run

def pytest_runtestloop(session):
    said = {}
    for item in session.items:
        way = regreen_lab_run.way_of(item)
        said[item.name] = [way and [way.__name__, *way(item)], regreen_lab_run.by_hooks(item)[0]]
    with open("said.json", "w") as file:
        json.dump(said, file)
    return True
"""
TESTS = """
import unittest
import pytest

done = []

class Plain(unittest.TestCase):
    def setUp(self):
        self.number = 3
        self.addCleanup(done.append, 1)

    def test_right(self):
        self.assertEqual(self.number, 3)

    def test_wrong(self):
        self.assertEqual(self.number, 4)

    def test_raises(self):
        {}["key"]

    def test_skips(self):
        self.skipTest("today")

    @unittest.skip("always")
    def test_is_skipped(self):
        raise AssertionError

    @unittest.expectedFailure
    def test_expected(self):
        self.fail()

    @unittest.expectedFailure
    def test_unexpected(self):
        pass

class SetUp(unittest.TestCase):
    def setUp(self):
        raise ValueError("not ready")

    def test_never_begins(self):
        pass

class Shared(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.number = 3

    def test_of_a_class_set_up(self):
        self.assertEqual(self.number, 3)

class Marked(unittest.TestCase):
    @pytest.mark.usefixtures("tmp_path")
    def test_with_a_fixture(self):
        pass

    @pytest.fixture(autouse=True)
    def always(self):
        self.number = 3

    def test_with_a_fixture_of_its_class(self):
        self.assertEqual(self.number, 3)

class Async(unittest.IsolatedAsyncioTestCase):
    async def test_later(self):
        self.assertEqual(3, 3)

def test_function():
    pass

def test_function_with_a_fixture(tmp_path):
    assert tmp_path.is_dir()
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    folder = tmp_path_factory.mktemp("run")
    (folder / "test_cases.py").write_text(TESTS)
    (folder / "conftest.py").write_text(f"import sys\nsys.path.insert(0, {str(PLUGINS)!r})\n{ASKING}")
    subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], cwd=folder, capture_output=True)
    found = json.loads((folder / "said.json").read_text())
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("name", "direct", "hooked"),
    [
        ("test_right", ["PASSED", ""], "PASSED"),
        ("test_wrong", ["FAILED", "AssertionError: 3 != 4"], "FAILED"),
        ("test_raises", ["FAILED", "KeyError: 'key'"], "FAILED"),
        ("test_skips", ["SKIPPED", ""], "SKIPPED"),
        ("test_is_skipped", ["SKIPPED", ""], "SKIPPED"),
        ("test_expected", ["XFAIL", ""], "XFAIL"),
        ("test_unexpected", ["FAILED", "Unexpected success"], "FAILED"),
        ("test_never_begins", ["FAILED", "ValueError: not ready"], "FAILED"),
    ],
)
def test_a_method_of_a_test_case_is_run_by_unittest(
    said: dict[str, object], name: str, direct: list[str], hooked: str
) -> None:
    assert said[name] == [["called_case", *direct], hooked]


@pytest.mark.parametrize(
    "name", ["test_of_a_class_set_up", "test_with_a_fixture", "test_with_a_fixture_of_its_class", "test_later"]
)
def test_what_a_class_a_fixture_or_a_loop_sets_up_is_left_to_pytest(said: dict[str, object], name: str) -> None:
    assert said[name] == [None, "PASSED"]


def test_a_function_is_called_unless_it_needs_fixtures(said: dict[str, object]) -> None:
    assert said["test_function"] == [["called", "PASSED", ""], "PASSED"]
    assert said["test_function_with_a_fixture"] == [None, "PASSED"]
