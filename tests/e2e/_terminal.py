"""A call on a pseudo-terminal, with somebody who answers its questions."""

import os
import pty
import select
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.e2e._support import FAR_TOO_LONG_SECONDS, REGREEN, Ran, User

CTRL_C = "\x03"
# The words that are waited for, and what is typed then, or done.
Typed = tuple[str, str | Callable[[], object]]


def on_a_terminal(user: User, cwd: Path, arguments: Sequence[str], answers: Sequence[str], **variables: str) -> Ran:
    """Run the installed command; each time it asks `[y/n/diff]` the next answer is typed. All output is in `out`."""
    return typing(user, cwd, arguments, [("[y/n/diff]", f"{answer}\n") for answer in answers], **variables)


def typing(user: User, cwd: Path, arguments: Sequence[str], typed: Sequence[Typed], **variables: str) -> Ran:
    """Run the installed command as the terminal's own; each text is typed when its words have come, after the last."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        ["setsid", "--ctty", "--wait", REGREEN, *arguments],
        cwd=cwd,
        env=user.variables | {"TERM": "xterm-256color", "COLUMNS": "100", "CI": ""} | variables,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    said = b""
    seen = 0
    waiting = list(typed)
    deadline = time.monotonic() + FAR_TOO_LONG_SECONDS
    while chunk := _read(ours, deadline):
        said += chunk
        while waiting and (found := said.find(waiting[0][0].encode(), seen)) >= 0:
            words, text = waiting.pop(0)
            seen = found + len(words)
            if isinstance(text, str):
                os.write(ours, text.encode())
            else:
                text()
    os.close(ours)  # who still waits for somebody to type is told that the terminal is gone
    assert time.monotonic() < deadline, said.decode(errors="replace")[-2000:]
    return Ran(process.wait(), said.decode().replace("\r\n", "\n"), "")


def _read(terminal: int, deadline: float) -> bytes:
    """What is said next; nothing after the end, or after the deadline."""
    if not select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))[0]:
        return b""
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # how Linux says that nobody holds the other end any more
        return b""
