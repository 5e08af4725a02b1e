"""Which files are tests, and where the tests of a repository are run from: tables."""

from pathlib import Path

import pytest

from tests.support import write_files
from tools.testing.layout import (
    arguments_of,
    collected_files,
    find_test_root,
    holds,
    is_test_configuration,
    is_test_path,
)


@pytest.mark.parametrize(
    "path",
    ["test_a.py", "a_test.py", "conftest.py", "tests.py", "tests/helper.py", "pkg/tests/data/x.json", "test/a.txt",
     "pkg/test_a.py", "a/b/conftest.py", "app/tests.py"],
)  # fmt: skip
def test_a_test_file(path: str) -> None:
    assert is_test_path(path)


@pytest.mark.parametrize(
    "path",
    ["a.py", "testing/a.py", "latest/a.py", "contest.py", "attest_a.py", "pkg/tested.py", "tests", "test",
     "mytests/a.py", "test_data.json", "src/testing.py", "protests/a.py", "testa.py"],
)  # fmt: skip
def test_no_test_file(path: str) -> None:
    assert not is_test_path(path)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        *(
            (name, True)
            for name in ("pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg", "pyproject.toml", "noxfile.py")
        ),
        ("sub/pytest.ini", True),
        ("pytest.toml", True),
        ("setup.py", False),
        ("docs/pytest.ini.md", False),
    ],
)
def test_configuration_that_steers_tests(path: str, expected: bool) -> None:
    assert is_test_configuration(path) is expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", ""),
        (".pytest.ini", "[pytest]\n"),
        ("pytest.toml", "[pytest]\n"),
        (".pytest.toml", "[pytest]\n"),
        ("tox.ini", "[pytest]\naddopts = -q\n"),
        ("setup.cfg", "[tool:pytest]\n"),
        ("pyproject.toml", "[tool.pytest.ini_options]\n"),
        ("pyproject.toml", "[tool.pytest]\n"),
    ],
)
def test_the_nearest_folder_that_configures_pytest_is_the_root(tmp_path: Path, name: str, text: str) -> None:
    write_files(tmp_path, {f"sub/{name}": text, "sub/deep/setup.py": "", "pytest.ini": "", "sub/deep/tests/t.py": ""})
    assert find_test_root(tmp_path / "sub" / "deep" / "tests", tmp_path) == tmp_path / "sub"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("tox.ini", "[tox]\n"),
        ("setup.cfg", "[metadata]\n"),
        ("setup.cfg", "no section at all\n"),
        ("setup.cfg", "[tool:pytest\n"),
        ("setup.cfg", "\udcff\n"),
        ("pyproject.toml", "[tool.black]\n"),
        ("pyproject.toml", "not toml\n"),
        ("pyproject.toml", "\udcff\n"),
        ("pyproject.toml", "tool = 1\n"),
    ],
)
def test_what_does_not_configure_pytest_gives_way_to_what_does(tmp_path: Path, name: str, text: str) -> None:
    write_files(tmp_path, {f"sub/{name}": text, "pytest.ini": ""})
    assert find_test_root(tmp_path / "sub", tmp_path) == tmp_path


@pytest.mark.parametrize("mark", ["pyproject.toml", "setup.py", "setup.cfg"])
def test_without_configuration_the_nearest_project_is_the_root(tmp_path: Path, mark: str) -> None:
    write_files(tmp_path, {f"project/{mark}": "", "setup.py": "", "project/tests/t.py": ""})
    assert find_test_root(tmp_path / "project" / "tests", tmp_path) == tmp_path / "project"


def test_without_any_mark_the_repository_is_the_root(tmp_path: Path) -> None:
    write_files(tmp_path, {"repo/a/b/t.py": "", "pytest.ini": ""})
    assert find_test_root(tmp_path / "repo" / "a" / "b", tmp_path / "repo") == tmp_path / "repo"


def test_files_that_tests_were_collected_from_are_known_whatever_they_are_called() -> None:
    examples = ["src/m.py::m", "src/m.py::m.f", "README.md::README.md"]
    names = ["specs/shop_spec.py::it_ships", "specs/shop_spec.py::Box::it_is[a.b]", *examples]
    assert collected_files([*names, "broken.py"], "sub") == {"sub/specs/shop_spec.py"}
    assert collected_files(names, ".") == {"specs/shop_spec.py"}


@pytest.mark.parametrize(
    ("selector", "node_id", "expected"),
    [
        (".", "a.py::f", True),
        ("a.py", "a.py::f", True),
        ("a.py::f", "a.py::f", True),
        ("a.py::f", "a.py::f[b::c]", True),
        ("a.py::C", "a.py::C::f[x]", True),
        ("a", "a/b.py::f", True),
        ("a", "a[1]/b.py::f", False),
        ("a/test_[x].py", "a/test_[x].py::f", True),
        ("a/test_", "a/test_[x].py::f", False),
        ("a.py::f", "a.py::fg", False),
        ("a.py::f[b", "a.py::f[b]", False),
        ("a", "ab.py::f", False),
    ],
)
def test_what_a_name_stands_for(selector: str, node_id: str, expected: bool) -> None:
    assert holds(selector, node_id) is expected


def test_pytest_is_given_the_folder_of_a_file_with_a_bracket_in_its_name() -> None:
    names = ["t/test_a.py::f[b::c]", "t/test_a.py::g", "t/test_[x].py::f", "[y]/[z]/test_b.py", "sub/"]
    assert arguments_of(names) == ["t/test_a.py", "t", ".", "sub"]
