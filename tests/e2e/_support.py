"""The installed command as a user calls it."""

import fnmatch
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import GIT_IDENTITY, UNSET

REGREEN = Path(sys.executable).with_name("regreen")
WITHOUT_LANDLOCK = Path(__file__).parents[1] / "without_landlock.py"
FAR_TOO_LONG_SECONDS = 240
SOON_SECONDS = 50  # less than the slow test sleeps
FIELDS = {"instance_id", "status", "resolved", "model_patch", "test_patch_out", "verdict", "rivals", "reason", "usage",
          "seconds", "run", "journal"}  # fmt: skip
NOTHING_SPENT = {"requests": 0, "input_tokens": 0, "cached_input_tokens": 0, "output_tokens": 0, "cost_usd": 0.0}
ERRORS = ("usage", "infra_failure", "refused", "internal_error")


@dataclass(frozen=True, slots=True)
class Ran:
    """How a call ended and what it wrote to its two streams."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> dict[str, Any]:
        """The one JSON object on standard output."""
        (line,) = self.out.splitlines()
        row = json.loads(line)
        assert isinstance(row, dict)
        return row

    @property
    def end(self) -> tuple[int, str]:
        """Exit code and status word."""
        return self.code, self.answer["status"]


def path_without_bubblewrap(folder: Path) -> str:
    """A PATH with git alone."""
    folder.mkdir()
    (folder / "git").symlink_to(str(shutil.which("git")))
    return str(folder)


def checked(ran: Ran) -> tuple[int, str]:
    """Exit code and status word of a call with --json, whose answer has the promised form."""
    answer = ran.answer
    assert answer.keys() >= FIELDS
    assert answer["usage"] == NOTHING_SPENT
    assert answer["reason"]
    assert answer["resolved"] is (answer["status"] in ("proved", "plausible"))
    assert bool(answer["model_patch"]) is answer["resolved"]
    if answer["status"] in ERRORS:
        assert answer.get("hint"), f"no hint for: {answer['reason']}"
        assert ran.err.splitlines()[-2:] == [f"regreen: {answer['reason']}", f"hint: {answer['hint']}"]
    return ran.end


@dataclass(frozen=True, slots=True)
class Running:
    """A call that goes on; its streams go to files."""

    process: subprocess.Popen[bytes]
    out: Path
    err: Path

    def wait_for(self, words: str) -> None:
        """Until it has said something on standard error."""
        wait_until(lambda: words in self.err.read_text(errors="replace"), f"{words!r} on standard error")

    def end_by(self, number: signal.Signals) -> Ran:
        """Send a signal and give how it ended."""
        self.process.send_signal(number)
        return self.to_its_end()

    def to_its_end(self) -> Ran:
        """Wait for its end."""
        code = self.process.wait(timeout=FAR_TOO_LONG_SECONDS)
        return Ran(code, self.out.read_text(), self.err.read_text())


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with an empty home, a temporary folder of his own, and an active environment that has pytest."""

    folder: Path
    environment: Path

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    @property
    def variables(self) -> dict[str, str]:
        """His environment variables, with nothing of the developer's in it."""
        kept = {k: v for k, v in os.environ.items() if not any(fnmatch.fnmatchcase(k, pattern) for pattern in UNSET)}
        home = self.folder / "home"
        for folder in (home, self.temporary):
            folder.mkdir(parents=True, exist_ok=True)
        own = {"HOME": str(home), "TMPDIR": str(self.temporary), "VIRTUAL_ENV": str(self.environment)}
        return kept | GIT_IDENTITY | own

    def regreen(
        self, cwd: Path, *arguments: str | Path, stdin: str = "", variables: Mapping[str, str] | None = None
    ) -> Ran:
        """Call the installed command and wait for its end."""
        return self.call(cwd, [REGREEN, *arguments], stdin, variables)

    def without_sandbox(self, cwd: Path, *arguments: str | Path) -> Ran:
        """The same where no sandbox works: without bubblewrap, on a kernel without Landlock."""
        variables = {"PATH": path_without_bubblewrap(self.folder / "bin")}
        return self.call(cwd, [sys.executable, WITHOUT_LANDLOCK, REGREEN, *arguments], variables=variables)

    def call(
        self, cwd: Path, argv: list[str | Path], stdin: str = "", variables: Mapping[str, str] | None = None
    ) -> Ran:
        """Call any command and wait for its end."""
        done = subprocess.run(
            argv,
            cwd=cwd,
            env=self.variables | dict(variables or {}),
            input=stdin.encode(),
            capture_output=True,
            timeout=FAR_TOO_LONG_SECONDS,
            check=False,
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    def start(self, cwd: Path, *arguments: str | Path, variables: Mapping[str, str] | None = None) -> Running:
        """Call the installed command and go on."""
        env = self.variables | dict(variables or {})
        streams = (self.folder / "stdout", self.folder / "stderr")
        with streams[0].open("wb") as out, streams[1].open("wb") as err:
            process = subprocess.Popen(
                [REGREEN, *arguments], cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err
            )
        return Running(process, *streams)

    def processes(self) -> list[str]:
        """Command lines of living processes that have to do with this user's folder."""
        found = (_about(entry) for entry in Path("/proc").iterdir() if entry.name.isdigit())
        return [line for line in found if f"{self.folder}/" in line]

    def left_behind(self) -> list[str]:
        """Temporary files and processes that outlived their call."""
        return [path.name for path in self.temporary.iterdir()] + self.processes()


def _about(process: Path) -> str:
    """A process's command line and folder; "" when it has ended."""
    try:
        line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return f"{line} in {(process / 'cwd').readlink()}" if line else ""
    except OSError:
        return ""


def wait_until(happened: Callable[[], bool], what: str, seconds: float = SOON_SECONDS) -> None:
    """Wait for something that must happen soon, or within so many seconds."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.02)
