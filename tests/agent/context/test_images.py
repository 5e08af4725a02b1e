"""Images are read from local files only, within bounds, and those of a task are found beside it."""

import base64
from pathlib import Path

import pytest

from agent.context.images import MAX_BYTES, MAX_IMAGES, attached, keep_images, kept_images, read_images
from agent.core.errors import UsageProblem
from agent.core.message import Image
from tests.agent.context.test_stripped import GIF, PNG, TOLD_PNG

BARE = Image("shot.png", "image/png", base64.b64encode(PNG).decode())


def test_an_image_is_sent_without_its_metadata(tmp_path: Path) -> None:
    (tmp_path / "shot.png").write_bytes(TOLD_PNG)
    assert read_images([tmp_path / "shot.png"]) == (BARE,)


def test_what_cannot_be_sent_is_refused_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "notes.png").write_text("no image")
    (tmp_path / "huge.png").write_bytes(PNG + b"\0" * MAX_BYTES)
    said = []
    for paths in (["missing.png"], ["notes.png"], ["huge.png"], ["."], ["shot.png"] * (MAX_IMAGES + 1)):
        with pytest.raises(UsageProblem) as refused:
            read_images([tmp_path / path for path in paths])
        said.append(refused.value.message.replace(str(tmp_path), "…"))
    assert said == [
        "no image at …/missing.png",
        "image …/notes.png is not sent: it is no PNG, JPEG, GIF or WebP",
        f"image …/huge.png is too large ({MAX_BYTES + len(PNG):,} bytes)",
        "no image at …",
        f"{MAX_IMAGES + 1} images are too many",
    ]


def test_images_of_a_task_are_local_files_or_left_out(tmp_path: Path) -> None:
    (tmp_path / "images" / "task-1").mkdir(parents=True)
    (tmp_path / "images" / "task-1" / "shot.png").write_bytes(TOLD_PNG)
    (tmp_path / "images" / "plan.gif").write_bytes(GIF)
    (tmp_path / "mine.png").write_text("no image")
    names = ["https://x.org/a/shot.png?raw=1", "https://x.org/plan.gif", "https://x.org/%2e%2e/mine.png", "mine.png"]
    images, left_out = attached(names, "task-1", tmp_path)
    assert images == (BARE, Image("plan.gif", "image/gif", base64.b64encode(GIF).decode()))
    assert [sentence.replace(str(tmp_path), "…") for sentence in left_out] == [
        "image https://x.org/%2e%2e/mine.png is left out: no local copy",
        "image …/mine.png is not sent: it is no PNG, JPEG, GIF or WebP",
    ]


def test_a_run_keeps_its_images_for_whoever_goes_on_with_it(tmp_path: Path) -> None:
    images = (BARE, Image("plan.gif", "image/gif", base64.b64encode(GIF).decode()))
    keep_images(tmp_path, images)
    assert [(image.media_type, image.base64) for image in kept_images(tmp_path)] == [
        (image.media_type, image.base64) for image in images
    ]
