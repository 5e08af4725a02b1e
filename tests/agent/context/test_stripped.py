"""Images are taken apart and put together from what a decoder needs; whatever else they held is gone."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.context.stripped import Unreadable, stripped

SECRET = b"GPS 52.52 13.40, by Ada"
DATA = zlib.compress(b"\0\xff\0\0")


def chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def segment(marker: int, content: bytes) -> bytes:
    """A segment of a JPEG."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    """A WebP of these chunks."""
    body = b"".join(
        kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2) for kind, content in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


HEAD = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
PIXELS, END = chunk(b"IDAT", DATA), chunk(b"IEND", b"")
PNG = b"\x89PNG\r\n\x1a\n" + HEAD + PIXELS + END
TOLD_PNG = (
    b"\x89PNG\r\n\x1a\n" + HEAD + chunk(b"tEXt", b"Author\0" + SECRET) + chunk(b"eXIf", SECRET) + PIXELS
    + chunk(b"tIME", SECRET[:7]) + END + SECRET
)  # fmt: skip

TABLES, FRAME = segment(0xDB, b"\0" * 65), segment(0xC0, b"\x08\0\1\0\1\1\1\x11\0")
SCAN = segment(0xDA, b"\1\1\0\0\x3f\0") + b"\x12\xff\x00\x34\xff\xd0\x56"
BARE_JFIF = segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
JPEG = b"\xff\xd8" + BARE_JFIF + TABLES + FRAME + SCAN + b"\xff\xd9"
TOLD_JPEG = (
    b"\xff\xd8" + segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\1\1" + SECRET[:3]) + segment(0xE1, b"Exif\0\0" + SECRET)
    + segment(0xE2, b"ICC_PROFILE\0" + SECRET) + b"\xff" + TABLES + FRAME + segment(0xFE, SECRET) + SCAN
    + b"\xff\xd9" + SECRET
)  # fmt: skip

SCREEN = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0" * 6
CONTROL = b"\x21\xf9\x04\0\0\0\0\0"
PICTURE = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0"
GIF = SCREEN + CONTROL + PICTURE + b"\x3b"
COMMENT = b"\x21\xfe" + bytes([len(SECRET)]) + SECRET + b"\0"
TOLD_GIF = SCREEN + COMMENT + CONTROL + PICTURE + COMMENT + PICTURE + b"\x3b" + SECRET

CANVAS = b"\0\0\0\0\0\0\0\0\0"
WEBP = riff((b"VP8X", b"\x10" + CANVAS), (b"ALPH", b"a"), (b"VP8 ", b"pixels"))
TOLD_WEBP = riff(
    (b"VP8X", b"\x3c" + CANVAS), (b"ICCP", SECRET), (b"ALPH", b"a"), (b"VP8 ", b"pixels"),
    (b"EXIF", SECRET), (b"XMP ", SECRET),
)  # fmt: skip

IMAGES = {
    "png": ("image/png", PNG, TOLD_PNG),
    "jpeg": ("image/jpeg", JPEG, TOLD_JPEG),
    "gif": ("image/gif", GIF, TOLD_GIF),
    "webp": ("image/webp", WEBP, TOLD_WEBP),
}


@pytest.mark.parametrize("kind", IMAGES)
def test_only_the_picture_is_left(kind: str) -> None:
    media_type, bare, told = IMAGES[kind]
    assert stripped(told) == (media_type, bare)
    assert stripped(bare) == (media_type, bare)


@pytest.mark.parametrize("kind", IMAGES)
def test_an_image_that_is_cut_off_is_not_sent(kind: str) -> None:
    _, bare, _ = IMAGES[kind]
    for length in range(len(bare) - 1):  # the last byte of a GIF only says that it was the last
        with pytest.raises(Unreadable):
            stripped(bare[:length])


def test_what_is_no_image_or_a_damaged_one_is_said_to_be() -> None:
    damaged = TOLD_PNG.replace(SECRET, SECRET.upper(), 1)
    animated = riff((b"VP8X", b"\2" + CANVAS), (b"ANIM", b"\0" * 6))
    said = {}
    for data in (b"", b"<svg/>", damaged, animated, b"\x89PNG\r\n\x1a\n" + HEAD + END, b"\xff\xd8\xff\xd9"):
        with pytest.raises(Unreadable) as refused:
            stripped(data)
        said[data[-9:]] = str(refused.value)
    assert list(said.values()) == [
        "it is no PNG, JPEG, GIF or WebP",
        "it is no PNG, JPEG, GIF or WebP",
        "a chunk's checksum is wrong",
        "it is animated",
        "it holds no picture",
        "it holds no picture",
    ]


@given(kind=st.sampled_from(sorted(IMAGES)), at=st.integers(0, 200), junk=st.binary(max_size=8))
def test_damage_of_any_kind_is_refused_or_gone(kind: str, at: int, junk: bytes) -> None:
    _, bare, _ = IMAGES[kind]
    data = bare[:at] + junk + bare[at:]
    try:
        media_type, left = stripped(data)
    except Unreadable:
        return
    assert stripped(left) == (media_type, left)
