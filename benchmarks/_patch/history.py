"""True changes out of a repository's history, and the files that stood beside them."""

import hashlib
import random
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

TEXT = {".py", ".rst", ".md", ".toml", ".cfg", ".txt", ".ini", ".yml", ".yaml"}
LARGEST_BYTES = 80_000
LONGEST_LINES = 2500
MOST_CHANGED_LINES = 120
MOST_FILES = 4
OTHER_VERSIONS = (3, 12, 50, 200)  # commits away
SEEDS_APART = 2
ASKED_AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file of a commit as text, None where it did not exist; `others` are its versions in commits nearby."""

    old_path: str | None
    new_path: str | None
    old: str | None
    new: str | None
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Commit:
    """Up to four text files that change together, with some neighbours that do not."""

    name: str
    files: tuple[FileChange, ...]
    siblings: Mapping[str, bytes]


class Objects:
    """Reads objects of one repository through a single git process."""

    def __init__(self, git_dir: str) -> None:
        self._process = subprocess.Popen(
            ["git", "--git-dir", git_dir, "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def __enter__(self) -> "Objects":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def read(self, name: str) -> bytes | None:
        """The object's bytes, None when there is none of that name."""
        if self._process.stdin is None or self._process.stdout is None or "\n" in name:
            return None
        self._process.stdin.write(name.encode() + b"\n")
        self._process.stdin.flush()
        words = self._process.stdout.readline().split()
        if words[-1] in (b"missing", b"ambiguous"):
            return None
        data = self._process.stdout.read(int(words[-1]) + 1)
        return data[:-1]

    def text(self, name: str) -> str | None:
        """The object as text with plain line ends, None when it is none or too large."""
        data = self.read(name)
        if data is None or len(data) > LARGEST_BYTES or b"\0" in data or b"\r" in data:
            return None
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return None
        return text if text.count("\n") <= LONGEST_LINES and not text.startswith("\ufeff") else None

    def folder(self, name: str) -> list[str]:
        """Names of the plain files in a folder, given as `commit:path`."""
        data, names = self.read(name) or b"", []
        while data:
            entry, _, rest = data.partition(b"\0")
            mode, _, file = entry.partition(b" ")
            names += [file.decode("utf-8", "replace")] if mode == b"100644" else []
            data = rest[20:]
        return names


def commits(git_dir: str, seed: int, most: int) -> list[Commit]:
    """Up to `most` commits that belong to this seed, in an order that it decides."""
    listed = _git(git_dir, "rev-list", "--no-merges", "--all").split()
    order = {name: at for at, name in enumerate(listed)}
    mine = [name for name in listed if _belongs(name, seed)]
    random.Random(f"{seed}").shuffle(mine)
    found: list[Commit] = []
    with Objects(git_dir) as objects:
        for name, rows in _changed(git_dir, mine):
            near = [listed[at] for gap in OTHER_VERSIONS for at in _around(order[name], gap, len(listed))]
            found += _parts(objects, name, rows, near)
            if len(found) >= most:
                return found[:most]
    return found


def _belongs(commit: str, seed: int) -> bool:
    """Seeds of other parity see other commits."""
    digest = hashlib.sha1(f"patch benchmark {commit}".encode(), usedforsecurity=False).digest()
    return digest[0] % SEEDS_APART == seed % SEEDS_APART


def _around(at: int, gap: int, length: int) -> list[int]:
    return [place for place in (at - gap, at + gap) if 0 <= place < length]


def _git(git_dir: str, *arguments: str, given: str = "") -> str:
    argv = ["git", "--git-dir", git_dir, "-c", "core.quotePath=false", *arguments]
    return subprocess.run(argv, input=given, capture_output=True, text=True, check=True).stdout


def _changed(git_dir: str, names: Sequence[str]) -> Iterator[tuple[str, list[list[str]]]]:
    """Each commit with its rows: status, old blob, new blob, old path, new path."""
    for first in range(0, len(names), ASKED_AT_ONCE):
        yield from _compared(git_dir, names[first : first + ASKED_AT_ONCE])


def _compared(git_dir: str, names: Sequence[str]) -> Iterator[tuple[str, list[list[str]]]]:
    output = _git(git_dir, "diff-tree", "--stdin", "-r", "-M", "--raw", "--no-abbrev", given="\n".join(names) + "\n")
    name, rows = "", list[list[str]]()
    for line in output.splitlines():
        if not line.startswith(":"):
            if rows:
                yield name, rows
            name, rows = line.strip(), []
            continue
        modes, *paths = line[1:].split("\t")
        old_mode, new_mode, old, new, status = modes.split(" ")
        if {old_mode, new_mode} <= {"000000", "100644"} and status[0] in "AMDR":
            rows.append([status[0], old, new, paths[0], paths[-1]])
    if rows:
        yield name, rows


def _parts(objects: Objects, name: str, rows: Sequence[Sequence[str]], near: Sequence[str]) -> Iterator[Commit]:
    files = [file for row in rows if (file := _file(objects, row, near)) is not None]
    for first in range(0, min(len(files), MOST_FILES * 5), MOST_FILES):
        part = tuple(files[first : first + MOST_FILES])
        paths = {path for row in rows for path in row[3:]}
        yield Commit(f"{name[:10]}-{first}", part, _siblings(objects, name, part, paths))


def _file(objects: Objects, row: Sequence[str], near: Sequence[str]) -> FileChange | None:
    status, old_blob, new_blob, old_path, new_path = row
    if PurePosixPath(new_path).suffix not in TEXT or any(character in old_path + new_path for character in ' "\\'):
        return None
    old = None if status == "A" else objects.text(old_blob)
    new = None if status == "D" else objects.text(new_blob)
    if (old is None and status != "A") or (new is None and status != "D") or not (old or new):
        return None
    if status in "AD" and len((old or new or "").splitlines()) > MOST_CHANGED_LINES:
        return None
    if not all(text.endswith("\n") for text in (old, new) if text):
        return None
    others = [objects.text(f"{commit}:{old_path}") for commit in near] if status == "M" else []
    different = tuple(dict.fromkeys(text for text in others if text and text not in (old, new)))
    return FileChange(None if status == "A" else old_path, None if status == "D" else new_path, old, new, different)


def _siblings(objects: Objects, name: str, files: Sequence[FileChange], taken: set[str]) -> dict[str, bytes]:
    """Two to five small files of the same commit that it leaves alone."""
    chance = random.Random(name)
    folder = str(Path(files[0].old_path or files[0].new_path or "").parent)
    prefixes = [f"{folder}/", ""] if folder != "." else [""]
    paths = [prefix + file for prefix in prefixes for file in objects.folder(f"{name}^:{prefix}")]
    free = [path for path in paths if path not in taken and PurePosixPath(path).suffix in TEXT]
    chosen = chance.sample(free, min(len(free), chance.randint(2, 5)))
    found = {path: objects.text(f"{name}^:{path}") for path in chosen}
    return {path: text.encode() for path, text in found.items() if text and len(text) < LARGEST_BYTES // 4}
