"""What every test gets: no network, an empty home, no keys, a fixed git identity."""

import fnmatch
import os
import shutil
import socket
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

REPOS = Path(__file__).parents[1] / "fixtures" / "repos"
LOOPBACK = ("127.", "::1", "localhost")
UNSET = ("*_API_KEY", "OPENAI_*", "REGREEN_*", "GIT_*", "XDG_*", "*_COLOR", "GITHUB_ACTIONS", "PYTEST_ADDOPTS")
GIT_IDENTITY = {
    "GIT_AUTHOR_NAME": "Ada Example",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_AUTHOR_DATE": "2026-01-02T03:04:05+00:00",
    "GIT_COMMITTER_NAME": "Ada Example",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_COMMITTER_DATE": "2026-01-02T03:04:05+00:00",
    "GIT_CONFIG_NOSYSTEM": "1",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """For tests that compare with a kept text."""
    parser.addoption("--rewrite", action="store_true", help="write the kept texts anew from what is seen now")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection of this process that leaves the machine."""

    def guarded(connect: Callable[..., object]) -> Callable[..., object]:
        def refuse_strangers(self: socket.socket, address: object) -> object:
            if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address):
                raise PermissionError(f"a test tried to connect to {address}")
            return connect(self, address)

        return refuse_strangers

    for method in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, method, guarded(getattr(socket.socket, method)))


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Give the test, and what it starts, an empty home, a fixed git identity and nothing of the developer's own."""
    for name in list(os.environ):
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in UNSET):
            monkeypatch.delenv(name)
    for name, value in GIT_IDENTITY.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture
def fixture_repo(tmp_path: Path) -> Callable[[str], Path]:
    """Copy fixtures/repos/<name>/repo out, commit it on `main` and return its folder."""

    def copy_out(name: str) -> Path:
        repo = tmp_path / name
        shutil.copytree(REPOS / name / "repo", repo, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
        for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", f"Start {name}"]):
            subprocess.run(["git", *command], cwd=repo, check=True)
        for path, text in _ignored_files(REPOS / name / "task.toml").items():
            (repo / path).parent.mkdir(parents=True, exist_ok=True)
            (repo / path).write_text(text, encoding="utf-8")
        return repo

    return copy_out


def _is_loopback(address: object) -> bool:
    return isinstance(address, tuple) and str(address[0]).startswith(LOOPBACK)


def _ignored_files(task: Path) -> dict[str, str]:
    files: dict[str, str] = tomllib.loads(task.read_text(encoding="utf-8")).get("ignored_files", {})
    return files
