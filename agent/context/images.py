"""Images for a model that sees: read from local files, bounded, without anything but the picture."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from agent.context.stripped import Unreadable, stripped
from agent.core.errors import UsageProblem
from agent.core.message import Image

MAX_BYTES = 5_000_000  # of one file
MAX_IMAGES = 8
FOLDER = "images"  # beside a file of tasks: local copies of what its rows show
KINDS = "a PNG, JPEG, GIF or WebP of at most 5 MB, without animation"


def read_images(paths: Sequence[Path]) -> tuple[Image, ...]:
    """The images of files, in order; UsageProblem names the one that cannot be sent, and why."""
    if len(paths) > MAX_IMAGES:
        raise UsageProblem(f"{len(paths)} images are too many", f"give {MAX_IMAGES} at most")
    return tuple(read_image(path) for path in paths)


def read_image(path: Path) -> Image:
    """One image, bare; UsageProblem when it cannot be read, or is not certain to hold only a picture."""
    try:
        if not path.is_file():
            raise UsageProblem(f"no image at {path}", "name a file")
        size = path.stat().st_size
        data = path.read_bytes() if size <= MAX_BYTES else b""
    except OSError as error:
        raise UsageProblem(f"image {path}: {error.strerror}", "make the file readable") from error
    if size > MAX_BYTES:
        raise UsageProblem(f"image {path} is too large ({size:,} bytes)", f"give {KINDS}")
    try:
        media_type, bare = stripped(data)
    except Unreadable as error:
        raise UsageProblem(f"image {path} is not sent: {error}", f"give {KINDS}") from error
    return Image(path.name, media_type, base64.b64encode(bare).decode("ascii"))


def attached(names: Iterable[str], instance_id: str, beside: Path) -> tuple[tuple[Image, ...], tuple[str, ...]]:
    """The images of a task, and a sentence on each that is left out: nothing is ever fetched.

    `names` are paths relative to `beside`, or web addresses, of which a copy of the same name may lie in the folder
    `images` there, or in `images/<instance_id>`.
    """
    images: list[Image] = []
    left_out: list[str] = []
    for name in names:
        found = next((path for path in _places(name, instance_id, beside) if path.is_file()), None)
        if found is None or len(images) == MAX_IMAGES:
            left_out.append(f"image {name} is left out: {'no local copy' if found is None else 'too many'}")
            continue
        try:
            images.append(read_image(found))
        except UsageProblem as error:
            left_out.append(error.message)
    return tuple(images), tuple(left_out)


def _places(name: str, instance_id: str, beside: Path) -> list[Path]:
    parts = urlsplit(name)
    if parts.scheme not in ("http", "https"):
        return [beside / name]
    file = unquote(parts.path).rpartition("/")[2]
    folder = beside / FOLDER
    return [folder / instance_id / file, folder / file] if re.fullmatch(r"[\w.-]+", file) else []


def keep_images(folder: Path, images: Sequence[Image]) -> None:
    """Write the images of a run into its folder, for whoever goes on with it."""
    for number, image in enumerate(images):
        name = f"image-{number}.{image.media_type.partition('/')[2]}"
        (folder / name).write_bytes(base64.b64decode(image.base64))


def kept_images(folder: Path) -> tuple[Image, ...]:
    """The images that `keep_images` wrote."""
    return read_images(sorted(folder.glob("image-*")))
