"""The lock: one owner at a time, named by those who are refused, and gone with its process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent.trace.lock import Held, held, holder

ROOT = Path(__file__).parents[3]
HOLDS = """\
import sys, time
from pathlib import Path
sys.argv[1:] = ["fix"]
from agent.trace.lock import held
with held(Path(sys.stdin.readline().strip())):
    print("held", flush=True)
    time.sleep(600)
"""


def another(folder: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{folder}\n")
    process.stdin.flush()
    assert process.stdout.readline() == "held\n"
    return process


def test_who_is_refused_is_told_the_owner_and_a_killed_owner_is_none(tmp_path: Path) -> None:
    process = another(tmp_path)
    try:
        with pytest.raises(Held) as refusal, held(tmp_path):
            pytest.fail("two have it")
        assert refusal.value.owner.startswith(f"process {process.pid} (`regreen fix`, since ")
        assert holder(tmp_path) == refusal.value.owner
    finally:
        process.kill()
        process.communicate()
    assert holder(tmp_path) == ""
    with held(tmp_path):
        assert holder(tmp_path).startswith(f"process {os.getpid()} ")
    assert holder(tmp_path) == ""


def test_an_owner_that_wrote_nonsense_is_another_process(tmp_path: Path) -> None:
    with held(tmp_path):
        (tmp_path / "lock").write_bytes(b'\xff{"pid": []')
        assert holder(tmp_path) == "another process"


def test_a_link_is_no_lock(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic link"), held(tmp_path):
        pytest.fail("a link was followed")
    assert not (tmp_path / "elsewhere").exists()
