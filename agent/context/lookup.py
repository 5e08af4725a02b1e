"""Where a repository holds what a text names: files, definitions, hits of its words."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.context.excerpt import Place
from agent.context.mentions import Mentions, mentions
from tools.patch import decode
from tools.secrets.files import is_secret_file

MAX_FILES = 20_000
MAX_BYTES = 500_000
MAX_HITS_EACH = 4
TOO_COMMON = 40  # hits; a word found more often says nothing
LONGEST_LINE = 160
_IMPORTS = re.compile(r"\s*(?:from\s+\S+\s+)?import\s")
_DEFINES = re.compile(r"\s*(?:async\s+def|def|class)\s")
SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "venv", "build", "dist"})


@dataclass(frozen=True, slots=True)
class Hit:
    """A line that holds one of the words; `line` is 1-based."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} | {self.text.strip()[:LONGEST_LINE]}"


@dataclass(frozen=True, slots=True)
class Found:
    """Files named, definitions of the names, and hits of names and strings; product code before tests."""

    paths: tuple[str, ...] = ()
    definitions: tuple[Place, ...] = ()
    hits: tuple[Hit, ...] = ()


def definitions_named(text: str, tree: Path) -> tuple[Place, ...]:
    """Where the functions and classes are defined that a text names."""
    return look_up(tree, mentions(text)).definitions if text.strip() else ()


def look_up(tree: Path, mentioned: Mentions, denied: Sequence[str] = ()) -> Found:
    """Search the text files of a tree, once; hidden and very large files, and those with secrets, are left out."""
    files = shown_files(tree, denied)
    paths = tuple(dict.fromkeys(path for name in mentioned.paths for path in files if f"/{path}".endswith(f"/{name}")))
    words = [*mentioned.names, *mentioned.strings]
    hits = _hits(tree, files, words) if words else {}
    definitions = tuple(dict.fromkeys(_definitions(hit for word in mentioned.names for hit in hits[word])))
    telling = [hit for found in hits.values() if len(found) <= TOO_COMMON for hit in _uses(found)[:MAX_HITS_EACH]]
    rest = {(hit.path, hit.line): hit for hit in telling if (hit.path, hit.line) not in definitions}
    return Found(paths, definitions, tuple(rest.values()))


def _uses(hits: Sequence[Hit]) -> list[Hit]:
    """Hits that do more than import a name, where there are any."""
    return [hit for hit in hits if not _IMPORTS.match(hit.text)] or list(hits)


def shown_files(tree: Path, denied: Sequence[str] = ()) -> list[str]:
    """The files that may be shown, product code before tests: none that is hidden, or may hold secrets."""
    shown = (path for path in _files(tree) if not is_secret_file(path, denied))
    return sorted(shown, key=lambda path: (_is_test(path), path))


def _definitions(hits: Iterable[Hit]) -> Iterator[Place]:
    for hit in hits:
        if hit.path.endswith(".py") and not _is_test(hit.path) and _DEFINES.match(hit.text):
            yield hit.path, hit.line


def _hits(tree: Path, files: Sequence[str], words: Sequence[str]) -> dict[str, list[Hit]]:
    found: dict[str, list[Hit]] = {word: [] for word in words}
    whole = {word: re.compile(rf"(?<!\w){re.escape(word)}(?!\w)") for word in words}
    for hit in _lines_with_any(tree, files, words):
        for word in words:
            if whole[word].search(hit.text):
                found[word].append(hit)
    return found


def _lines_with_any(tree: Path, files: Sequence[str], words: Sequence[str]) -> Iterator[Hit]:
    wanted = re.compile("|".join(re.escape(word) for word in words))
    for path in files:
        text = text_of_file(tree / path)
        if wanted.search(text):
            yield from (Hit(path, at, line) for at, line in enumerate(text.split("\n"), 1) if wanted.search(line))


def text_of_file(path: Path) -> str:
    """The text of a file; "" where it is none, or a very large one."""
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_BYTES else b""
    except OSError:
        return ""
    return "" if b"\0" in data else decode(data)


def _files(tree: Path) -> Iterator[str]:
    count = 0
    for folder, folders, names in os.walk(tree):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in SKIPPED_FOLDERS)
        for name in names:
            path = Path(folder, name)
            if name.startswith(".") or path.is_symlink():
                continue
            count += 1
            if count > MAX_FILES:
                return
            yield path.relative_to(tree).as_posix()


def _is_test(path: str) -> bool:
    parts = path.split("/")
    return any(part in ("test", "tests", "testing") for part in parts) or parts[-1].startswith(("test_", "conftest"))
