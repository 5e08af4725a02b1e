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
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.workspace.process import Command
from tools.workspace.sandbox import Room
from tools.workspace.scratch import owned

# What the self-test tries, as a shell does it: success of the command means that the act is possible. $1 is the home,
# $2 a process outside, $3 a private folder outside.
ACTS = {
    "write outside the tree": "touch /usr/.regreen-probe && rm -f /usr/.regreen-probe",
    "change permissions outside": "chmod 0755 /usr",
    "mount file systems": "mount -t tmpfs none /mnt",
    "read the home": '[ "$(ls -A "$1")" != "" ]',
    "read private temporary files": '[ -e "$3" ]',
    "read the environment of regreen": "grep -q . /proc/$2/environ || grep -q REGREEN_PROBE /proc/1/environ",
    "reach the network": '[ "$(grep -c : /proc/net/dev)" != 1 ]',
    "see other processes": '[ "$2" -gt 20 ] && [ -e "/proc/$2" ]',
    "signal other processes": '[ "$2" -gt 20 ] && kill -0 "$2"',
    "read disks and memory": '[ -e /dev/mem ] || [ -n "$(ls /dev | grep -E "^(sd|vd|nvme|kmsg)")" ]',
}
NO_MODULE = Path(__file__).with_name("no_module.py")
# What root may do with files that belong to others; the mounts bound it.
ROOTS_POWERS = ("CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_CHOWN", "CAP_FSETID")
SHARED_MEMORY = Path("/dev/shm")
# Beyond the limit, so that who watches sees it passed: a full file system would look like the tests' own failure.
SEEN_BYTES = 1 << 30
KNOWS_SIZES = (0, 7)
PROBE = "\n".join(f"if {act} >/dev/null 2>&1; then echo '{name}'; fi" for name, act in ACTS.items()) + "\necho done\n"


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
            *_read_only([path for path in self.room.readable if _hidden(path) and not path.is_relative_to(root)]),
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


def _homes() -> frozenset[Path]:
    return _homes_of(os.environ.get("HOME") or "/nonexistent")


@functools.cache
def _homes_of(home: str) -> frozenset[Path]:
    return frozenset(path.resolve() for path in (Path(home), Path(pwd.getpwuid(os.getuid()).pw_dir)))


def _hidden_roots() -> tuple[Path, ...]:
    return _hidden_below(_homes())


@functools.cache
def _hidden_below(homes: frozenset[Path]) -> tuple[Path, ...]:
    roots = {*homes, Path("/tmp"), Path("/var/tmp"), Path("/run")}
    kept = {path for path in roots if path != Path("/") and path.is_dir()}
    return tuple(
        sorted(path for path in kept if not any(path != other and path.is_relative_to(other) for other in kept))
    )


def _hidden(path: Path) -> bool:
    return any(path != root and path.is_relative_to(root) for root in _hidden_roots())


def _in_memory() -> tuple[Path, ...]:
    return (*_hidden_roots(), SHARED_MEMORY)


def _base(memory_bytes: int = 0) -> list[str]:
    spaces = ["--unshare-pid", "--unshare-ipc", "--unshare-net", "--unshare-uts", "--die-with-parent", "--new-session"]
    # Root keeps its capabilities in bubblewrap: with that of mounting it is out in one call.
    powers = [part for name in ROOTS_POWERS for part in ("--cap-add", name)] if os.geteuid() == 0 else []
    powers = ["--cap-drop", "ALL", *powers]
    size = ["--size", str(memory_bytes + SEEN_BYTES)] if memory_bytes and _knows_sizes() else []
    hidden = [part for root in _in_memory() for part in (*size, "--tmpfs", str(root))]
    hidden += [part for home in _homes() if _hidden(home) for part in ("--dir", str(home))]
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
    argv = ["bwrap", *_base(), "--", "sh", "-c", PROBE, "probe", home, str(os.getpid())]
    try:
        with tempfile.TemporaryDirectory(prefix=owned("probe")) as private:
            env = {"PATH": os.environ.get("PATH", "")}
            ran = subprocess.run([*argv, private], capture_output=True, text=True, timeout=20, env=env)
    except (OSError, subprocess.TimeoutExpired) as error:
        return (f"start: {error}",)
    lines = ran.stdout.split("\n")
    if "done" not in lines:
        return (f"start: {ran.stderr.strip()[:200]}",)
    return tuple(line for line in lines if line and line != "done")
