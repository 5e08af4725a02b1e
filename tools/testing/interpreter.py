"""The target's own interpreter: found where users keep it, asked once what it is and what it can see."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.errors import ToolError

PLUGINS = Path(__file__).parent / "plugin"


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
    def readable(self) -> tuple[Path, ...]:
        """Paths a sandbox must leave readable for it to work."""
        real = self.executable.resolve()
        return tuple(dict.fromkeys((*self.prefixes, *self.path, self.executable.parent, real.parent, PLUGINS)))

    def import_roots(self, repository: Path) -> tuple[Path, ...]:
        """Entries of its import path inside the repository, environments left out."""
        environments = [prefix for prefix in self.prefixes if prefix != repository]
        own = [path for path in self.path if path.is_relative_to(repository) and path.suffix != ".zip"]
        return tuple(dict.fromkeys(path for path in own if not any(path.is_relative_to(env) for env in environments)))


def find_interpreter(wanted: str, repository: Path, start: Path, environ: Mapping[str, str]) -> Interpreter:
    """The named interpreter, else the first of the usual places that has pytest, else the first that runs.

    Raises ToolError `no-interpreter` when nothing runs, and `no-pytest` when what was found has no pytest.
    """
    if wanted:
        return _with_pytest(probe(_named(wanted, start), "as asked"))
    found: list[Interpreter] = []
    for path, where in _places(repository, start, environ):
        try:
            interpreter = probe(path, where)
        except ToolError:
            continue
        if "pytest" in interpreter.packages:
            return interpreter
        found.append(interpreter)
    if not found:
        raise ToolError("no-interpreter", "no Python interpreter found for the tests", "name one with --python PATH")
    return _with_pytest(found[0])


def _named(wanted: str, start: Path) -> Path:
    """A path as seen from the current folder, its links kept (they lead to environments), or a command on PATH."""
    path = Path(wanted).expanduser()
    if len(path.parts) == 1 and not (start / path).exists():
        return Path(shutil.which(wanted) or path)
    return Path(os.path.normpath(start / path))


def _with_pytest(interpreter: Interpreter) -> Interpreter:
    if "pytest" not in interpreter.packages:
        executable = interpreter.executable
        hint = f"install it there ({executable} -m pip install pytest), or name another interpreter with --python PATH"
        raise ToolError("no-pytest", f"pytest is not installed in {executable} ({interpreter.found})", hint)
    return interpreter


def _places(repository: Path, start: Path, environ: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    folders = dict.fromkeys(
        [start, *(parent for parent in start.parents if parent.is_relative_to(repository)), repository]
    )
    for folder in folders:
        for name in (".venv", "venv", "env"):
            if (folder / name / "bin" / "python").exists():
                yield folder / name / "bin" / "python", f"the repository's {name}"
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        if environ.get(variable):
            yield Path(environ[variable]) / "bin" / "python", variable
    if sys.prefix != sys.base_prefix:
        yield Path(sys.executable), "the environment regreen runs in"
    for folder_name in environ.get("PATH", "").split(os.pathsep):
        for name in ("python3", "python"):
            if folder_name and (Path(folder_name) / name).exists():
                yield Path(folder_name) / name, "PATH"


def probe(path: Path, where: str) -> Interpreter:
    """Ask an interpreter about itself; ToolError `no-interpreter` when it does not answer."""
    argv = [str(path), str(PLUGINS / "regreen_probe.py")]
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    try:
        ran = subprocess.run(
            argv, capture_output=True, text=True, timeout=30, cwd="/", env=env, stdin=subprocess.DEVNULL
        )
        row = json.loads(ran.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        hint = "use --python PATH with a working Python 3.8 or newer"
        raise ToolError("no-interpreter", f"{path} does not run as a Python interpreter", hint) from error
    return Interpreter(
        executable=Path(row["executable"]),
        version=row["version"],
        prefixes=tuple(Path(prefix) for prefix in row["prefixes"]),
        path=tuple(Path(entry) for entry in row["path"]),
        packages=row["packages"],
        found=where,
    )
