"""A call on a pseudo-terminal, with somebody who answers its questions."""

import os
import pty
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.e2e._support import REGREEN, Ran, User


def on_a_terminal(user: User, cwd: Path, arguments: Sequence[str], answers: Sequence[str], **variables: str) -> Ran:
    """Run the installed command; each time it asks `[y/n/diff]` the next answer is typed. All output is in `out`."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [REGREEN, *arguments],
        cwd=cwd,
        env=user.variables | {"TERM": "xterm-256color", "COLUMNS": "100"} | variables,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    said = b""
    waiting = list(answers)
    asked = 0
    while chunk := _read(ours):
        said += chunk
        while waiting and said.count(b"[y/n/diff]") > asked:
            asked += 1
            os.write(ours, waiting.pop(0).encode() + b"\n")
    os.close(ours)
    return Ran(process.wait(), said.decode().replace("\r\n", "\n"), "")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # how Linux says that nobody holds the other end any more
        return b""
