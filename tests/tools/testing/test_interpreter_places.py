"""Where environments of projects are kept by the tools that make them; only the layout of files is looked at."""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support import write_files
from tools.testing.interpreter_places import interpreter_places

LATER = {"the environment regreen runs in", "PATH"}


def python(environment: Path) -> Path:
    write_files(environment, {"bin/python": ""})
    return environment / "bin" / "python"


def hashed(text: Path) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(str(text).encode()).digest()).decode()[:8]


def places(repository: Path, environ: Mapping[str, str], start: Path | None = None) -> list[tuple[Path, str]]:
    found = interpreter_places(repository, start or repository, {"HOME": str(repository.parent / "home"), **environ})
    return [(path, where) for path, where in found if where not in LATER]


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    write_files(tmp_path / "repo", {"pyproject.toml": '[project]\nname = "My.App"\n'})
    return tmp_path / "repo"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_an_empty_repository_has_none(repo: Path) -> None:
    assert places(repo, {}) == []


def test_poetry_keeps_them_in_its_cache_by_a_hash_of_the_folder_the_newest_python_first(repo: Path, home: Path) -> None:
    kept = home / ".cache" / "pypoetry" / "virtualenvs"
    paths = [
        python(kept / f"{name}-{hashed(repo)}-py{version}")
        for name, version in (("my_app", "3.9"), ("my-app", "3.12"), ("my_app", "3.10"))
    ]
    python(kept / "my_app-AAAAAAAA-py3.13")
    assert places(repo, {}) == [(paths[n], "poetry's environment") for n in (1, 2, 0)]


@pytest.mark.parametrize("variable", ["XDG_CACHE_HOME", "POETRY_CACHE_DIR", "POETRY_VIRTUALENVS_PATH"])
def test_poetrys_cache_can_be_elsewhere(repo: Path, tmp_path: Path, variable: str) -> None:
    below = {"XDG_CACHE_HOME": "pypoetry/virtualenvs", "POETRY_CACHE_DIR": "virtualenvs"}.get(variable, "")
    path = python(tmp_path / "cache" / below / f"my.app-{hashed(repo)}-py3.11")
    assert places(repo, {variable: str(tmp_path / "cache")}) == [(path, "poetry's environment")]


def test_pipenv_keeps_them_by_the_folders_name_and_a_hash_of_the_pipfile(repo: Path, home: Path) -> None:
    write_files(repo, {"Pipfile": ""})
    path = python(home / ".local/share/virtualenvs" / f"repo-{hashed(repo / 'Pipfile')}")
    assert places(repo, {}) == [(path, "pipenv's environment")]
    elsewhere = python(repo / "envs" / "mine")
    named = {"WORKON_HOME": str(repo / "envs"), "PIPENV_CUSTOM_VENV_NAME": "mine"}
    assert places(repo, named) == [(elsewhere, "pipenv's environment")]


def test_hatch_keeps_them_below_the_projects_name_the_default_one_first(repo: Path, home: Path) -> None:
    kept = home / ".local/share/hatch/env/virtual/my-app" / hashed(repo)
    default, tests = python(kept / "my-app"), python(kept / "hatch-test.py3.12")
    python(home / ".local/share/hatch/env/virtual/my-app/AAAAAAAA/my-app")
    found = places(repo, {})
    assert found[:2] == [(default, "hatch's environment"), (tests, "hatch's hatch-test.py3.12")]


def test_pdm_writes_the_interpreters_path_into_a_file(repo: Path, tmp_path: Path) -> None:
    path = python(tmp_path / "elsewhere")
    write_files(repo, {".pdm-python": f"{path}\n"})
    assert places(repo, {}) == [(path, "pdm's environment")]


def test_uv_may_be_told_another_folder(repo: Path) -> None:
    path = python(repo / ".uv")
    assert places(repo, {"UV_PROJECT_ENVIRONMENT": ".uv"}) == [(path, "UV_PROJECT_ENVIRONMENT")]


@pytest.mark.parametrize("kept", ["miniforge3/envs/my-env", ".conda/envs/my-env"])
def test_conda_environments_are_found_by_the_name_in_the_file(repo: Path, home: Path, kept: str) -> None:
    write_files(repo, {"environment.yml": "channels: [conda-forge]\nname: my-env  # ours\n"})
    path = python(home / kept)
    assert places(repo, {}) == [(path, "the conda environment my-env")]


def test_conda_environments_anywhere_are_found_in_condas_own_list(repo: Path, home: Path, tmp_path: Path) -> None:
    path = python(tmp_path / "odd" / "my-env")
    write_files(repo, {"environment.yaml": "name: 'my-env'\n"})
    write_files(home, {".conda/environments.txt": f"/opt/conda\n{tmp_path}/odd/my-env\n"})
    assert places(repo, {}) == [(path, "the conda environment my-env")]


def test_environments_of_tox_and_nox_come_with_the_newest_python_first_and_those_for_tests_before_others(
    repo: Path,
) -> None:
    names = [".tox/lint", ".tox/py39", ".tox/py313", ".tox/.pkg", ".nox/tests-3-9", ".nox/tests-3-13", ".nox/docs"]
    for name in names:
        python(repo / name)
    words = ["tox's py313", "tox's py39", "tox's lint", "nox's tests-3-13", "nox's tests-3-9", "nox's docs"]
    assert [where for _, where in places(repo, {})] == words


def test_a_version_file_names_pyenvs_interpreter_in_full_or_in_part(repo: Path, home: Path) -> None:
    for version in ("3.9.18", "3.11.2", "3.11.10", "3.1.4"):
        python(home / ".pyenv/versions" / version)
    write_files(repo, {".python-version": "3.9.18\n3.11\n"})
    words = ["pyenv's 3.9.18", "pyenv's 3.11.10", "pyenv's 3.11.2"]
    assert [where for _, where in places(repo, {})] == words


def test_condas_base_that_is_active_everywhere_comes_after_the_projects_own(repo: Path, tmp_path: Path) -> None:
    base, tox = python(tmp_path / "conda"), python(repo / ".tox" / "py311")
    environ = {"CONDA_PREFIX": str(tmp_path / "conda"), "CONDA_DEFAULT_ENV": "base"}
    assert places(repo, environ) == [(tox, "tox's py311"), (base, "CONDA_PREFIX")]
    active = [(base, "CONDA_PREFIX"), (tox, "tox's py311")]
    assert places(repo, {**environ, "CONDA_DEFAULT_ENV": "mine"}) == active


def test_the_nearer_folder_of_a_workspace_comes_first(repo: Path) -> None:
    near, far = python(repo / "part" / ".venv"), python(repo / ".venv")
    expected = [(near, "the repository's .venv"), (far, "the repository's .venv")]
    assert places(repo, {}, repo / "part") == expected
