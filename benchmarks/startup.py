"""How much processor time regreen costs before it does anything. Floors: an empty Python, and one that loads typer."""

import os
import sys
from pathlib import Path

from benchmarks._result import Result, at_most

REGREEN = str(Path(sys.executable).with_name("regreen"))
COMMANDS = {
    "python": [sys.executable, "-c", "pass"],
    "version": [REGREEN, "--version"],
    "import_typer": [sys.executable, "-c", "import typer"],
    "help": [REGREEN, "--help"],
}


def measure(*, quick: bool) -> Result:
    """Run each command in turn, many times, and keep the least processor time of each."""
    for argv in COMMANDS.values():
        _cpu_seconds(argv)  # compiles what is not compiled yet
    rounds = [{name: _cpu_seconds(argv) for name, argv in COMMANDS.items()} for _ in range(5 if quick else 40)]
    least = {name: min(times[name] for times in rounds) for name in COMMANDS}
    ratio = round(least["version"] / least["python"], 2)
    figures = {f"{name}_cpu_seconds": round(seconds, 4) for name, seconds in least.items()}
    figures |= {"version_ratio": ratio, "help_over_typer": round(least["help"] / least["import_typer"], 2)}
    for name, figure in figures.items():
        print(f"{name:26}{figure:8}")
    return Result(
        figures,
        {"version_ratio": at_most(ratio, 3), "help_cpu_seconds": at_most(figures["help_cpu_seconds"], 0.4)},
    )


def _cpu_seconds(argv: list[str]) -> float:
    """Return user and system time of the whole process; raise OSError if it cannot start or fails."""
    silence = [(os.POSIX_SPAWN_OPEN, descriptor, os.devnull, os.O_RDWR, 0) for descriptor in (0, 1, 2)]
    process = os.posix_spawn(argv[0], argv, os.environ, file_actions=silence)
    _, status, usage = os.wait4(process, 0)
    if status:
        raise OSError(f"{' '.join(argv)} ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime
