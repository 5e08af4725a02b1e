"""The target's own interpreter: found where users keep it, asked once what it is and what it can see."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.errors import ToolError
from tools.testing.interpreter_places import interpreter_places

PLUGINS = Path(__file__).parent / "plugin"
OLDEST_PYTHON = (3, 8)
OLDEST_PYTEST = (6, 0)  # with 5.4 our warm worker does not answer


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python that runs the target's tests. `packages` maps pytest and the plug-ins we care for to versions."""

    executable: Path
    version: str
    prefixes: tuple[Path, ...]
    path: tuple[Path, ...]
    packages: Mapping[str, str]
    found: str

    @property
    def has_monitoring(self) -> bool:
        """Whether lines are traced at hardly any cost (sys.monitoring)."""
        return _numbers(self.version) >= (3, 12)

    @property
    def readable(self) -> tuple[Path, ...]:
        """Paths a sandbox must leave readable for it to work."""
        real = self.executable.resolve()
        return tuple(dict.fromkeys((*self.prefixes, *self.path, self.executable.parent, real.parent, PLUGINS)))

    def import_roots(self, repository: Path) -> tuple[Path, ...]:
        """Entries of its import path inside the repository, environments left out."""
        environments = [prefix for prefix in self.prefixes if prefix != repository]
        own = [path for path in self.path if path.is_relative_to(repository) and path.suffix != ".zip"]
        return tuple(dict.fromkeys(path for path in own if not any(path.is_relative_to(env) for env in environments)))


def find_interpreter(
    wanted: str, repository: Path, start: Path, environ: Mapping[str, str], *, needs_pytest: bool = True
) -> Interpreter:
    """The named interpreter, else the first of the usual places that can run tests here.

    Raises ToolError `no-interpreter` when nothing runs, and `no-pytest`, `old-python` or `old-pytest` when what was
    found first cannot be used.
    """
    if wanted:
        return _usable(probe(_named(wanted, start), "as asked"), needs_pytest)
    first: ToolError | None = None
    tried: set[Path] = set()
    for path, where in interpreter_places(repository, start, environ):
        if path in tried:
            continue
        tried.add(path)
        try:
            return _usable(probe(path, where), needs_pytest)
        except ToolError as error:
            first = error if first is None or first.code == "no-interpreter" else first
    if first is None or first.code == "no-interpreter":
        raise ToolError("no-interpreter", "no Python interpreter found for the tests", "name one with --python PATH")
    raise first


def _named(wanted: str, start: Path) -> Path:
    """A path as seen from the current folder, its links kept (they lead to environments), or a command on PATH."""
    path = Path(wanted).expanduser()
    if len(path.parts) == 1 and not (start / path).exists():
        return Path(shutil.which(wanted) or path)
    return Path(os.path.normpath(start / path))


def _usable(interpreter: Interpreter, needs_pytest: bool) -> Interpreter:
    """The interpreter; ToolError where tests cannot be run with it."""
    executable, found = interpreter.executable, interpreter.found
    another = "name another interpreter with --python PATH"
    if _numbers(interpreter.version) < OLDEST_PYTHON:
        message = f"Python {interpreter.version} at {executable} ({found}) is too old"
        raise ToolError(
            "old-python", message, f"regreen runs tests with Python {_dotted(OLDEST_PYTHON)} or newer; {another}"
        )
    if not needs_pytest:
        return interpreter
    if "pytest" not in interpreter.packages:
        hint = f"install it there ({executable} -m pip install pytest), or {another}"
        raise ToolError("no-pytest", f"pytest is not installed in {executable} ({found})", hint)
    if _numbers(interpreter.packages["pytest"]) < OLDEST_PYTEST:
        message = f"pytest {interpreter.packages['pytest']} at {executable} ({found}) is too old"
        update = f"{executable} -m pip install -U pytest"
        hint = f"regreen works with pytest {_dotted(OLDEST_PYTEST)} or newer: {update}, or {another}"
        raise ToolError("old-pytest", message, hint)
    return interpreter


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def answer_of(path: Path, script: str, seconds: float = 30.0) -> Any:
    """What a script among our plug-ins prints as JSON when an interpreter runs it; ToolError `no-interpreter`."""
    argv = [str(path), str(PLUGINS / script)]
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    try:
        ran = subprocess.run(
            argv, capture_output=True, text=True, timeout=seconds, cwd="/", env=env, stdin=subprocess.DEVNULL
        )
        return json.loads(ran.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        hint = "use --python PATH with a working Python 3.8 or newer"
        raise ToolError("no-interpreter", f"{path} does not run as a Python interpreter", hint) from error


def probe(path: Path, where: str) -> Interpreter:
    """Ask an interpreter about itself; ToolError `no-interpreter` when it does not answer."""
    row = answer_of(path, "regreen_probe.py")
    return Interpreter(
        executable=Path(row["executable"]),
        version=row["version"],
        prefixes=tuple(Path(prefix) for prefix in row["prefixes"]),
        path=tuple(Path(entry) for entry in row["path"]),
        packages=row["packages"],
        found=where,
    )
