"""Hunks and files as these tests write them."""

from tools.patch import Hunk, parse_patch
from tools.patch.place.fit import FileLines


def hunks(body: str) -> tuple[Hunk, ...]:
    """The hunks of a patch of one file, from their headers and lines."""
    (patch,) = parse_patch(f"--- a/f\n+++ b/f\n{body}")
    return patch.hunks


def hunk(lines: str, header: str = "@@ @@") -> Hunk:
    """One hunk."""
    (one,) = hunks(f"{header}\n{lines}")
    return one


def file(text: str, path: str = "f") -> FileLines:
    """A file to place hunks in."""
    return FileLines.of(path, text)
