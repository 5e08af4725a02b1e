"""The places where people and their tools keep a project's interpreter, in the order they are tried.

Only files are read; no tool is ever started. Hashed names are made as poetry, pipenv and hatch document them.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDERS = (".venv", "venv", "env")
CONDA_HOMES = ("miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba", ".conda")
SANITISED_NAME = re.compile(r'[ &$`!*@"()\[\]\\\r\n\t]')
LONGEST_NAME = 42
CONDA_NAME = re.compile(r"^name:[ \t]*[\"']?([\w.-]+)", re.MULTILINE)
VERSION = re.compile(r"(\d)[-._]?(\d+)")

Found = Iterator[tuple[Path, str]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where the search takes place: folders from the current one up to the repository's, and the environment."""

    folders: tuple[Path, ...]
    environ: Mapping[str, str]

    @property
    def home(self) -> Path:
        return Path(self.environ.get("HOME") or "/nonexistent")

    def below_home(self, variable: str, default: str) -> Path:
        """The folder that a variable names, else one below the home."""
        return Path(self.environ.get(variable) or self.home / default)


def interpreter_places(repository: Path, start: Path, environ: Mapping[str, str]) -> Found:
    """Interpreters that exist, best first, each with words for where it was found."""
    above = (parent for parent in start.parents if parent.is_relative_to(repository))
    around = Surroundings(tuple(dict.fromkeys([start, *above, repository])), environ)
    for place in PLACES:
        yield from ((path, where) for path, where in place(around) if path.is_file())


def _folders(around: Surroundings) -> Found:
    for folder in around.folders:
        for name in FOLDERS:
            yield _python(folder / name), f"the repository's {name}"


def _active(around: Surroundings) -> Found:
    if around.environ.get("VIRTUAL_ENV"):
        yield _python(Path(around.environ["VIRTUAL_ENV"])), "VIRTUAL_ENV"
    if around.environ.get("CONDA_PREFIX") and around.environ.get("CONDA_DEFAULT_ENV") != "base":
        yield _python(Path(around.environ["CONDA_PREFIX"])), "CONDA_PREFIX"


def _uv(around: Surroundings) -> Found:
    named = around.environ.get("UV_PROJECT_ENVIRONMENT")
    for folder in around.folders if named else ():
        if (folder / "uv.lock").is_file() or (folder / "pyproject.toml").is_file():
            yield _python(folder / str(named)), "UV_PROJECT_ENVIRONMENT"


def _pdm(around: Surroundings) -> Found:
    for folder in around.folders:
        named = _text(folder / ".pdm-python").strip()
        if named:
            yield folder / named, "pdm's environment"


def _poetry(around: Surroundings) -> Found:
    cache = around.below_home("XDG_CACHE_HOME", ".cache") / "pypoetry"
    cache = Path(around.environ.get("POETRY_CACHE_DIR") or cache)
    kept = Path(around.environ.get("POETRY_VIRTUALENVS_PATH") or cache / "virtualenvs")
    for folder in around.folders:  # the hash is of the folder; how the name before it is spelt depends on the version
        mark = f"-{_digest(os.path.realpath(folder))}-py"
        found = [path for path in _newest(kept, "") if mark in path.name]
        for path in sorted(found, key=lambda path: _version(path.name.partition(mark)[2]), reverse=True):
            yield _python(path), "poetry's environment"


def _pipenv(around: Surroundings) -> Found:
    kept = around.below_home("WORKON_HOME", ".local/share/virtualenvs")
    for folder in around.folders:
        if (folder / "Pipfile").is_file():
            name = around.environ.get("PIPENV_CUSTOM_VENV_NAME")
            name = name or f"{_sanitised(folder.name)}-{_digest(str(folder / 'Pipfile'))}"
            yield _python(kept / name), "pipenv's environment"


def _hatch(around: Surroundings) -> Found:
    data = around.below_home("XDG_DATA_HOME", ".local/share") / "hatch"
    kept = Path(around.environ.get("HATCH_DATA_DIR") or data) / "env" / "virtual"
    for folder, name in _projects(around):
        project = re.sub(r"[-_.]+", "-", name).lower()
        environments = kept / project / _digest(str(folder))
        yield _python(environments / project), "hatch's environment"
        yield from ((_python(found), f"hatch's {found.name}") for found in _newest(environments, ""))


def _conda(around: Surroundings) -> Found:
    named = [_text(folder / file) for folder in around.folders for file in ("environment.yml", "environment.yaml")]
    names = [found[1] for text in named if (found := CONDA_NAME.search(text)) and found[1] != "base"]
    root = around.environ.get("MAMBA_ROOT_PREFIX")
    roots = [*([Path(root)] if root else []), *(around.home / name for name in CONDA_HOMES)]
    listed = [Path(line) for line in _text(around.home / ".conda" / "environments.txt").splitlines() if line.strip()]
    for name in names:
        known = [path for path in listed if path.name == name]
        for environment in (*known, *(root / "envs" / name for root in roots)):
            yield _python(environment), f"the conda environment {name}"


def _runners(around: Surroundings) -> Found:
    for tool in ("tox", "nox"):
        for folder in around.folders:
            for environment in _newest(folder / f".{tool}", ""):
                yield _python(environment), f"{tool}'s {environment.name}"


def _pyenv(around: Surroundings) -> Found:
    versions = around.below_home("PYENV_ROOT", ".pyenv") / "versions"
    for folder in around.folders:
        for name in _text(folder / ".python-version").split():
            yield _python(versions / name), f"pyenv's {name}"
            for found in _newest(versions, f"{name}."):
                yield _python(found), f"pyenv's {found.name}"


def _conda_base(around: Surroundings) -> Found:
    """It is active in every shell of many people, so it says little about this project."""
    if around.environ.get("CONDA_PREFIX") and around.environ.get("CONDA_DEFAULT_ENV") == "base":
        yield _python(Path(around.environ["CONDA_PREFIX"])), "CONDA_PREFIX"


def _own(_: Surroundings) -> Found:
    if sys.prefix != sys.base_prefix:
        yield Path(sys.executable), "the environment regreen runs in"


def _path(around: Surroundings) -> Found:
    for folder in around.environ.get("PATH", "").split(os.pathsep):
        for name in ("python3", "python") if folder else ():
            yield Path(folder) / name, "PATH"


PLACES: tuple[Callable[[Surroundings], Found], ...] = (
    _folders, _active, _uv, _pdm, _poetry, _pipenv, _hatch, _conda, _runners, _pyenv, _conda_base, _own, _path,
)  # fmt: skip


def _python(environment: Path) -> Path:
    return environment / "bin" / "python"


def _newest(folder: Path, start: str) -> list[Path]:
    """Environments in a folder: those named for tests or a Python version first, the newest version first."""
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if path.name.startswith(start) and not path.name.startswith(".")]
    return sorted(found, key=lambda path: (_is_for_tests(path.name), _version(path.name[len(start) :]), path.name))[
        ::-1
    ]


def _is_for_tests(name: str) -> bool:
    return "test" in name or re.match(r"(?:py)?\d", name) is not None


def _version(name: str) -> tuple[int, ...]:
    """Numbers of a name: py311, 3.11.7 and tests-3-11 are all of 3.11."""
    found = VERSION.search(name)
    rest = [int(number) for number in re.findall(r"\d+", name[found.end() :])] if found else []
    return (int(found[1]), int(found[2]), *rest) if found else ()


def _projects(around: Surroundings) -> Iterator[tuple[Path, str]]:
    """Folders that hold a named project."""
    for folder in around.folders:
        try:
            table = tomllib.loads(_text(folder / "pyproject.toml"))
        except tomllib.TOMLDecodeError:
            continue
        project = table.get("project")
        if isinstance(project, dict) and "name" in project:
            yield folder, str(project["name"])


def _sanitised(name: str) -> str:
    return SANITISED_NAME.sub("_", name)[:LONGEST_NAME]


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(os.fsencode(text)).digest()).decode("ascii")[:8]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
