"""Which sandbox a run gets, where bubblewrap works, where it is missing, and where nothing works."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import needs_bubblewrap
from tools.errors import ToolError
from tools.workspace.sandbox.bubblewrap import Bubblewrap
from tools.workspace.sandbox.choose import LEVELS, Level, best_level, choose_sandbox
from tools.workspace.sandbox.landlock import Landlock
from tools.workspace.sandbox.none import NoSandbox

ROOT = Path(__file__).parents[4]
CHOOSE = """\
import sys
from tools.errors import ToolError
from tools.workspace.sandbox.bubblewrap import gaps
from tools.workspace.sandbox.choose import BUBBLEWRAP, choose_sandbox
print(gaps())
try:
    chosen, sentence = choose_sandbox(sys.argv[1], (BUBBLEWRAP,))
    print(chosen.__name__, sentence, sep="|")
except ToolError as error:
    print(error.code, error.message, error.hint, sep="|")
"""
MISSING = Level("bubblewrap", Bubblewrap, lambda: ("start: it is not there",), may_have_gaps=False)
BROKEN = Level("bubblewrap", Bubblewrap, lambda: ("read the home",), may_have_gaps=False)
WHOLE = Level("a whole one", Landlock, lambda: ())
WITH_GAPS = Level("one with gaps", Landlock, lambda: ("see other processes", "read the home"))


def choose_where(path: Path, mode: str) -> list[str]:
    """The self-test's gaps and the choice among bubblewrap and nothing, in a process whose PATH is one folder."""
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


def test_the_levels_are_tried_from_the_strongest() -> None:
    assert [level.name for level in LEVELS] == ["bubblewrap", "seatbelt", "landlock and seccomp"]


def test_a_level_without_gaps_is_as_good_as_bubblewrap() -> None:
    for mode in ("auto", "require"):
        assert choose_sandbox(mode, (MISSING, WHOLE)) == (Landlock, "sandbox: a whole one")


def test_a_level_without_gaps_goes_before_one_with() -> None:
    assert best_level((MISSING, WITH_GAPS, WHOLE)) is WHOLE


@pytest.mark.parametrize(("first", "why"), [(MISSING, "start: it is not there"), (BROKEN, "read the home")])
def test_a_level_with_gaps_is_better_than_none_and_they_are_said(first: Level, why: str) -> None:
    said = f"sandbox: one with gaps ({why}); not enforced: see other processes, read the home"
    assert choose_sandbox("auto", (first, WITH_GAPS)) == (Landlock, said)


def test_a_level_with_gaps_is_none_that_is_required() -> None:
    with pytest.raises(ToolError) as refused:
        choose_sandbox("require", (MISSING, WITH_GAPS))
    assert (refused.value.code, refused.value.message) == (
        "no-sandbox",
        "no sandbox works here (start: it is not there; one with gaps lets tests see other processes, read the home)",
    )
