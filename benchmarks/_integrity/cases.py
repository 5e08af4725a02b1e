"""The hostile cases in fixtures/hostile: what each tries, in a sentence, and the patch that tries it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HOSTILE = Path(__file__).parents[2] / "fixtures" / "hostile"
BASE = HOSTILE / "base"


@dataclass(frozen=True, slots=True)
class HostilePatch:
    """A patch against `BASE`."""

    name: str
    tries: str
    patch: str


def hostile_patches() -> list[HostilePatch]:
    """All hostile patches, by name."""
    return [_read(path) for path in sorted((HOSTILE / "patches").glob("*.diff"))]


def _read(path: Path) -> HostilePatch:
    tries, _, patch = path.read_text(encoding="utf-8").partition("\n\n")
    return HostilePatch(path.stem, tries, patch)


def files_below(folder: Path) -> dict[str, str]:
    """The texts of a folder by relative path."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in found}


@dataclass(frozen=True, slots=True)
class HostileRepository:
    """A repository whose own files cheat, and a patch that mends nothing and sets them off."""

    name: str
    tries: str
    files: dict[str, str]
    patch: str


def hostile_repositories() -> list[HostileRepository]:
    """All hostile repositories, by name."""
    return [
        HostileRepository(
            folder.name,
            (folder / "README.md").read_text(encoding="utf-8").strip(),
            files_below(folder / "repo"),
            (folder / "patch.diff").read_text(encoding="utf-8"),
        )
        for folder in sorted((HOSTILE / "repos").iterdir())
    ]
