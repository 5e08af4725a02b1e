"""Seatbelt, the sandbox of macOS: a profile for `sandbox-exec`, made from what may be reached."""

from __future__ import annotations

import functools
import shutil
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tools.workspace.process import Command
from tools.workspace.sandbox import Room
from tools.workspace.sandbox.acts import IN_PLACE
from tools.workspace.sandbox.in_place import Reach, in_place, tried

# The last rule that fits a call decides.
BASE = """\
(version 1)
(deny default)
(allow process-exec process-fork)
(allow signal (target same-sandbox))
(allow process-info* (target same-sandbox))
(allow sysctl-read)
(allow ipc-posix-sem ipc-posix-shm*)
(allow file-read*)
(allow file-read* file-write-data file-ioctl (literal "/dev/null") (literal "/dev/zero") (literal "/dev/tty"))
"""
# There is no /proc, and a disk is read by other names.
ACTS = IN_PLACE | {
    "read the environment of regreen": "ps -Eww -p $2 | grep -q PATH=",
    "see other processes": "ps -p $2",
    "read disks and memory": "head -c 1 /dev/rdisk0",
}


@dataclass(frozen=True, slots=True)
class Seatbelt:
    """Commands run in the work tree as without a sandbox, by `sandbox-exec`."""

    room: Room

    @property
    def level(self) -> str:
        return "seatbelt"

    @property
    def tree(self) -> Path:
        return self.room.workspace.tree

    def wrap(self, argv: Sequence[str], cwd: str) -> Command:
        """The command in the work tree, with a home and a folder for temporary files of its own."""
        return _confined(*in_place(self.room, argv, cwd))


def _confined(command: Command, reach: Reach) -> Command:
    closed = (*reach.closed, Path(tempfile.gettempdir()))
    argv = ("sandbox-exec", "-p", profile(replace(reach, closed=closed)), *command.argv)
    return replace(command, argv=argv)


def profile(reach: Reach) -> str:
    """The profile: reads but of what is closed or covered, writes to the folders, sockets only with names in them.

    There is no network: a loopback would be the machine's own.
    """
    closed = [path for path in _real(reach.closed) if path != Path("/")]
    shown = [path for path in _real(reach.shown) if not any(one.is_relative_to(path) for one in closed)]
    rules = [
        _rule("deny file-read-data file-read-xattr", closed),
        _rule("allow file-read*", shown),
        _rule("deny file-read*", _real(reach.covered)),
        _rule("allow file-read* file-write*", _real(reach.folders)),
        _rule("allow network-bind network-outbound", _real(reach.folders)),
    ]
    return BASE + "".join(rules)


def _rule(start: str, paths: Iterable[Path]) -> str:
    filters = "".join(f" (subpath {_quoted(str(path))})" for path in paths)
    return f"({start}{filters})\n" if filters else ""


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _real(paths: Iterable[Path]) -> list[Path]:
    """Seatbelt knows paths without links: /private/tmp for /tmp."""
    return list(dict.fromkeys(path.resolve() for path in paths))


@functools.cache
def gaps() -> tuple[str, ...]:
    """What a self-test could do that it must not; one that begins with "start" when the level cannot be had here."""
    if sys.platform != "darwin" or shutil.which("sandbox-exec") is None:
        return ("start: there is no sandbox-exec",)
    return tried(ACTS, _confined)
