"""What code in a sandbox must not be able to do, as a self-test tries it; and the folders that every level hides."""

from __future__ import annotations

import functools
import os
import pwd
from collections.abc import Iterable, Mapping
from pathlib import Path

# What the self-test tries, as a shell does it: success of the command means that the act is possible. $1 is the home,
# $2 a process outside, $3 a private folder outside that holds a file `secret`. `IN_PLACE` needs more: $4 is a port of
# this machine, $5 a socket in that folder, $6 a Python, and the work tree lies in that folder, too.
ACTS = {
    "write outside the tree": "touch /usr/.regreen-probe && rm -f /usr/.regreen-probe || touch $3/made",
    "change permissions outside": "chmod 0755 /usr || chmod 0600 $3/secret",
    "mount file systems": "mount -t tmpfs none /mnt",
    "read the home": '[ "$(ls -A "$1")" != "" ]',
    "read private temporary files": "cat $3/secret",
    "read the environment of regreen": "grep -q . /proc/$2/environ || grep -q REGREEN_PROBE /proc/1/environ",
    "reach the network": '[ "$(grep -c : /proc/net/dev)" != 1 ]',
    "see other processes": '[ "$2" -gt 20 ] && [ -e "/proc/$2" ]',
    "signal other processes": '[ "$2" -gt 20 ] && kill -0 "$2"',
    "read disks and memory": "for disk in mem kmsg $(awk 'NR > 2 {print $4}' /proc/partitions); do "
    'head -c 1 /dev/$disk && found=1; done; [ -n "$found" ]',
}
CONNECT = """$6 -I -S -c 'import socket, sys
socket.socket(socket.{family}).connect({address})' "$4" "$5\""""
# For levels without mounts, where tests see the same folders as we do.
IN_PLACE = {
    **ACTS,
    "reach the network": CONNECT.format(family="AF_INET", address='("127.0.0.1", int(sys.argv[1]))'),
    "reach sockets of the machine": CONNECT.format(family="AF_UNIX", address="sys.argv[2]"),
    "write to the git folder": "touch $3/site/git/made",
    "write outside through links and mounts": "ln -s $3 link && touch link/made || ln $3/secret hard",
}


def script(acts: Mapping[str, str]) -> str:
    """A shell script that prints the names of the acts that were possible, and `done`."""
    tries = (f"if {{ {act}; }} >/dev/null 2>&1; then echo '{name}'; fi" for name, act in acts.items())
    return "\n".join((*tries, "echo done", ""))


def possible(output: str, said: str) -> tuple[str, ...]:
    """What of a script's output was possible, or how it did not come to its end, of which `said` tells."""
    lines = output.split("\n")
    if "done" not in lines:
        return (f"start: {said.strip()[:200]}",)
    return tuple(line for line in lines if line and line != "done")


def homes() -> frozenset[Path]:
    """The home as the environment names it, and the account's."""
    return _homes_of(os.environ.get("HOME") or "/nonexistent")


@functools.cache
def _homes_of(home: str) -> frozenset[Path]:
    return frozenset(path.resolve() for path in (Path(home), Path(pwd.getpwuid(os.getuid()).pw_dir)))


def hidden_roots() -> tuple[Path, ...]:
    """Folders that nothing inside sees anything of but what it is shown; none lies in another."""
    return _hidden_below(homes())


@functools.cache
def _hidden_below(homes: frozenset[Path]) -> tuple[Path, ...]:
    roots = {*homes, Path("/tmp"), Path("/var/tmp"), Path("/run")}
    return outermost(path for path in roots if path != Path("/") and path.is_dir())


def outermost(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Those that lie in no other, in order."""
    kept = set(paths)
    return tuple(
        sorted(path for path in kept if not any(path != other and path.is_relative_to(other) for other in kept))
    )


def is_hidden(path: Path) -> bool:
    """Whether a path lies inside a folder that is hidden."""
    return any(path != root and path.is_relative_to(root) for root in hidden_roots())
