"""The entry point's cleaning of the import path; tests/e2e/test_packaging.py tries it installed."""

import subprocess
import sys
from pathlib import Path

import agent
from agent._entry import without


def test_a_stranger_is_dropped_however_it_is_spelled(tmp_path: Path) -> None:
    (tmp_path / "repo").mkdir()
    (tmp_path / "link").symlink_to("repo")
    path = [str(tmp_path / "link"), "/lib", f"{tmp_path}/repo/", f"{tmp_path}/repo/.venv/lib"]
    assert without(path, strangers=[str(tmp_path / "repo")], keep=[]) == ["/lib", f"{tmp_path}/repo/.venv/lib"]


def test_the_empty_entry_means_the_current_directory() -> None:
    assert without(["", "/lib"], strangers=["."], keep=[]) == ["/lib"]


def test_what_is_to_be_kept_stays_though_a_stranger_names_it() -> None:
    assert without(["/repo", "/site"], strangers=["/repo", "/site"], keep=["/site"]) == ["/site"]


def test_the_entry_point_loads_nothing_that_python_has_not_loaded() -> None:
    code = "import sys; before = set(sys.modules); import agent._entry; print(*sorted(set(sys.modules) - before))"
    root = Path(agent.__file__).parents[1]
    loaded = subprocess.check_output([sys.executable, "-c", code], cwd=root, text=True)
    assert loaded.split() == ["agent", "agent._entry"]
