"""Scratch folders name their owner; only those of the dead are swept."""

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tools.workspace.scratch import PREFIX, new_scratch, sweep


@pytest.fixture(autouse=True)
def temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "t").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "t"))
    return tmp_path / "t"


def dead_process() -> int:
    """The number of a process that has ended and been reaped."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_scratch_folder_is_private_resolved_and_ours(temporary_folder: Path) -> None:
    made = new_scratch()
    assert (made.parent, made.stat().st_mode & 0o777) == (temporary_folder.resolve(), 0o700)
    assert made.name.startswith(f"{PREFIX}{os.getpid()}-")


def test_a_folder_behind_a_link_is_given_by_its_real_path(
    temporary_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (temporary_folder.parent / "link").symlink_to(temporary_folder)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary_folder.parent / "link"))
    assert new_scratch().parent == temporary_folder.resolve()


def test_only_folders_of_dead_owners_are_swept(temporary_folder: Path) -> None:
    dead = temporary_folder / f"{PREFIX}{dead_process()}-abc"
    (dead / "site-0" / "tree").mkdir(parents=True)
    alive = new_scratch()
    of_another = temporary_folder / f"{PREFIX}1-abc"
    for path in (of_another, temporary_folder / f"{PREFIX}notes-abc", temporary_folder / "other"):
        path.mkdir()
    assert sweep() == 1
    assert sorted(path.name for path in temporary_folder.iterdir()) == sorted(
        [alive.name, of_another.name, f"{PREFIX}notes-abc", "other"]
    )


def test_a_sweep_of_nothing_is_no_trouble() -> None:
    assert sweep() == 0


def test_a_link_that_looks_like_a_scratch_folder_is_not_followed(temporary_folder: Path) -> None:
    (temporary_folder / "precious").mkdir()
    (temporary_folder / "precious" / "file").write_text("kept")
    (temporary_folder / f"{PREFIX}{dead_process()}-abc").symlink_to(temporary_folder / "precious")
    sweep()
    assert (temporary_folder / "precious" / "file").read_text() == "kept"


def test_what_is_gone_when_it_is_looked_at_is_no_trouble(temporary_folder: Path) -> None:
    """As it is when two runs sweep at once."""
    dead = dead_process()
    for number in range(200):
        (temporary_folder / f"{PREFIX}{dead}-{number}" / "tree").mkdir(parents=True)
    (temporary_folder / f"{PREFIX}{dead}-link").symlink_to("nowhere")
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: sweep(), range(8))) >= 200
    assert [path.name for path in temporary_folder.iterdir()] == [f"{PREFIX}{dead}-link"]
