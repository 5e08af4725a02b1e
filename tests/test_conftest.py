"""What conftest.py promises to every test."""

import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("example.com", 80)])
def test_a_connection_that_leaves_the_machine_is_refused(address: tuple[str, int]) -> None:
    with socket.socket() as client:
        with pytest.raises(PermissionError):
            client.connect(address)
        with pytest.raises(PermissionError):
            client.connect_ex(address)


def test_a_connection_to_the_loopback_works() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass


def test_the_home_is_empty_and_no_key_is_seen() -> None:
    assert list(Path.home().iterdir()) == []
    assert [name for name in os.environ if name.endswith("_API_KEY") or name.startswith("OPENAI_")] == []


def test_a_fixture_repository_is_copied_out_and_committed_on_main(fixture_repo: Callable[[str], Path]) -> None:
    repo = fixture_repo("off-by-one")

    def git(*arguments: str) -> str:
        return subprocess.check_output(["git", *arguments], cwd=repo, text=True).strip()

    assert git("log", "--format=%an <%ae> %s") == "Ada Example <ada@example.com> Start off-by-one"
    assert (git("branch", "--show-current"), git("status", "--porcelain")) == ("main", "")
