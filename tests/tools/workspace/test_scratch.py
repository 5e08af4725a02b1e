"""Scratch folders name their owner; only those of the dead are swept."""

import itertools
import os
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tools.workspace.scratch import PREFIX, delete, scratch_folder, sweep


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
    with scratch_folder() as made:
        assert (made.parent, made.stat().st_mode & 0o777) == (temporary_folder.resolve(), 0o700)
        assert made.name.startswith(f"{PREFIX}{os.getpid()}-")
    assert list(temporary_folder.iterdir()) == []


def test_a_folder_behind_a_link_is_given_by_its_real_path(
    temporary_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (temporary_folder.parent / "link").symlink_to(temporary_folder)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary_folder.parent / "link"))
    with scratch_folder() as made:
        assert made.parent == temporary_folder.resolve()


def test_nothing_is_left_whenever_a_ctrl_c_comes(temporary_folder: Path) -> None:
    """It may come at any line of ours, of `pathlib` and of `shutil`; here it comes at each of them in turn."""
    assert len(list(itertools.takewhile(interrupted_at_line, itertools.count()))) > 50
    assert list(temporary_folder.iterdir()) == []


def interrupted_at_line(number: int) -> bool:
    """Whether the use of a scratch folder was interrupted at its n-th line, and not over before it."""
    lines = itertools.count()

    def trace(frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code is scratch_folder.__wrapped__.__code__:  # type: ignore[attr-defined]
            return trace  # a signal is seen where a call begins, not between the lines of a function
        if frame.f_globals["__name__"] not in ("shutil", "pathlib", "os", scratch_folder.__module__):
            return None
        if event == "line" and next(lines) == number:
            raise KeyboardInterrupt
        return trace

    sys.settrace(trace)
    try:
        use_a_folder()
    except (KeyboardInterrupt, OSError):  # shutil makes one of the other where it closes folders
        return True
    finally:
        sys.settrace(None)
    return False


def use_a_folder() -> None:
    with scratch_folder() as made:
        (made / "site-0").mkdir()
        (made / "site-0" / "file").touch()


def test_what_a_test_made_unwritable_is_deleted(tmp_path: Path) -> None:
    (tmp_path / "made" / "closed" / "below").mkdir(parents=True)
    (tmp_path / "made" / "closed" / "below" / "file").touch()
    (tmp_path / "precious").mkdir(mode=0o755)
    (tmp_path / "made" / "closed" / "link").symlink_to(tmp_path / "precious")
    for folder in ("closed/below", "closed", "."):
        (tmp_path / "made" / folder).chmod(0)
    delete(tmp_path / "made")
    assert [path.name for path in tmp_path.iterdir() if path.name in ("made", "precious")] == ["precious"]
    assert (tmp_path / "precious").stat().st_mode & 0o777 == 0o755


def test_what_a_test_nested_deeper_than_python_can_go_is_deleted(tmp_path: Path) -> None:
    nests = "import os\nfor _ in range(3000): os.mkdir('made'); os.chdir('made')"
    subprocess.run([sys.executable, "-c", nests], cwd=tmp_path, check=True)
    delete(tmp_path / "made")
    assert not (tmp_path / "made").exists()


def test_what_a_dying_process_still_writes_is_deleted(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    writes = "import itertools\nfor number in itertools.count(): open(str(number), 'w').close()"
    with subprocess.Popen([sys.executable, "-c", writes], cwd=tmp_path / "made", stderr=subprocess.DEVNULL) as process:
        while not any((tmp_path / "made").iterdir()):
            time.sleep(0.01)
        ends = threading.Timer(0.3, process.kill)
        ends.start()
        delete(tmp_path / "made")
        ends.join()
    assert not (tmp_path / "made").exists()


def test_only_folders_of_dead_owners_are_swept(temporary_folder: Path) -> None:
    dead = temporary_folder / f"{PREFIX}{dead_process()}-abc"
    (dead / "site-0" / "tree").mkdir(parents=True)
    alive = temporary_folder / f"{PREFIX}{os.getpid()}-abc"
    alive.mkdir()
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
