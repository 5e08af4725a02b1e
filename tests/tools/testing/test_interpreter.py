"""The target's interpreter: where it is looked for, in which order, and what it says of itself."""

import os
import sys
import venv
from collections.abc import Mapping
from pathlib import Path

import pytest

from agent.cli.output import translated
from agent.core.verdict import Status
from tests.support import own_python, write_files
from tools.errors import ToolError
from tools.testing.interpreter import PLUGINS, Interpreter, find_interpreter, probe


def with_pytest(folder: Path) -> Path:
    """An executable below `folder` that runs as this test's interpreter, which has pytest."""
    return script(folder, f'exec {sys.executable} "$@"')


def script(folder: Path, line: str) -> Path:
    path = folder / "bin" / "python"
    write_files(folder, {"bin/python": f"#!/bin/sh\n{line}\n"})
    path.chmod(0o755)
    return path


def without_pytest(folder: Path) -> Path:
    """An executable that answers as an interpreter without pytest."""
    row = '{"executable": "%s", "version": "3.11.0", "prefixes": [], "path": [], "packages": {}}'
    return script(folder, f"echo '{row % (folder / 'bin' / 'python')}'")


def answering(folder: Path, python: str, pytest_version: str) -> Path:
    """An executable that answers as an interpreter of these versions."""
    row = '{"executable": "%s", "version": "%s", "prefixes": [], "path": [], "packages": {"pytest": "%s"}}'
    return script(folder, f"echo '{row % (folder / 'bin' / 'python', python, pytest_version)}'")


def found(repository: Path, start: Path | None = None, environ: Mapping[str, str] | None = None) -> str:
    return find_interpreter("", repository, start or repository, environ or {}).found


def test_an_interpreter_says_what_it_is() -> None:
    asked = probe(Path(sys.executable), "as asked")
    assert (asked.executable, asked.version, asked.found) == (
        Path(sys.executable),
        sys.version.split()[0],
        "as asked",
    )
    assert asked.packages["pytest"] == pytest.__version__
    assert {Path(sys.prefix), Path(sys.base_prefix)} <= set(asked.prefixes)
    assert PLUGINS not in asked.path
    assert {PLUGINS, Path(sys.prefix), Path(sys.executable).resolve().parent} <= set(asked.readable)


def test_what_the_caller_exports_does_not_change_the_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONHOME", str(tmp_path))
    assert probe(Path(sys.executable), own_python().found) == own_python()


@pytest.mark.parametrize("line", ["exit 1", "echo hello", "exec sleep 0", "echo {"])
def test_what_does_not_answer_is_no_interpreter(tmp_path: Path, line: str) -> None:
    with pytest.raises(ToolError) as refusal:
        probe(script(tmp_path, line), "as asked")
    assert refusal.value.code == "no-interpreter"


def test_a_missing_interpreter_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolError) as refusal:
        find_interpreter(str(tmp_path / "python"), tmp_path, tmp_path, {})
    assert (refusal.value.code, refusal.value.message) == (
        "no-interpreter",
        f"{tmp_path}/python does not run as a Python interpreter",
    )


def test_the_one_asked_for_wins_and_a_tilde_is_the_home(tmp_path: Path) -> None:
    with_pytest(Path(os.environ["HOME"]) / "mine")
    with_pytest(tmp_path / ".venv")
    assert find_interpreter("~/mine/bin/python", tmp_path, tmp_path, {}).found == "as asked"


def test_the_one_asked_for_must_have_pytest(tmp_path: Path) -> None:
    path = without_pytest(tmp_path / "bare")
    with pytest.raises(ToolError) as refusal:
        find_interpreter(str(path), tmp_path, tmp_path, {})
    assert (refusal.value.code, refusal.value.message) == (
        "no-pytest",
        f"pytest is not installed in {path} (as asked)",
    )
    assert f"{path} -m pip install pytest" in refusal.value.hint


@pytest.mark.parametrize(
    ("python", "pytest_version", "code", "words"),
    [
        ("3.7.16", "7.4.4", "old-python", "Python 3.7.16 at {} (as asked) is too old"),
        ("3.8.18", "5.4.3", "old-pytest", "pytest 5.4.3 at {} (as asked) is too old"),
    ],
)
def test_what_is_too_old_is_refused_with_its_version(
    tmp_path: Path, python: str, pytest_version: str, code: str, words: str
) -> None:
    path = answering(tmp_path / "old", python, pytest_version)
    with pytest.raises(ToolError) as refusal:
        find_interpreter(str(path), tmp_path, tmp_path, {})
    assert (refusal.value.code, refusal.value.message) == (code, words.format(path))
    assert translated(refusal.value)[0] is Status.INFRA_FAILURE


def test_the_oldest_that_works_is_taken(tmp_path: Path) -> None:
    answering(tmp_path / ".venv", "3.8.0", "6.0.0rc1")
    assert found(tmp_path) == "the repository's .venv"


def test_what_is_too_old_is_passed_over(tmp_path: Path) -> None:
    answering(tmp_path / ".venv", "3.7.16", "7.4.4")
    answering(tmp_path / "venv", "3.8.18", "4.6.11")
    with_pytest(tmp_path / "active")
    assert found(tmp_path, environ={"VIRTUAL_ENV": str(tmp_path / "active")}) == "VIRTUAL_ENV"


def test_the_usual_places_in_their_order(tmp_path: Path) -> None:
    environ = {"VIRTUAL_ENV": str(tmp_path / "active"), "CONDA_PREFIX": str(tmp_path / "conda"), "PATH": ""}
    places = {
        "the repository's .venv": tmp_path / "repo" / ".venv",
        "the repository's venv": tmp_path / "repo" / "venv",
        "the repository's env": tmp_path / "repo" / "env",
        "VIRTUAL_ENV": tmp_path / "active",
        "CONDA_PREFIX": tmp_path / "conda",
    }
    for folder in places.values():
        with_pytest(folder)
    order = []
    for _ in places:
        order.append(found(tmp_path / "repo", environ=environ))
        (places[order[-1]] / "bin" / "python").unlink()
    assert order == list(places)


def test_an_environment_nearer_to_the_folder_wins(tmp_path: Path) -> None:
    with_pytest(tmp_path / ".venv")
    near = tmp_path / "project" / "venv"
    with_pytest(near)
    (tmp_path / "project" / "tests").mkdir()
    assert found(tmp_path, tmp_path / "project" / "tests") == "the repository's venv"
    (near / "bin" / "python").unlink()
    assert found(tmp_path, tmp_path / "project" / "tests") == "the repository's .venv"


def test_an_environment_above_the_repository_is_not_looked_at(tmp_path: Path) -> None:
    with_pytest(tmp_path / ".venv")
    with_pytest(tmp_path / "active")
    (tmp_path / "repo").mkdir()
    assert found(tmp_path / "repo", environ={"VIRTUAL_ENV": str(tmp_path / "active")}) == "VIRTUAL_ENV"


@pytest.mark.skipif(sys.prefix == sys.base_prefix, reason="these tests do not run in a virtual environment")
def test_regreens_own_environment_comes_before_the_path(tmp_path: Path) -> None:
    with_pytest(tmp_path / "active")
    (tmp_path / "active" / "bin" / "python3").symlink_to("python")
    environ = {"PATH": str(tmp_path / "active" / "bin")}
    assert found(tmp_path, environ=environ) == "the environment regreen runs in"


def test_places_without_pytest_are_passed_over(tmp_path: Path) -> None:
    without_pytest(tmp_path / ".venv")
    script(tmp_path / "venv", "exit 1")
    with_pytest(tmp_path / "active")
    assert found(tmp_path, environ={"VIRTUAL_ENV": str(tmp_path / "active")}) == "VIRTUAL_ENV"


def test_packages_of_a_virtual_environment_are_seen_though_its_python_is_a_link(tmp_path: Path) -> None:
    venv.create(tmp_path / ".venv", symlinks=True, with_pip=False)
    site = next((tmp_path / ".venv" / "lib").glob("python*")) / "site-packages"
    write_files(site, {"pytest-9.9.9.dist-info/METADATA": "Metadata-Version: 2.1\nName: pytest\nVersion: 9.9.9\n"})
    interpreter = find_interpreter("", tmp_path, tmp_path, {})
    assert (interpreter.executable, interpreter.packages) == (
        tmp_path / ".venv" / "bin" / "python",
        {"pytest": "9.9.9"},
    )


def test_import_roots_are_the_paths_inside_the_repository_without_its_environment(tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    inside = [repo / "src", repo, repo / ".venv" / "lib", repo / "x.zip", repo / "src"]
    interpreter = Interpreter(
        executable=repo / ".venv" / "bin" / "python",
        version="3.11.0",
        prefixes=(repo / ".venv", Path("/usr")),
        path=(Path("/usr/lib"), *inside, tmp_path / "repository-like"),
        packages={},
        found="here",
    )
    assert interpreter.import_roots(repo) == (repo / "src", repo)


def test_roots_of_editable_installs_are_found_through_path_files_and_finders(tmp_path: Path) -> None:
    venv.create(tmp_path / ".venv", symlinks=True, with_pip=False)
    site = next((tmp_path / ".venv" / "lib").glob("python*")) / "site-packages"
    (tmp_path / "lib").mkdir()
    finder = (
        f"import sys\nMAPPING = {{'pkg': '{tmp_path}/src/pkg'}}\n"
        "class Finder:\n    @classmethod\n    def find_spec(cls, name, path=None, target=None):\n        return None\n"
        "def install():\n    sys.meta_path.append(Finder)\n"
    )
    write_files(site, {
        "plain.pth": f"{tmp_path}/lib\n",
        "__editable___pkg_finder.py": finder,
        "__editable__.pkg.pth": "import __editable___pkg_finder; __editable___pkg_finder.install()\n",
    })  # fmt: skip
    interpreter = probe(tmp_path / ".venv" / "bin" / "python", "here")
    assert interpreter.import_roots(tmp_path) == (tmp_path / "lib", tmp_path / "src")
