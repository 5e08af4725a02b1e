"""One command to its end: its exit, the tail of what it printed, and nothing of it left running."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tools.workspace.process import OUTPUT_LIMIT, Command, Finished, run_command

ENV = {"PATH": os.environ["PATH"], "ONLY": "this"}
LONG = 30.0


def python(folder: Path, code: str) -> Command:
    return Command((sys.executable, "-c", code), ENV, folder)


def is_alive(pid: int) -> bool:
    """Whether a process runs (one that waits to be reaped does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def dies(pid: int) -> bool:
    """Whether a process is gone before long; a kill takes effect when the kernel comes to it."""
    for _ in range(200):
        if not is_alive(pid):
            return True
        time.sleep(0.01)
    return False


def ended(finished: Finished) -> tuple[int, str, bool]:
    return finished.exit_code, finished.output, finished.timed_out


def test_exit_code_and_both_streams_are_given(tmp_path: Path) -> None:
    code = "import os; os.write(1, b'out\\n'); os.write(2, b'err\\n'); raise SystemExit(3)"
    assert ended(run_command(python(tmp_path, code), LONG)) == (3, "out\nerr\n", False)


def test_the_command_gets_exactly_its_folder_environment_and_no_input(tmp_path: Path) -> None:
    code = "import os, sys; print(os.getcwd(), os.environ.get('ONLY'), os.environ.get('HOME'), repr(sys.stdin.read()))"
    assert ended(run_command(python(tmp_path, code), LONG)) == (0, f"{tmp_path.resolve()} this None ''\n", False)


def test_a_signal_is_a_negative_exit_code(tmp_path: Path) -> None:
    code = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    assert run_command(python(tmp_path, code), LONG).exit_code == -signal.SIGSEGV


def test_only_the_tail_of_long_output_is_kept(tmp_path: Path) -> None:
    code = f"print('head'); print('x' * {OUTPUT_LIMIT * 3}); print('tail')"
    output = run_command(python(tmp_path, code), LONG).output
    assert (len(output), "head" in output, output[-6:]) == (OUTPUT_LIMIT, False, "\ntail\n")


def test_output_that_is_no_text_is_read_all_the_same(tmp_path: Path) -> None:
    code = r"import os; os.write(1, b'a\xffb')"
    assert run_command(python(tmp_path, code), LONG).output == "a\ufffdb"


def test_the_limit_ends_the_command_and_its_children(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)"
    )
    finished = run_command(python(tmp_path, code), 1.5)
    assert (finished.timed_out, finished.exit_code) == (True, -signal.SIGKILL)
    assert dies(int(finished.output))


def test_children_do_not_outlive_a_command_that_ended(tmp_path: Path) -> None:
    code = "import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid)"
    finished = run_command(python(tmp_path, code), LONG)
    assert (finished.exit_code, finished.timed_out) == (0, False)
    assert dies(int(finished.output))


def test_a_child_that_holds_the_output_open_does_not_delay_the_end(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); print('done')"
    )
    assert ended(run_command(python(tmp_path, code), LONG)) == (0, "done\n", False)


def test_a_command_that_does_not_exist_is_the_callers_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run_command(Command(("/nowhere/program",), ENV, tmp_path), LONG)
