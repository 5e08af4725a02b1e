"""Files written whole or not at all."""

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.files import whole_file


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file may grow beyond 10 kB: as near to a full disk as a test gets without one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("small_files")
def test_what_does_not_fit_leaves_the_old_file_and_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "preds.jsonl"
    path.write_text("old\n")
    with pytest.raises(OSError, match=r"preds\.jsonl"), whole_file(path) as file:
        file.write("x" * 100_000)
    assert [(entry.name, entry.read_text()) for entry in tmp_path.iterdir()] == [("preds.jsonl", "old\n")]
