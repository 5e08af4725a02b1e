"""Which files hold tests, and where they are run from."""

import pytest

from agent.hook.suites import Suites

PATHS = (
    "test_a.py",
    "tests/test_b.py",
    "tests/cases/test_c.py",
    "src/spec_d.py",
    "build/test_e.py",
    "sub/tests/test_f.py",
)

CASES: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "nothing is configured": ({}, ("test_a.py", "tests/test_b.py", "tests/cases/test_c.py", "sub/tests/test_f.py")),
    "where tests are": (
        {"pyproject.toml": "[tool.pytest.ini_options]\ntestpaths = ['tests']\n"},
        ("tests/test_b.py", "tests/cases/test_c.py"),
    ),
    "what is left out": (
        {"pytest.ini": "[pytest]\nnorecursedirs = cases sub\n"},
        ("test_a.py", "tests/test_b.py", "build/test_e.py"),
    ),
    "how files are named": ({"setup.cfg": "[tool:pytest]\npython_files = spec_*.py\n"}, ("src/spec_d.py",)),
    "the first file counts": (
        {"pytest.ini": "", "tox.ini": "[pytest]\ntestpaths = nowhere\n"},
        ("test_a.py", "tests/test_b.py", "tests/cases/test_c.py", "sub/tests/test_f.py"),
    ),
    "the nearest counts": (
        {"pytest.toml": "[pytest]\npython_files = ['spec_a.py']\n", "sub/tox.ini": "[pytest]\n"},
        ("sub/tests/test_f.py",),
    ),
    "an outer one leaves out the inner": (
        {"pytest.ini": "[pytest]\ntestpaths = tests\n", "sub/tox.ini": "[pytest]\n"},
        ("tests/test_b.py", "tests/cases/test_c.py"),
    ),
    "files that are no configuration": (
        {"pyproject.toml": "tool = 1\n", "setup.cfg": "[metadata]\nname = x\n", "tox.ini": "not = [valid\n"},
        ("test_a.py", "tests/test_b.py", "tests/cases/test_c.py", "sub/tests/test_f.py"),
    ),
}


@pytest.mark.parametrize(("texts", "held"), CASES.values(), ids=CASES)
def test_the_staged_configuration_says_which_files_hold_tests(texts: dict[str, str], held: tuple[str, ...]) -> None:
    suites = Suites.of(texts)
    assert tuple(path for path in PATHS if suites.holds(path)) == held


def test_tests_are_run_from_the_nearest_configuration_else_from_their_project() -> None:
    suites = Suites.of({"a/pytest.ini": "", "b/setup.py": "", "a/deep/pyproject.toml": "[project]\n"})
    assert [suites.root_of(path) for path in ("a/deep/test_x.py", "b/tests/test_y.py", "c/test_z.py")] == [
        "a",
        "b",
        ".",
    ]
