"""Text of files, patches and what git says: bytes that are not UTF-8 survive; lines with their numbers."""

from collections.abc import Iterable


def decode(data: bytes) -> str:
    """Text of a file or patch; bytes that are not UTF-8 survive the way back through `encode`."""
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """The bytes `decode` came from."""
    return text.encode("utf-8", "surrogateescape")


def numbered(lines: Iterable[str], first: int) -> str:
    """Lines for a model, each after its number and a tab, which leaves their indentation as it is."""
    return "\n".join(f"{number}\t{line}" for number, line in enumerate(lines, first))
