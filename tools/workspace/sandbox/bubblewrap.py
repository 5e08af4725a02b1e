"""Bubblewrap: the work tree bound over the repository's own path, everything else read-only or hidden.

Inside: writes only to the tree, the record folder and a private /tmp; home and run-time sockets hidden; no network
but loopback; own process numbers, own /dev, nothing left running when the command ends.
"""

from __future__ import annotations

import functools
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.workspace.process import Command
from tools.workspace.sandbox import Room
from tools.workspace.sandbox.acts import ACTS, hidden_roots, homes, is_hidden, possible, script
from tools.workspace.scratch import scratch_folder

NO_MODULE = Path(__file__).with_name("no_module.py")
# What root may do with files that belong to others; the mounts bound it.
ROOTS_POWERS = ("CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_CHOWN", "CAP_FSETID")
SHARED_MEMORY = Path("/dev/shm")
# Beyond the limit, so that who watches sees it passed: a full file system would look like the tests' own failure.
SEEN_BYTES = 1 << 30
KNOWS_SIZES = (0, 7)


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
            *_base(self.room.limits.memory_bytes),
            *_read_only([path for path in self.room.readable if is_hidden(path) and not path.is_relative_to(root)]),
            *("--bind", str(workspace.tree), str(root)),
            *_read_only([*bound, *environment]),
            *_read_only([workspace.git_dir]),
            *("--ro-bind", str(workspace.objects), str(workspace.objects)),
            *("--bind", str(self.room.io), str(self.room.io)),
            *_covers(self.room.hidden),
        ]
        start = ["--chdir", str(root / cwd), "--", *argv]
        argv = (_bwrap() or "bwrap", *mounts, *start)
        limits, private = self.room.limits, tuple(map(str, _in_memory()))
        return Command(argv, self.room.env, self.room.io, True, limits, self.room.folders, private)


def _covered(path: Path, others: Sequence[Path]) -> bool:
    return any(path.is_relative_to(other) for other in others)


def _in_memory() -> tuple[Path, ...]:
    return (*hidden_roots(), SHARED_MEMORY)


def _base(memory_bytes: int = 0) -> list[str]:
    spaces = ["--unshare-pid", "--unshare-ipc", "--unshare-net", "--unshare-uts", "--die-with-parent", "--new-session"]
    # Root keeps its capabilities in bubblewrap: with that of mounting it is out in one call.
    powers = [part for name in ROOTS_POWERS for part in ("--cap-add", name)] if os.geteuid() == 0 else []
    powers = ["--cap-drop", "ALL", *powers]
    size = ["--size", str(memory_bytes + SEEN_BYTES)] if memory_bytes and _knows_sizes() else []
    hidden = [part for root in _in_memory() for part in (*size, "--tmpfs", str(root))]
    hidden += [part for home in homes() if is_hidden(home) for part in ("--dir", str(home))]
    devices = ["--dev", "/dev", "--remount-ro", "/dev"]
    return ["--ro-bind", "/", "/", *devices, "--proc", "/proc", *hidden, *spaces, *powers]


def _read_only(paths: Sequence[Path]) -> list[str]:
    return [part for path in sorted(set(paths)) for part in ("--ro-bind-try", str(path), str(path))]


def _covers(paths: Sequence[Path]) -> list[str]:
    """Mounts over what is hidden: an empty folder; for a module one that cannot be imported, else an empty file."""
    mounts: list[str] = []
    for path in paths:
        if path.is_dir():
            mounts += ["--tmpfs", str(path), "--remount-ro", str(path)]
        elif path.exists():
            mounts += ["--ro-bind", str(NO_MODULE if path.suffix == ".py" else os.devnull), str(path)]
    return mounts


@functools.cache
def _bwrap() -> str | None:
    return shutil.which("bwrap")


@functools.cache
def _knows_sizes() -> bool:
    """Whether it can bound a file system in memory."""
    said = subprocess.run(["bwrap", "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"(\d+)\.(\d+)", said)
    return found is not None and (int(found[1]), int(found[2])) >= KNOWS_SIZES


@functools.cache
def gaps() -> tuple[str, ...]:
    """What a self-test could do that it must not; ("start",) when bubblewrap is missing or cannot run here."""
    if _bwrap() is None:
        return ("start: bwrap is not on PATH",)
    home = pwd.getpwuid(os.getuid()).pw_dir
    argv = ["bwrap", *_base(), "--", "sh", "-c", script(ACTS), "probe", home, str(os.getpid())]
    try:
        with scratch_folder("probe") as private:
            (private / "secret").write_text("secret\n")
            env = {"PATH": os.environ.get("PATH", "")}
            ran = subprocess.run([*argv, private], capture_output=True, text=True, timeout=20, env=env)
    except (OSError, subprocess.TimeoutExpired) as error:
        return (f"start: {error}",)
    return possible(ran.stdout, ran.stderr)
