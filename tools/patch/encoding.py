"""Which characters a file's bytes are: UTF-8, what a Python file declares (PEP 263), or nothing that is known."""

import codecs
import re
from collections.abc import Iterable, Sequence

from tools.errors import PatchError
from tools.patch.types import Hunk, decode, encode

UTF8 = "utf-8"
# Only the ASCII characters of such a file are known for sure; it is edited byte for byte.
BYTES = "bytes"
PYTHON = (".py", ".pyi", ".pyw")
_COOKIE = re.compile(rb"(?:[ \t\f\r]*(?:#[^\n]*)?\n)?[ \t\f]*#[^\n]*?coding[:=][ \t]*([-\w.]+)")
# One line end at least is the same byte in all of these, and no state is carried from one line to the next.
_CODECS = re.compile(r"ascii|iso8859|cp\d|koi8|kz1048|mac|tis|ptcp|euc|gb|big5|shift_jis|johab")
_FOREIGN = re.compile("[\udc80-\udcff]")
_SAVE = "save the file as UTF-8 first, or add ASCII characters only"


def read(path: str, data: bytes, hunks: Sequence[Hunk] = ()) -> tuple[str, str]:
    """The text of a file, and the codec to write it with; what the hunks quote is text, or bytes where it has any."""
    codec = BYTES if _hold_bytes(hunks) else _codec(declared(path, data), data)
    return (decode(data) if codec in (UTF8, BYTES) else data.decode(codec)), codec


def written(path: str, text: str, codec: str, hunks: Sequence[Hunk]) -> bytes:
    """The bytes of a new text; PatchError `encoding` when it is not sure which bytes an added character is."""
    foreign = next((c for line in _added(hunks) for c in line if not c.isascii()), None)
    if foreign is None or _hold_bytes(hunks):
        return encode(text) if codec in (UTF8, BYTES) else text.encode(codec)
    after = declared(path, encode(text))
    if codec == BYTES or after != codec:
        message = f"{path}: the patch adds {foreign!r}, but it is not certain which encoding the file is in"
        raise PatchError("encoding", message, _SAVE, path)
    try:
        return text.encode(codec)
    except UnicodeEncodeError as error:
        message = f"{path} is written in {codec}, which has no {error.object[error.start]!r}"
        raise PatchError("encoding", message, _SAVE, path) from error


def declared(path: str, data: bytes) -> str:
    """The codec that a Python file names in its first two lines; UTF-8 for none, "" for one that is not known."""
    cookie = _COOKIE.match(data) if path.endswith(PYTHON) and not data.startswith(codecs.BOM_UTF8) else None
    if cookie is None:
        return UTF8
    try:
        name = codecs.lookup(cookie[1].decode("ascii")).name
    except LookupError:
        return ""
    if name in (UTF8, "utf-8-sig"):
        return UTF8
    return name if _CODECS.match(name) and _is_the_same(bytes(range(128)), name) else ""


def _codec(stated: str, data: bytes) -> str:
    is_utf8 = data.isascii() or _is_the_same(data, UTF8)
    if stated == UTF8:
        return UTF8 if is_utf8 else BYTES
    # A file that declares one encoding and holds another may mean either.
    sure = data.isascii() or not is_utf8
    return stated if stated and sure and _is_the_same(data, stated) else BYTES


def _is_the_same(data: bytes, codec: str) -> bool:
    """True when the bytes are text in this codec and come back as they are, so that nothing outside an edit changes."""
    try:
        text = data.decode(codec)
        return text.isascii() == data.isascii() and text.encode(codec) == data
    except UnicodeError:
        return False


def _hold_bytes(hunks: Sequence[Hunk]) -> bool:
    """True for hunks that are bytes of the file, as git writes them, and no text: some of them are not UTF-8."""
    lines = (line.value for hunk in hunks for line in hunk.lines)
    return any(not line.isascii() and _FOREIGN.search(line) for line in lines)


def _added(hunks: Sequence[Hunk]) -> Iterable[str]:
    return (line.value for hunk in hunks for line in hunk.lines if line.line_type == "+" and not line.value.isascii())
