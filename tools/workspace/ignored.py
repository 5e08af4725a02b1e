"""Ignored files that tests need: a generated _version.py, built extensions, data. Copied, or bound read-only."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from tools.workspace.git import Repository
from tools.workspace.snapshot import VENV_MARK, virtual_environments

JUNK = frozenset({"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".tox", ".nox", ".git",
                  "node_modules", ".eggs", ".coverage", "htmlcov", ".idea", ".vscode", ".DS_Store"})  # fmt: skip
MAX_COPIED_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Carried:
    """Paths relative to the repository's root: `copied` into the tree, `bound` when they are large or environments."""

    copied: tuple[str, ...]
    bound: tuple[str, ...]


def carry_ignored(repository: Repository, tree: Path) -> Carried:
    """Copy what is small into `tree`; name the rest, for a sandbox to bind back read-only."""
    copied: list[str] = []
    bound = [path.name for path in virtual_environments(repository.root)]
    room = MAX_COPIED_BYTES
    for name in _ignored(repository):
        source = repository.root / name
        if _is_junk(name) or name in bound:
            continue
        size = _size(source, room)
        if (source / VENV_MARK).exists() or size > room:
            bound.append(name)
            continue
        room -= size
        _copy(source, tree / name)
        copied.append(name)
    return Carried(tuple(copied), tuple(bound))


def restore_carried(repository: Repository, tree: Path, carried: Carried) -> None:
    """Copy again what test runs changed or removed of the copied files."""
    for name in carried.copied:
        for source in _files(repository.root / name):
            target = tree / source.relative_to(repository.root)
            if _stamp(source) != _stamp(target):
                _copy(source, target)


def carried_files(repository: Repository) -> list[tuple[str, int, int]]:
    """Ignored files with size and time in nanoseconds, folders like environments by their own; what tests may read."""
    found = []
    for name in _ignored(repository):
        stamp = None if _is_junk(name) else _stamp(repository.root / name)
        if stamp is not None:
            found.append((name, *stamp))
    return found


def _files(path: Path) -> list[Path]:
    if path.is_symlink() or not path.is_dir():
        return [path] if path.is_symlink() or path.exists() else []
    files = [Path(folder) / file for folder, _, names in os.walk(path) for file in names]
    return [file for file in files if not _is_junk(str(file.relative_to(path)))]


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _ignored(repository: Repository) -> list[str]:
    listed = repository.git(["ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory"])
    names = [os.fsdecode(name).rstrip("/") for name in listed.split(b"\0") if name]
    return [name for name in names if name and not Path(name).is_absolute()]


def _is_junk(name: str) -> bool:
    return bool(JUNK.intersection(Path(name).parts)) or name.endswith((".pyc", ".pyo"))


def _size(path: Path, limit: int) -> int:
    if path.is_symlink() or path.is_file():
        return path.lstat().st_size
    total = 0
    for folder, _, files in os.walk(path):
        total += sum((Path(folder) / file).lstat().st_size for file in files)
        if total > limit:
            break
    return total


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_symlink() or source.is_file():
        shutil.copy2(source, target, follow_symlinks=False)
    elif source.is_dir():
        shutil.copytree(source, target, symlinks=True, ignore=_left_behind, dirs_exist_ok=True)


def _left_behind(folder: str, names: list[str]) -> set[str]:
    """Byte code, and what is no file: a pipe or socket belongs to a program that runs."""
    paths = {name: Path(folder, name) for name in names}
    special = {name for name, path in paths.items() if not (path.is_symlink() or path.is_file() or path.is_dir())}
    return special | {name for name in names if name == "__pycache__" or name.endswith(".pyc")}
