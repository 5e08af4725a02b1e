"""What an applier did to a tree, told from the trees alone."""

import ast
import stat
import warnings
from collections.abc import Mapping
from pathlib import Path

from benchmarks._patch.values import Case

OUTCOMES = ("exact", "refused", "noop", "half", "wrong", "escape")


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file's bytes and every link's target; folders without files do not count."""
    found: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = b"-> " + str(path.readlink()).encode()
        elif path.is_file():
            found[name] = path.read_bytes()
    return found


def devices() -> list[tuple[str, int, int]]:
    """What lies in /dev: an applier that takes /dev/null for a file replaces it."""
    entries = [(path.name, path.lstat()) for path in sorted(Path("/dev").iterdir())]
    return [(name, stat.S_IFMT(found.st_mode), found.st_rdev) for name, found in entries]


def judged(case: Case, before: Mapping[str, bytes], after: Mapping[str, bytes], *, failed: bool) -> str:
    """The outcome, given the tree before and after, and whether the applier said that it failed."""
    if before == after:
        return "refused" if failed else "noop"
    if failed:
        return "half"
    links = {name: b"-> " + target.encode() for name, target in case.links.items()}
    wanted = {**case.after, **links}
    if case.category == "must_refuse" or wanted.keys() != after.keys():
        return "wrong"
    same = all(data == after[name] or _same_meaning(name, data, after[name], case) for name, data in wanted.items())
    return "exact" if same else "wrong"


def _same_meaning(name: str, wanted: bytes, found: bytes, case: Case) -> bool:
    """Python of the same tree and the same text but for spaces; elsewhere trailing spaces where the damage has them."""
    if not name.endswith(".py"):
        return case.spaces and _without_trailing_space(wanted) == _without_trailing_space(found)
    if _marks(wanted) != _marks(found) or _solid(wanted) != _solid(found):
        return False
    trees = [tree for side in (wanted, found) if (tree := _tree(side)) is not None]
    return len(trees) == 2 and ast.dump(trees[0]) == ast.dump(trees[1])


def _without_trailing_space(data: bytes) -> list[bytes]:
    return [line.rstrip() for line in data.removesuffix(b"\n").split(b"\n")]


def _solid(data: bytes) -> list[bytes]:
    return [line.strip() for line in data.split(b"\n") if line.strip()]


def _marks(data: bytes) -> tuple[bool, bool]:
    return b"\r\n" in data, data.startswith(b"\xef\xbb\xbf")


def parses(source: str) -> bool:
    """True for Python of this interpreter's grammar."""
    return _tree(source.encode()) is not None


def _tree(source: bytes) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None
