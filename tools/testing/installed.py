"""What is installed in the target's interpreter, and what of it is another copy of the very project under test."""

from __future__ import annotations

import configparser
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tools.testing.interpreter import Interpreter, answer_of
from tools.testing.layout import is_test_path

# Where the importable code of a project lies in its tree.
ROOTS = ("src/", "lib/", "")
# Of a distribution's modules so many stand in the tree too, where it is the same project in another version.
SHARED = 0.3
SETUP_NAME = re.compile(r"""\bname\s*=\s*["']([\w.-]+)["']""")


@dataclass(frozen=True, slots=True)
class Distribution:
    """One installed distribution. `place` is the folder its `modules` (relative paths) lie in; `checkout` the folder
    an editable install leads to, None for any other. `is_plugin`: pytest loads it by itself.
    """

    name: str
    version: str
    place: Path
    checkout: Path | None
    modules: tuple[str, ...]
    is_plugin: bool


@dataclass(frozen=True, slots=True)
class Installed:
    """All distributions, and the top-level modules that pytest is made of."""

    distributions: tuple[Distribution, ...] = ()
    of_pytest: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Copy:
    """Another copy of the project: its name and version, and the paths that hold its code.

    Where pytest itself `runs_on_it` it cannot be kept from the tests.
    """

    about: str
    paths: tuple[Path, ...]
    runs_on_it: bool = False


def installed_in(interpreter: Interpreter) -> Installed:
    """Ask an interpreter what it can import; ToolError `no-interpreter` when it does not answer."""
    answer = answer_of(interpreter.executable, "regreen_installed.py", seconds=60.0)
    rows = {(row["name"], row["place"]): row for row in reversed(answer["distributions"])}
    found = [
        Distribution(
            row["name"],
            row["version"],
            Path(row["place"]),
            Path(row["checkout"]) if row["checkout"] else None,
            tuple(row["modules"]),
            row["is_plugin"],
        )
        for _, row in sorted(rows.items())
    ]
    return Installed(tuple(found), frozenset(answer["of_pytest"]))


def copies_of(
    root: Path, files: Iterable[str], names: Iterable[str], installed: Installed, interpreter: Interpreter
) -> tuple[Copy, ...]:
    """The installed copies of a project that are not its own tree at `root`; `files` and `names` are the project's.

    A distribution is one by its name, or when much of it stands in the tree as well.
    """
    own = {module for module in map(_importable, files) if module}
    called = {_normal(name) for name in names}
    others = [found for found in installed.distributions if not _is_own(found, root)]
    copies = [found for found in others if _normal(found.name) in called or _is_like(found, own)]
    return tuple(_copy(found, own, installed, interpreter) for found in copies)


def names_in(texts: dict[str, str]) -> tuple[str, ...]:
    """What a project calls itself in its pyproject.toml, setup.cfg and setup.py, given by name."""
    found = [*_of_pyproject(texts.get("pyproject.toml", "")), _of_setup_cfg(texts.get("setup.cfg", ""))]
    named = SETUP_NAME.search(texts.get("setup.py", ""))
    return tuple(dict.fromkeys(filter(None, [*found, named[1] if named else ""])))


def _of_pyproject(text: str) -> list[str]:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return []
    tool = table.get("tool")
    tables = [table.get("project"), tool.get("poetry") if isinstance(tool, dict) else None]
    return [str(one["name"]) for one in tables if isinstance(one, dict) and "name" in one]


def _of_setup_cfg(text: str) -> str:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return ""
    return parser.get("metadata", "name", fallback="")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _importable(path: str) -> str:
    """A source file as it is imported, "" for what is none of the product's."""
    if not path.endswith(".py") or is_test_path(path) or path == "setup.py":
        return ""
    return next(path.removeprefix(root) for root in ROOTS if path.startswith(root))


def _is_own(found: Distribution, root: Path) -> bool:
    """Whether a distribution is the tree itself, and no copy of it in an environment."""
    return not _in_environment(found) and _checkout(found).is_relative_to(root)


def _checkout(found: Distribution) -> Path:
    """Where the code of a distribution lies; an editable install leads away from its environment."""
    return found.checkout or found.place


def _in_environment(found: Distribution) -> bool:
    return found.checkout is None and found.place.name in ("site-packages", "dist-packages")


def _is_like(found: Distribution, own: set[str]) -> bool:
    sources = set(filter(None, map(_importable, found.modules)))
    return bool(sources) and len(own.intersection(sources)) / len(sources) >= SHARED


def _copy(found: Distribution, own: set[str], installed: Installed, interpreter: Interpreter) -> Copy:
    about = f"{found.name} {found.version}"
    if not _in_environment(found):
        return Copy(f"{about} at {_checkout(found)}", _of_checkout(found, own, interpreter))
    tops = _tops(found, installed.distributions)
    runs_on_it = bool(installed.of_pytest.intersection(top.partition("/")[0].removesuffix(".py") for top in tops))
    return Copy(f"{about} in {found.place}", tuple(found.place / top for top in tops), runs_on_it)


def _of_checkout(found: Distribution, own: set[str], interpreter: Interpreter) -> tuple[Path, ...]:
    """The modules of another checkout, where it is on the import path, and its history."""
    checkout = _checkout(found)
    roots = [entry for entry in interpreter.path if entry.is_relative_to(checkout)]
    tops = sorted({PurePosixPath(module).parts[0] for module in own})
    there = [root / top for root in roots for top in tops if (root / top).exists()]
    return (*there, *([checkout / ".git"] if (checkout / ".git").exists() else []))


def _tops(found: Distribution, everything: Sequence[Distribution]) -> tuple[str, ...]:
    """The files and folders that hold a distribution's modules and nothing of another one's, as high up as can be."""
    others = {part for other in everything if other is not found for part in _folders(other)}
    tops = {_top(PurePosixPath(module), others) for module in found.modules if not module.startswith("..")}
    return tuple(sorted(tops))


def _folders(found: Distribution) -> set[str]:
    return {str(parent) for module in found.modules for parent in PurePosixPath(module).parents}


def _top(module: PurePosixPath, others: set[str]) -> str:
    above = [parent for parent in reversed(module.parents) if str(parent) != "."]
    return str(next((parent for parent in above if str(parent) not in others), module))
