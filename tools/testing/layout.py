"""Which files are tests, and where the tests of a repository are run from."""

from __future__ import annotations

import configparser
import tomllib
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

TEST_NAMES = ("test_*.py", "*_test.py", "tests.py", "conftest.py")
TEST_FOLDERS = frozenset({"test", "tests"})
TEST_CONFIGURATION = frozenset({"pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", "tox.ini", "setup.cfg",
                                "pyproject.toml", "noxfile.py"})  # fmt: skip
INI_SECTIONS = {"pytest.ini": "pytest", ".pytest.ini": "pytest", "pytest.toml": "pytest", ".pytest.toml": "pytest",
                "tox.ini": "pytest", "setup.cfg": "tool:pytest"}  # fmt: skip
PROJECT_MARKS = ("pyproject.toml", "setup.py", "setup.cfg")


def is_test_path(path: str) -> bool:
    """Whether a file (relative, with slashes) belongs to the tests by the usual names."""
    pure = PurePosixPath(path)
    return any(fnmatch(pure.name, pattern) for pattern in TEST_NAMES) or bool(
        TEST_FOLDERS.intersection(pure.parts[:-1])
    )


def files_of(node_ids: Iterable[str]) -> list[str]:
    """The files that tests are in, in the order they are first named; a file or folder stands for itself."""
    return list(dict.fromkeys(name.split("::")[0] for name in node_ids))


def arguments_of(node_ids: Iterable[str]) -> list[str]:
    """What pytest is told to collect for these tests: their files, where a name holds a bracket the folder.

    pytest takes what follows a bracket for parameters, and refuses a file with any.
    """
    files = (PurePosixPath(name) for name in files_of(node_ids))
    return list(dict.fromkeys(str(file if "[" not in str(file) else _above_brackets(file)) for file in files))


def _above_brackets(path: PurePosixPath) -> PurePosixPath:
    return next(folder for folder in path.parents if "[" not in str(folder))


def holds(selector: str, node_id: str) -> bool:
    """Whether a test is the one named, or lies in the folder, file or class named, or has the function named."""
    if selector in ("", ".", node_id):
        return True
    ends = ("::", "[") if "::" in selector else ("::", "/")
    return node_id.startswith(tuple(selector + end for end in ends))


def collected_files(node_ids: Iterable[str], test_root: str) -> frozenset[str]:
    """The files that tests were collected from, relative to the tree; product files with examples in them are none."""
    files = {name.split("::")[0] for name in node_ids if "::" in name and not _is_doctest(name)}
    return frozenset((PurePosixPath(test_root) / file).as_posix() for file in files)


def _is_doctest(node_id: str) -> bool:
    """Examples are named after their module, with dots that no function's name has."""
    file, _, name = node_id.partition("::")
    name = name.partition("[")[0]
    return "." in name or name in (PurePosixPath(file).stem, PurePosixPath(file).name)


def is_test_configuration(path: str) -> bool:
    """Whether a file can change which tests run or how."""
    return PurePosixPath(path).name in TEST_CONFIGURATION


def find_test_root(start: Path, repository: Path) -> Path:
    """The nearest folder from `start` up to the repository that configures pytest, else one that holds a project."""
    above = [folder for folder in (start, *start.parents) if folder.is_relative_to(repository)]
    configured = next((folder for folder in above if _configures_pytest(folder)), None)
    if configured is not None:
        return configured
    return next((folder for folder in above if any((folder / mark).exists() for mark in PROJECT_MARKS)), repository)


def _configures_pytest(folder: Path) -> bool:
    return any(_has_section(folder / name, section) for name, section in INI_SECTIONS.items()) or _in_pyproject(folder)


def _has_section(path: Path, section: str) -> bool:
    if not path.is_file():
        return False
    if path.name.endswith(("pytest.ini", "pytest.toml")):
        return True  # even an empty one is pytest's root
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        return False
    return parser.has_section(section)


def _in_pyproject(folder: Path) -> bool:
    try:
        table = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return False
    tools = table.get("tool", {})
    return isinstance(tools, dict) and "pytest" in tools
