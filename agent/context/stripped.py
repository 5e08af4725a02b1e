"""Images without what is not the picture: comments, EXIF, colour profiles, text chunks, thumbnails, trailing bytes.

Each format is taken apart into its pieces and put together again from those that a decoder needs. What cannot be taken
apart is Unreadable: it might hold anything.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator

PNG = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
JPEG_KEPT = frozenset({*range(0xC0, 0xD0), 0xDA, 0xDB, 0xDC, 0xDD})  # frames, tables, scans
JFIF = b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"  # version 1.1, square pixels, no thumbnail
WEBP_KEPT = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH"})
WEBP_ALPHA = 0x10  # the one flag of VP8X whose chunk is kept
IMAGE, EXTENSION, TRAILER, GRAPHIC_CONTROL = 0x2C, 0x21, 0x3B, 0xF9


class Unreadable(ValueError):
    """The bytes are no whole image of this format."""


def stripped(data: bytes) -> tuple[str, bytes]:
    """The media type and the bare image; Unreadable for what is no PNG, JPEG, GIF or WebP, or a broken one."""
    for magic, media_type, strip in FORMATS:
        if data.startswith(magic):
            try:
                return media_type, strip(data)
            except (struct.error, IndexError) as error:
                raise Unreadable("it ends too early") from error
    raise Unreadable("it is no PNG, JPEG, GIF or WebP")


def _png(data: bytes) -> bytes:
    chunks = list(_png_chunks(data))
    if not chunks or chunks[0][0] != b"IHDR" or all(kind != b"IDAT" for kind, _ in chunks):
        raise Unreadable("it holds no picture")
    return PNG + b"".join(chunk for kind, chunk in chunks if kind in PNG_KEPT)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at, kind = len(PNG), b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at)
        (told,) = struct.unpack_from(">I", data, at + 8 + length)
        if zlib.crc32(data[at + 4 : at + 8 + length]) != told:
            raise Unreadable("a chunk's checksum is wrong")
        yield kind, data[at : at + 12 + length]
        at += 12 + length


def _jpeg(data: bytes) -> bytes:
    kept, at, scans = [data[:2]], 2, 0
    while True:
        marker, at = _marker(data, at)
        if marker == 0xD9:
            break
        (length,) = struct.unpack_from(">H", data, at)
        segment, at = data[at : at + length], at + length
        if length < 2 or len(segment) < length:
            raise Unreadable("it ends too early")
        if marker in JPEG_KEPT or (marker == 0xEE and segment[2:7] == b"Adobe"):
            kept.append(bytes([0xFF, marker]) + segment)
        elif marker == 0xE0 and segment[2:7] == b"JFIF\x00":
            kept.append(b"\xff\xe0\x00\x10" + JFIF)
        if marker == 0xDA:
            end = _end_of_scan(data, at)
            kept.append(data[at:end])
            at, scans = end, scans + 1
    if not scans:
        raise Unreadable("it holds no picture")
    return b"".join([*kept, b"\xff\xd9"])


def _marker(data: bytes, at: int) -> tuple[int, int]:
    """The marker at a place, after any fill bytes, and where what follows it begins."""
    if data[at] != 0xFF:
        raise Unreadable("it is damaged")
    while data[at] == 0xFF:
        at += 1
    return data[at], at + 1


def _end_of_scan(data: bytes, at: int) -> int:
    """Where the compressed data ends: at a marker that is neither a stuffed byte nor a restart."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0:
            raise Unreadable("it ends too early")
        if data[at + 1] not in (0x00, *range(0xD0, 0xD8)):
            return at
        at += 2


def _gif(data: bytes) -> bytes:
    """The first picture of it."""
    at = 13 + _table_size(data[10])
    kept = [data[:at]]
    while data[at] == EXTENSION:
        end = _end_of_blocks(data, at + 2)
        if data[at + 1] == GRAPHIC_CONTROL:
            kept.append(data[at:end])
        at = end
    if data[at] != IMAGE:
        raise Unreadable("it holds no picture")
    blocks = at + 11 + _table_size(data[at + 9])
    kept.append(data[at : _end_of_blocks(data, blocks)])
    return b"".join([*kept, bytes([TRAILER])])


def _table_size(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _end_of_blocks(data: bytes, at: int) -> int:
    while data[at]:
        at += 1 + data[at]
    return at + 1


def _webp(data: bytes) -> bytes:
    chunks, at, end = [], 12, 8 + int(struct.unpack_from("<I", data, 4)[0])
    if data[8:12] != b"WEBP" or end > len(data):
        raise Unreadable("it ends too early")
    while at < end:
        kind, length = struct.unpack_from("<4sI", data, at)
        content = data[at + 8 : at + 8 + length]
        if len(content) < length:
            raise Unreadable("it ends too early")
        if kind == b"ANIM":
            raise Unreadable("it is animated")
        if kind == b"VP8X":
            content = bytes([content[0] & WEBP_ALPHA]) + content[1:]
        if kind in WEBP_KEPT:
            chunks.append(struct.pack("<4sI", kind, length) + content + b"\0" * (length % 2))
        at += 8 + length + length % 2
    if not any(chunk.startswith((b"VP8 ", b"VP8L")) for chunk in chunks):
        raise Unreadable("it holds no picture")
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


FORMATS: tuple[tuple[bytes, str, Callable[[bytes], bytes]], ...] = (
    (PNG, "image/png", _png),
    (b"\xff\xd8\xff", "image/jpeg", _jpeg),
    (b"GIF87a", "image/gif", _gif),
    (b"GIF89a", "image/gif", _gif),
    (b"RIFF", "image/webp", _webp),
)
