"""Files that steer tests or Python itself by lying where they are looked for, and test configuration that changes."""

from __future__ import annotations

import configparser
import re
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import PurePosixPath

from agent.core.verdict import Flag
from tools.patch import Change, decode

# Names by what such a file does; a pattern of the base name.
PLANTED = (
    ("conftest.py", "pytest runs it before the tests"),
    ("sitecustomize.py", "Python runs it when it starts"),
    ("usercustomize.py", "Python runs it when it starts"),
    ("*.pth", "Python runs it when it starts"),
    ("*.egg-link", "it changes what is imported"),
    ("entry_points.txt", "it can load plug-ins into pytest"),
    ("pytest.ini", "it configures the tests"),
    (".pytest.ini", "it configures the tests"),
    ("pytest.toml", "it configures the tests"),
    (".pytest.toml", "it configures the tests"),
    ("tox.ini", "it configures the tests"),
    ("junit*.xml", "it is a file of test results"),
    ("*results.jsonl", "it is a file of test results"),
    (".coverage*", "it is a file of test results"),
    ("lastfailed", "it is a file of test results"),
    (".env", "tools read it when they start"),
    ("pyvenv.cfg", "Python reads it when it starts"),
    ("python*._pth", "Python reads it when it starts"),
    ("regreen_*.py", "it has the name of a part of ours"),
)
FRAMEWORK = frozenset({"pytest", "_pytest", "pluggy", "iniconfig", "packaging", "exceptiongroup", "tomli", "py",
                       "pygments", "xdist", "pytest_asyncio", "pytest_cov", "coverage", "hypothesis"})  # fmt: skip
ROOTS = frozenset({"", ".", "src", "lib", "tests", "test"})
SECTIONS = re.compile(r"pytest|entry.points|options\.entry_points|tool:pytest|unittest")


def planted(change: Change) -> Iterator[Flag]:
    """Flags for one file of a patch by its place and name, and for what it changes in the configuration of tests."""
    path = PurePosixPath(change.path)
    if change.before is None and change.after is not None:
        for pattern, what in PLANTED:
            if fnmatch(path.name, pattern):
                yield Flag(change.path, 1, "planted", f"the patch adds {path.name}: {what}")
        module = _module_at_a_root(path)
        if module in FRAMEWORK or module in sys.stdlib_module_names:
            yield Flag(change.path, 1, "planted", f"the patch adds a module that hides the installed {module}")
    elif change.after is not None and _steering(path.name, change.before) != _steering(path.name, change.after):
        yield Flag(change.path, 1, "test-configuration", "the patch changes how tests are found, run or extended")


def _module_at_a_root(path: PurePosixPath) -> str:
    """The name a new file can be imported by, where its folder may be on the import path; else ""."""
    if path.suffix not in (".py", ".so", ".pyi"):
        return ""
    if path.stem == "__init__" and str(path.parent.parent) in ROOTS:
        return path.parent.name
    return path.name.partition(".")[0] if str(path.parent) in ROOTS else ""


def _steering(name: str, content: bytes | None) -> object:
    """The part of a configuration file that concerns tests, as a value to compare."""
    text = decode(content or b"")
    if name == "pyproject.toml":
        return _toml(text)
    if name in ("setup.cfg", "tox.ini", "entry_points.txt"):
        return _ini(text)
    steers = name in ("conftest.py", "sitecustomize.py") or name.endswith(".pth") or fnmatch(name, "*pytest.*")
    return text if steers and not name.endswith("pytest.py") else None


def _toml(text: str) -> object:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return text
    project, tool = table.get("project", {}), table.get("tool", {})
    points = project.get("entry-points", {}) if isinstance(project, dict) else {}
    return (tool.get("pytest") if isinstance(tool, dict) else tool, points)


def _ini(text: str) -> object:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return text
    return {name: dict(parser[name]) for name in parser.sections() if SECTIONS.search(name)}
