"""Which files pytest would collect, and from where: by the configuration that is staged."""

from __future__ import annotations

import configparser
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import PurePosixPath
from typing import Any

from tools.testing.layout import INI_SECTIONS, PROJECT_MARKS

LIKE = ("test_*.py", "*_test.py", "tests.py")
NOT_SEARCHED = ("*.egg", ".*", "_darcs", "build", "CVS", "dist", "node_modules", "venv", "{arch}")
CONFIGURATIONS = frozenset({*INI_SECTIONS, *PROJECT_MARKS})


@dataclass(frozen=True, slots=True)
class Suite:
    """What one configuration says of the files below it: where tests are, what is left out, how files are named."""

    testpaths: tuple[str, ...] = ()
    left_out: tuple[str, ...] = NOT_SEARCHED
    named: tuple[str, ...] = LIKE

    def holds(self, path: PurePosixPath) -> bool:
        """Whether pytest would collect a file, by its path from the configuration's folder."""
        return any(fnmatch(path.name, pattern) for pattern in self.named) and self.searches(path)

    def searches(self, path: PurePosixPath) -> bool:
        """Whether pytest would come by a file."""
        folders = path.parts[:-1]
        if any(fnmatch(folder, pattern) for folder in folders for pattern in self.left_out):
            return False
        return not self.testpaths or any(_is_below(path, start) for start in self.testpaths)


@dataclass(frozen=True, slots=True)
class Suites:
    """The configurations of a tree by their folders, "." for its root; `projects` are folders that hold a project."""

    configured: Mapping[str, Suite] = field(default_factory=dict)
    projects: frozenset[str] = frozenset()

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> Suites:
        """From the texts of configuration files by path."""
        found: dict[str, Suite] = {}
        # Of several in one folder pytest takes the first, in its own order.
        for path, text in sorted(texts.items(), key=lambda item: _rank(item[0])):
            suite = _suite(PurePosixPath(path).name, text)
            if suite is not None:
                found.setdefault(str(PurePosixPath(path).parent), suite)
        marks = (PurePosixPath(path) for path in texts)
        return cls(found, frozenset(str(path.parent) for path in marks if path.name in PROJECT_MARKS))

    def root_of(self, path: str) -> str:
        """The folder that a test file is run from: the nearest that configures pytest, else that holds a project."""
        above = [str(folder) for folder in PurePosixPath(path).parents]
        for folders in (self.configured, self.projects):
            found = next((folder for folder in above if folder in folders), None)
            if found is not None:
                return found
        return "."

    def holds(self, path: str) -> bool:
        """Whether a file is one of tests: for every configuration above it, for the outer ones leave out the inner."""
        pure = PurePosixPath(path)
        above = [folder for folder in pure.parents if str(folder) in self.configured]
        if not above:
            return Suite().holds(pure)
        nearest, *outer = [(self.configured[str(folder)], pure.relative_to(folder)) for folder in above]
        return nearest[0].holds(nearest[1]) and all(suite.searches(inside) for suite, inside in outer)


def _rank(path: str) -> int:
    order = [*INI_SECTIONS, "pyproject.toml"]
    name = PurePosixPath(path).name
    return order.index(name) if name in order else len(order)


def _suite(name: str, text: str) -> Suite | None:
    """What a file configures; None where it says nothing of pytest."""
    settings = pytest_settings(name, text)
    if settings is None:
        return None
    return Suite(
        _words(settings.get("testpaths")),
        _words(settings.get("norecursedirs")) or NOT_SEARCHED,
        _words(settings.get("python_files")) or LIKE,
    )


def pytest_settings(name: str, text: str) -> Mapping[str, Any] | None:
    """What a configuration file sets for pytest; None where it says nothing of it."""
    return _of_toml(name, text) if name.endswith(".toml") else _of_ini(name, text)


def _of_toml(name: str, text: str) -> Mapping[str, Any] | None:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {} if name != "pyproject.toml" else None
    if name != "pyproject.toml":
        return _table(table.get("pytest", table))
    tools = _table(table.get("tool"))
    own = _table(tools.get("pytest"))
    return {**own, **_table(own.get("ini_options"))} if "pytest" in tools else None


def _of_ini(name: str, text: str) -> Mapping[str, Any] | None:
    section = INI_SECTIONS.get(name)
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return {} if name.endswith("pytest.ini") else None
    if section is None or not parser.has_section(section):
        return {} if name.endswith("pytest.ini") else None
    return dict(parser[section])


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _words(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(value.split())
    return tuple(str(item) for item in value) if isinstance(value, Sequence) else ()


def _is_below(path: PurePosixPath, start: str) -> bool:
    """Whether a file is, or lies below, what a pattern of `testpaths` names."""
    wanted = PurePosixPath(start.strip("/")).parts
    return len(path.parts) >= len(wanted) and all(map(fnmatch, path.parts, wanted))
