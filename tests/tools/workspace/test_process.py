"""One command to its end: its exit, the tail of what it printed, and nothing of it left running."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools.workspace.process import FILE_LIMIT_BYTES, OUTPUT_LIMIT, Command, Finished, run_command

ENV = {"PATH": os.environ["PATH"], "ONLY": "this"}
LONG = 30.0
# A process that its parent, its session and its group do not know any more, and that says so in the file it is given.
DAEMON = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    with open(sys.argv[1] + ".part", "w") as file:
        file.write(str(os.getpid()))
    os.rename(sys.argv[1] + ".part", sys.argv[1])
    time.sleep(60)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.01)
"""
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives orphans to a process of our choice")
needs_prlimit = pytest.mark.skipif(shutil.which("prlimit") is None, reason="there is no prlimit here")


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


@pytest.mark.parametrize("locale", [{}, {"LC_CTYPE": "C"}, {"LC_CTYPE": "C.UTF-8", "LANG": "C"}], ids=str)
def test_the_locale_is_the_commands_own(tmp_path: Path, locale: dict[str, str]) -> None:
    lines = run_command(Command(("env",), {**ENV, **locale}, tmp_path), LONG).output.splitlines()
    assert dict(line.split("=", 1) for line in lines) == {**ENV, **locale}


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


def test_a_program_is_found_from_the_commands_own_folder(tmp_path: Path) -> None:
    program = tmp_path / "run"
    program.write_text("#!/bin/sh\necho here\n")
    program.chmod(0o755)
    assert ended(run_command(Command(("./run",), ENV, tmp_path), LONG)) == (0, "here\n", False)


@needs_linux
@pytest.mark.parametrize(("then", "timeout_seconds"), [("", LONG), ("time.sleep(60)", 2.0)], ids=["end", "limit"])
def test_a_daemon_does_not_outlive_the_command(tmp_path: Path, then: str, timeout_seconds: float) -> None:
    argv = (sys.executable, "-c", DAEMON + then, str(tmp_path / "pid"))
    finished = run_command(Command(argv, ENV, tmp_path), timeout_seconds)
    assert finished.timed_out is bool(then)
    assert dies(int((tmp_path / "pid").read_text()))


@needs_linux
def test_a_command_does_not_outlive_whoever_started_it(tmp_path: Path) -> None:
    inner = "import os, time; open('pid', 'w').write(str(os.getpid())); os.rename('pid', 'there'); time.sleep(60)"
    outer = (
        "import sys\nfrom pathlib import Path\nfrom tools.workspace.process import Command, run_command\n"
        f"run_command(Command((sys.executable, '-c', {inner!r}), {{}}, Path({str(tmp_path)!r})), 60.0)"
    )
    caller = subprocess.Popen([sys.executable, "-c", outer], cwd=Path(__file__).parents[3])
    while not (tmp_path / "there").exists():
        time.sleep(0.01)
    caller.kill()
    caller.wait()
    assert dies(int((tmp_path / "there").read_text()))


def test_a_command_that_signals_its_own_group_ends_by_that_signal(tmp_path: Path) -> None:
    code = "import os, signal; os.killpg(0, signal.SIGTERM)"
    assert run_command(python(tmp_path, code), LONG).exit_code == -signal.SIGTERM


@needs_linux
def test_no_signal_is_ignored_from_the_start(tmp_path: Path) -> None:
    output = run_command(Command(("grep", "SigIgn", "/proc/self/status"), ENV, tmp_path), LONG).output
    ignored = int(output.split()[1], 16)
    assert [number for number in range(1, 32) if ignored >> (number - 1) & 1] == []


def test_a_command_may_close_its_output_and_work_on(tmp_path: Path) -> None:
    code = "import os, time; print('bye', flush=True); os.close(1); os.close(2); time.sleep(0.3); os._exit(4)"
    assert ended(run_command(python(tmp_path, code), LONG)) == (4, "bye\n", False)


def test_gigabytes_of_output_take_neither_memory_nor_disk(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    finished = run_command(Command(("head", "-c", "300000000", "/dev/zero"), ENV, tmp_path), LONG)
    grown_kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert (finished.exit_code, len(finished.output), grown_kilobytes < 20_000) == (0, OUTPUT_LIMIT, True)


def test_a_command_that_prints_without_end_is_ended_by_the_limit(tmp_path: Path) -> None:
    assert ended(run_command(Command(("yes",), ENV, tmp_path), 0.5)) == (-signal.SIGKILL, "y\n" * 100_000, True)


@needs_prlimit
def test_files_processor_time_and_core_files_are_limited(tmp_path: Path) -> None:
    code = "import resource as r; print([r.getrlimit(k)[0] for k in (r.RLIMIT_FSIZE, r.RLIMIT_CPU, r.RLIMIT_CORE)])"
    cores = os.cpu_count() or 1
    assert run_command(python(tmp_path, code), LONG).output == f"[{FILE_LIMIT_BYTES}, {int(LONG) * cores}, 0]\n"


@needs_prlimit
def test_a_limit_that_is_lower_already_stays(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    code = (
        "import resource, sys\nfrom pathlib import Path\nfrom tools.workspace.process import Command, run_command\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "print(run_command(Command(('sh', '-c', 'ulimit -f'), {'PATH': '/bin:/usr/bin'}, Path('/')), 30.0).output)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True
    )
    assert (soft, hard) == resource.getrlimit(resource.RLIMIT_FSIZE)
    assert ran.stdout.strip() in ("4", "8")  # blocks of 1024 or of 512 bytes
