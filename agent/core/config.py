"""Settings of a run: defaults < user file < regreen.toml or [tool.regreen] < REGREEN_* < flags."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Literal, TypeVar, get_args, get_type_hints

from agent.core.errors import UsageProblem

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Settings = TypeVar("Settings", bound=DataclassInstance)

SandboxMode = Literal["auto", "require", "off"]
Scope = Literal["auto", "impacted", "full"]
Context = Literal["focused", "full"]
Accept = Literal["proved", "plausible"]
Honest = Literal["auto", "on", "off"]
LISTS = ("pass_env", "deny", "authors")
TRUTH_WORDS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False,
               "": False}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Config:
    """What the user set, once merged. Seconds are wall time; costs are USD; no `model`: as the keys say.

    `test_report` is a pattern of JUnit files that `test_command` writes below the repository; `deny` are patterns of
    files that are never read for a model. `test_memory_mb`, `test_processes` and `test_disk_mb` bound what all
    processes of a test run use together; 0 is what this machine can spare. `lab_workers` processes try edits side by
    side; 0: two, where there are as many processors. `honest` `auto` is on for tasks of
    benchmarks alone; `authors` are those whose issues and comments are read, all without any. `max_cost_per_day` holds
    for all runs of this user (None: no limit).
    """

    model: str = ""
    max_cost: float = 1.0
    max_seconds: float = 600.0
    max_steps: int = 40
    scope: Scope = "auto"
    accept: Accept = "proved"
    sandbox: SandboxMode = "auto"
    python: str = ""
    test_command: str = ""
    test_report: str = ""
    pass_env: tuple[str, ...] = ()
    allow_test_edits: bool = False
    escalate: bool = True
    context: Context = "focused"
    samples: int = 0
    deny: tuple[str, ...] = ()
    test_memory_mb: int = 0
    test_processes: int = 0
    test_disk_mb: int = 0
    lab_workers: int = 0
    honest: Honest = "auto"
    authors: tuple[str, ...] = ()
    max_cost_per_day: float | None = None


def load_config(repository: Path, environ: Mapping[str, str], flags: Mapping[str, object]) -> Config:
    """Merge every source, strongest last. An unknown key or a wrong type is a UsageProblem naming its source."""
    config = Config()
    for source, table in _tables(repository, environ):
        config = _merged(config, table, source)
    given = {name: value for name, value in flags.items() if value is not None}
    return _merged(config, given, "the command line")


def load_section(
    name: str, defaults: Settings, repository: Path, environ: Mapping[str, str], flags: Mapping[str, object]
) -> Settings:
    """The settings of one command, from the section `[tool.regreen.NAME]` of every file, then its flags."""
    settings = defaults
    for source, table in _tables(repository, environ):
        section = table.get(name)
        if isinstance(section, dict):
            settings = _merged(settings, section, f"{source}, section {name}")
    given = {key: value for key, value in flags.items() if value is not None}
    return _merged(settings, given, "the command line")


def _tables(repository: Path, environ: Mapping[str, str]) -> list[tuple[str, Mapping[str, object]]]:
    home = environ.get("XDG_CONFIG_HOME") or str(Path(environ.get("HOME", "/")) / ".config")
    names = {field.name for field in fields(Config)}
    from_env = {
        key.removeprefix("REGREEN_").lower(): value
        for key, value in environ.items()
        if key.startswith("REGREEN_") and key.removeprefix("REGREEN_").lower() in names
    }
    pyproject = _read(repository / "pyproject.toml").get("tool", {})
    own = pyproject.get("regreen", {}) if isinstance(pyproject, dict) else {}
    return [
        ("the user's configuration", _read(Path(home) / "regreen" / "config.toml")),
        ("pyproject.toml [tool.regreen]", own if isinstance(own, dict) else {}),
        ("regreen.toml", _read(repository / "regreen.toml")),
        ("the environment", {name: _from_text(name, value) for name, value in from_env.items()}),
    ]


def _read(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return {}
    except (ValueError, RecursionError) as error:  # not TOML, not text, or numbers and tables beyond Python's limits
        if path.name == "pyproject.toml":  # not ours alone: pytest will say it better
            return {}
        raise UsageProblem(f"{path}: not valid TOML: {error}", "mend or remove the file") from error


def _from_text(name: str, value: str) -> object:
    kind = _plain(_kinds(Config)[name])
    if kind is bool:
        return TRUTH_WORDS.get(value.lower(), value)
    if kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            return value
    return tuple(value.split(",")) if name in LISTS else value


def _merged(config: Settings, table: Mapping[str, object], source: str) -> Settings:
    known = _kinds(type(config))
    values: dict[str, object] = {}
    for raw_key, value in table.items():
        key = raw_key.replace("-", "_")
        if isinstance(value, dict):
            continue  # a sub-table of a later feature
        if key not in known:
            raise UsageProblem(f"unknown setting {raw_key!r} in {source}", f"known settings: {', '.join(known)}")
        values[key] = _checked(key, value, known[key], source)
    return replace(config, **values)


@cache
def _kinds(settings: type) -> Mapping[str, object]:
    """The type of each setting, by its name."""
    return get_type_hints(settings)


def _plain(kind: object) -> object:
    """The type without the None of its default."""
    options = get_args(kind)
    return next(option for option in options if option is not NoneType) if NoneType in options else kind


def _checked(key: str, value: object, kind: object, source: str) -> object:
    kind = _plain(kind)
    choices = get_args(kind) if getattr(kind, "__origin__", None) is Literal else ()
    if choices and value not in choices:
        raise UsageProblem(f"{key} in {source} is {value!r}", f"use one of: {', '.join(choices)}")
    if key == "test_report" and isinstance(value, str) and not _is_pattern_below(value):
        raise UsageProblem(f"{key} in {source} is {value!r}", "use a pattern below the repository, like build/*.xml")
    if key in LISTS and isinstance(value, list | tuple):
        return tuple(str(item) for item in value)
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        if not 0 <= value < float("inf"):
            raise UsageProblem(f"{key} in {source} is {value}", "use a number of 0 or more")
        return float(value)
    if kind is int and isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if kind in (str, bool) and isinstance(value, kind):
        return value
    if choices:
        return value
    raise UsageProblem(f"{key} in {source} is {value!r}", f"it wants {getattr(kind, '__name__', kind)}")


def _is_pattern_below(value: str) -> bool:
    """Whether a pattern of files is valid and leads nowhere but down; "" is none at all."""
    try:
        next(Path("/nonexistent").glob(value or "*"), None)
    except (ValueError, NotImplementedError):
        return False
    return ".." not in Path(value).parts and not Path(value).is_absolute()
