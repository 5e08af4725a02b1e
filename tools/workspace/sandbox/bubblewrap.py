"""Bubblewrap: the work tree bound over the repository's own path, everything else read-only or hidden.

Inside: writes only to the tree, the record folder and a private /tmp; home and run-time sockets hidden; no network
but loopback; own process numbers, own /dev, nothing left running when the command ends.
"""

from __future__ import annotations

import functools
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.workspace.process import Command
from tools.workspace.sandbox import Room

PROBE = r"""
fail() { echo "$1"; }
touch /usr/.regreen-probe 2>/dev/null && rm -f /usr/.regreen-probe && fail "write outside the tree"
[ "$(ls -A "$1" 2>/dev/null)" = "" ] || fail "read the home"
[ "$(grep -c : /proc/net/dev)" = 1 ] || fail "reach the network"
[ -e "/proc/$2" ] && [ "$2" -gt 20 ] && fail "see other processes"
echo done
"""


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    """Wraps commands in `bwrap`, whose own environment is the clean one (its /proc entry is readable inside)."""

    room: Room

    @property
    def level(self) -> str:
        return "bubblewrap"

    @property
    def tree(self) -> Path:
        return self.room.workspace.repository.root

    def wrap(self, argv: Sequence[str], cwd: str) -> Command:
        """The command inside its own mount, process, IPC and network namespaces."""
        workspace = self.room.workspace
        root = workspace.repository.root
        bound = [root / name for name in workspace.carried.bound if (root / name).exists()]
        inside = [path for path in self.room.readable if path.is_relative_to(root) and not _covered(path, bound)]
        environment = [path for path in inside if not (workspace.tree / path.relative_to(root)).exists()]
        mounts = [
            *_base(),
            *_read_only([path for path in self.room.readable if _hidden(path) and not path.is_relative_to(root)]),
            *("--bind", str(workspace.tree), str(root)),
            *_read_only([*bound, *environment]),
            *_read_only([workspace.git_dir]),
            *("--ro-bind", str(workspace.objects), str(workspace.objects)),
            *("--bind", str(self.room.io), str(self.room.io)),
        ]
        start = ["--chdir", str(root / cwd), "--", *argv]
        return Command((_bwrap() or "bwrap", *mounts, *start), self.room.env, self.room.io, contained=True)


def _covered(path: Path, others: Sequence[Path]) -> bool:
    return any(path.is_relative_to(other) for other in others)


def _homes() -> set[Path]:
    homes = (Path(os.environ.get("HOME") or "/nonexistent"), Path(pwd.getpwuid(os.getuid()).pw_dir))
    return {path.resolve() for path in homes}


def _hidden_roots() -> tuple[Path, ...]:
    roots = {*_homes(), Path("/tmp"), Path("/var/tmp"), Path("/run")}
    kept = {path for path in roots if path != Path("/") and path.is_dir()}
    return tuple(
        sorted(path for path in kept if not any(path != other and path.is_relative_to(other) for other in kept))
    )


def _hidden(path: Path) -> bool:
    return any(path != root and path.is_relative_to(root) for root in _hidden_roots())


def _base() -> list[str]:
    spaces = ["--unshare-pid", "--unshare-ipc", "--unshare-net", "--unshare-uts", "--die-with-parent", "--new-session"]
    hidden = [part for root in _hidden_roots() for part in ("--tmpfs", str(root))]
    hidden += [part for home in _homes() if _hidden(home) for part in ("--dir", str(home))]
    return ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", *hidden, *spaces]


def _read_only(paths: Sequence[Path]) -> list[str]:
    return [part for path in sorted(set(paths)) for part in ("--ro-bind-try", str(path), str(path))]


@functools.cache
def _bwrap() -> str | None:
    return shutil.which("bwrap")


@functools.cache
def gaps() -> tuple[str, ...]:
    """What a self-test could do that it must not; ("start",) when bubblewrap is missing or cannot run here."""
    if _bwrap() is None:
        return ("start: bwrap is not on PATH",)
    home = pwd.getpwuid(os.getuid()).pw_dir
    argv = ["bwrap", *_base(), "--", "sh", "-c", PROBE, "probe", home, str(os.getpid())]
    try:
        ran = subprocess.run(argv, capture_output=True, text=True, timeout=20, env={"PATH": os.environ.get("PATH", "")})
    except (OSError, subprocess.TimeoutExpired) as error:
        return (f"start: {error}",)
    lines = ran.stdout.split("\n")
    if "done" not in lines:
        return (f"start: {ran.stderr.strip()[:200]}",)
    return tuple(line for line in lines if line and line != "done")
