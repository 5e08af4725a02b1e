"""Which tests the user means, and the folder they are run from."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.cli.places import Place
from agent.core.errors import UsageProblem
from tools.testing.layout import find_test_root


@dataclass(frozen=True, slots=True)
class Selection:
    """What the user asked for, seen from the test root: `test_root` relative to the repository, node ids to it."""

    test_root: str
    tests: tuple[str, ...]


def select(place: Place, tests: Sequence[str]) -> Selection:
    """Resolve paths and node ids given from the current folder; UsageProblem for one that is not in the repository."""
    found = [_resolve(place, test) for test in tests]
    start = _common_folder([path for path, _ in found]) if found else place.cwd
    root = find_test_root(start, place.repository.root)
    names = [path.relative_to(root).as_posix() + rest if path != root else "." for path, rest in found]
    return Selection(root.relative_to(place.repository.root).as_posix(), tuple(names))


def _resolve(place: Place, test: str) -> tuple[Path, str]:
    name, separator, rest = test.partition("::")
    root = place.repository.root
    bases = [place.cwd, find_test_root(place.cwd, root), root]
    found = next((base / name for base in bases if (base / name).exists()), None)
    if found is None:
        raise UsageProblem(
            f"no such test file or folder: {name}", "name it from the current folder or the repository's root"
        )
    if not found.resolve().is_relative_to(root):
        raise UsageProblem(f"{name} lies outside the repository {root}", "run regreen in the repository that holds it")
    return found.resolve(), separator + rest


def _common_folder(paths: Sequence[Path]) -> Path:
    folders = [path if path.is_dir() else path.parent for path in paths]
    return Path(os.path.commonpath(folders))
