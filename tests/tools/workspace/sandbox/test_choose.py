"""Which sandbox a run gets, where bubblewrap works and where it is missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import needs_bubblewrap
from tools.workspace.sandbox.bubblewrap import Bubblewrap
from tools.workspace.sandbox.choose import choose_sandbox
from tools.workspace.sandbox.none import NoSandbox

ROOT = Path(__file__).parents[4]
CHOOSE = """\
import sys
from tools.errors import ToolError
from tools.workspace.sandbox.bubblewrap import gaps
from tools.workspace.sandbox.choose import choose_sandbox
print(gaps())
try:
    chosen, sentence = choose_sandbox(sys.argv[1])
    print(chosen.__name__, sentence, sep="|")
except ToolError as error:
    print(error.code, error.message, error.hint, sep="|")
"""


def choose_where(path: Path, mode: str) -> list[str]:
    """The self-test's gaps and the choice, in a process whose PATH is one folder."""
    env = {**os.environ, "PATH": str(path), "PYTHONPATH": str(ROOT), "GIT_PYTHON_REFRESH": "quiet"}
    return subprocess.check_output([sys.executable, "-c", CHOOSE, mode], env=env, text=True).splitlines()


def test_off_is_off() -> None:
    assert choose_sandbox("off") == (NoSandbox, "sandbox: off, as asked; nothing is enforced")


@needs_bubblewrap
@pytest.mark.parametrize("mode", ["auto", "require"])
def test_bubblewrap_is_taken_where_it_works(mode: str) -> None:
    assert choose_sandbox(mode) == (Bubblewrap, "sandbox: bubblewrap")  # type: ignore[arg-type]


def test_without_bubblewrap_it_works_and_says_so(tmp_path: Path) -> None:
    assert choose_where(tmp_path, "auto") == [
        "('start: bwrap is not on PATH',)",
        "NoSandbox|sandbox: none (start: bwrap is not on PATH); nothing is enforced",
    ]


def test_without_bubblewrap_a_required_sandbox_is_refused(tmp_path: Path) -> None:
    assert choose_where(tmp_path, "require")[1] == (
        "no-sandbox|no sandbox works here (start: bwrap is not on PATH)|install bubblewrap, or use --sandbox auto"
    )


def test_a_bubblewrap_that_cannot_start_is_no_sandbox(tmp_path: Path) -> None:
    (tmp_path / "bwrap").write_text("#!/bin/sh\necho 'bwrap: No permissions to create a new namespace' >&2\nexit 1\n")
    (tmp_path / "bwrap").chmod(0o755)
    assert choose_where(tmp_path, "auto") == [
        "('start: bwrap: No permissions to create a new namespace',)",
        "NoSandbox|sandbox: none (start: bwrap: No permissions to create a new namespace); nothing is enforced",
    ]


def test_a_bubblewrap_whose_self_test_finds_gaps_is_no_sandbox(tmp_path: Path) -> None:
    (tmp_path / "bwrap").write_text("#!/bin/sh\necho 'read the home'\necho 'reach the network'\necho done\n")
    (tmp_path / "bwrap").chmod(0o755)
    assert choose_where(tmp_path, "auto") == [
        "('read the home', 'reach the network')",
        "NoSandbox|sandbox: none (read the home); nothing is enforced",
    ]
