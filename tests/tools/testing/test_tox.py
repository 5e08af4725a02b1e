"""What tox is given to work on: copies of the environments it made before."""

from pathlib import Path

import pytest

from tests.support import files_of, write_files
from tools.testing.tox import tox_variables

MADE = {f".tox/{name}/bin/python": "" for name in ("py", "py312", "lint", ".pkg")}


@pytest.mark.parametrize(
    ("line", "copied"),
    [
        ("tox -e py", [".pkg", "py"]),
        ("cd . && /bin/tox run -e py,lint -- -x", [".pkg", "lint", "py"]),
        ("tox", [".pkg", "lint", "py", "py312"]),
        ("tox --env=other", [".pkg"]),
    ],
)
def test_the_environments_it_needs_are_copied(tmp_path: Path, line: str, copied: list[str]) -> None:
    write_files(tmp_path, MADE)
    told = tox_variables(line, tmp_path, tmp_path / "io")
    assert told["TOX_WORK_DIR"] == str(tmp_path / "io" / "tox")
    assert sorted(path.name for path in (tmp_path / "io" / "tox").iterdir()) == copied
    assert {name for name in files_of(tmp_path) if not name.startswith("io/")} == set(MADE)


@pytest.mark.parametrize("line", ["pytest", "make test", "python toxic.py", "run-tox"])
def test_other_commands_are_told_nothing(tmp_path: Path, line: str) -> None:
    write_files(tmp_path, MADE)
    assert tox_variables(line, tmp_path, tmp_path / "io") == {}


def test_without_environments_tox_makes_them_itself(tmp_path: Path) -> None:
    assert tox_variables("tox", tmp_path, tmp_path / "io")["TOX_WORK_DIR"] == str(tmp_path / "io" / "tox")
