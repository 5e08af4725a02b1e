"""What must hold for any text given to the patch engine; each function fails with any error but a PatchError."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.support import files_of, write_files
from tools.errors import PatchError
from tools.patch import decide, decode, git_diff, parse_patch, write

# Short, alike and nested, so that much fits twice or almost.
TREE: Mapping[str, str] = {
    "a.py": "import os\n\n\nclass A:\n    def f(self):\n        return 0\n\n    def g(self):\n        return 0\n\n\n"
    "class B:\n    def f(self):\n        x = 1\n        return x\n",
    "b.txt": "one\ntwo\nsame\n\nsame\n\nthree \n\tfour\nfive",
    "d/c.md": "# Title\r\n\r\n- item\r\n- item\r\n",
}


def parse(data: bytes) -> None:
    """A text is read, or refused with a PatchError."""
    try:
        patches = parse_patch(decode(data))
    except PatchError:
        return
    assert patches


def apply(data: bytes) -> None:
    """A patch is refused and nothing changes, or applied: then its canonical diff does the same, and never twice."""
    folder = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    try:
        _apply(decode(data), folder)
    finally:
        shutil.rmtree(folder)


def _apply(text: str, folder: Path) -> None:
    tree, other = folder / "tree", folder / "other"
    write_files(tree, TREE)
    write_files(other, TREE)
    before = files_of(folder)
    try:
        changes = decide(parse_patch(text), tree)
    except PatchError:
        assert files_of(folder) == before
        return
    assert changes
    write(changes, tree)
    write(decide(parse_patch(git_diff(changes)), other), other)
    assert files_of(tree) == files_of(other), "the canonical diff does something else"
    assert files_of(tree) != {name: content.encode() for name, content in TREE.items()}, "nothing was changed"
    again = _again(text, tree)
    assert again is None, f"it applies twice: {again}"


def _again(text: str, tree: Path) -> str | None:
    try:
        return git_diff(decide(parse_patch(text), tree))
    except PatchError:
        return None


TARGETS = {"parse": parse, "apply": apply}
