"""Text of files, patches and what git says: bytes that are not UTF-8 survive."""


def decode(data: bytes) -> str:
    """Text of a file or patch; bytes that are not UTF-8 survive the way back through `encode`."""
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """The bytes `decode` came from."""
    return text.encode("utf-8", "surrogateescape")
