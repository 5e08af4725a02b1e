"""Run as a script around one command: ends with it, as it ended, and leaves nothing behind that it started.

`python -I -S warden.py LC_CTYPE COUNT WORD… COMMAND…`, where LC_CTYPE is the command's own or empty, and COUNT words
say how the command is confined (`confine/`). Standard input is a pipe that the caller holds open: when it closes, be it
that the caller wants an end or is gone, everything is ended. A daemon leaves its session and its parent, but on Linux
the warden is its next parent.
"""

from __future__ import annotations

import ctypes
import os
import select
import sys
import time

# Every command waits for these imports: what `typing` and `signal` have beyond the names used here takes longest.
TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal

    from tools.workspace.confine import Confinement
    from tools.workspace.confine.deputy import Deputy
else:
    import _signal as signal

PR_SET_CHILD_SUBREAPER = 36
STDIN = 0
DEAD = (b"Z", b"X")
DYING_SECONDS = 0.002
# What a command may send to its own process group; the warden must outlive it.
IGNORED = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)
# Python ignores these two, and what it starts would inherit that.
DEFAULTS = (*IGNORED, signal.SIGPIPE, signal.SIGXFSZ)


def main() -> None:
    """Run the command of the arguments."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    deaths, write_end = os.pipe()
    os.set_blocking(write_end, False)
    signal.set_wakeup_fd(write_end)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    for number in IGNORED:
        signal.signal(number, signal.SIG_IGN)
    lc_ctype, count, rest = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    confinement = _confinement(rest[:count]) if count else None
    child = os.fork()
    if child == 0:
        _become(lc_ctype, rest[count:], confinement)
    asked = confinement.deputy() if confinement else None
    _end_as(_watched(child, deaths, asked, ends_all=confinement is not None and confinement.own_spaces))


def _confinement(words: list[str]) -> Confinement:
    sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    from tools.workspace.confine import Confinement

    return Confinement(words)


def _become(lc_ctype: str, argv: list[str], confinement: Confinement | None) -> None:
    for number in DEFAULTS:
        signal.signal(number, signal.SIG_DFL)
    # In the C locale Python sets the variable as it starts.
    os.environ.pop("LC_CTYPE", None)
    if lc_ctype:
        os.environ["LC_CTYPE"] = lc_ctype
    os.dup2(os.open(os.devnull, os.O_RDONLY), STDIN)
    try:
        if confinement:
            confinement.enter(_end_as)
    except OSError as error:
        os.write(2, f"the sandbox cannot be made: {error}\n".encode())
        os._exit(126)
    try:
        os.execvp(argv[0], argv)
    except OSError as error:
        os.write(2, f"{argv[0]}: {error.strerror}\n".encode())
        os._exit(127)


def _watched(child: int, deaths: int, asked: tuple[int, Deputy] | None, *, ends_all: bool) -> int:
    """How the child ended, by itself or by us; nothing below it lives on.

    Where its end `ends_all`, the kernel sees to that at once.
    """
    status = None
    while status is None:
        ready, _, _ = select.select([STDIN, deaths, *(asked[:1] if asked else ())], [], [])
        if STDIN in ready:
            if ends_all:
                os.kill(child, signal.SIGKILL)
            break
        if asked and asked[0] in ready:
            asked[1].answer()
        if deaths in ready:
            os.read(deaths, 4096)
            status = _reaped().get(child)
    if sys.platform == "linux":
        ended = _ended_all()
    else:
        os.kill(child, signal.SIGKILL)
        ended = dict([os.waitpid(child, 0)]) if status is None else {}
    return ended.get(child, signal.SIGKILL) if status is None else status


def _ended_all() -> dict[int, int]:
    """Kill all below; status by process. First all is stopped: what runs can start more than is killed meanwhile."""
    ended: dict[int, int] = {}
    while _has_children() and (living := _below()):
        _hurry()
        stopped: set[int] = set()
        while new := living - stopped:
            _signal(new, signal.SIGSTOP)
            stopped |= new
            living = _below()
        _signal(stopped, signal.SIGKILL)
        time.sleep(DYING_SECONDS)
        ended |= _reaped()
    return ended | _reaped()


def _has_children() -> bool:
    """Whether anything is below: what loses its parent is a child of the warden. Reading all of /proc takes longer."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _hurry() -> None:
    """Go before all others, where that is allowed: among thousands that start more, our turn would come too late."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except OSError:
        return


def _signal(pids: set[int], number: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except OSError:  # it has just gone, or belongs to another user
            continue


def _reaped() -> dict[int, int]:
    """Status by process of the children that have ended."""
    found: dict[int, int] = {}
    try:
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            found[ended[0]] = ended[1]
    except ChildProcessError:
        pass
    return found


def _below() -> set[int]:
    """All processes that live and descend from this one."""
    children: dict[int, list[int]] = {}
    dead = set()
    for pid in [int(entry.name) for entry in os.scandir("/proc") if entry.name.isdigit()]:
        state, parent = _state_and_parent(pid)
        children.setdefault(parent, []).append(pid)
        if state in DEAD:
            dead.add(pid)
    found: list[int] = []
    waiting = [os.getpid()]
    while waiting:
        new = children.get(waiting.pop(), [])
        found += new
        waiting += new
    return set(found) - dead


def _state_and_parent(pid: int) -> tuple[bytes, int]:
    try:
        descriptor = os.open(f"/proc/{pid}/stat", os.O_RDONLY)
    except OSError:
        return b"X", 0
    try:
        state, parent = os.read(descriptor, 1024).rpartition(b")")[2].split()[:2]
        return state, int(parent)
    except (OSError, ValueError):  # it has just gone
        return b"X", 0
    finally:
        os.close(descriptor)


def _end_as(status: int) -> None:
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        if -code not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


if __name__ == "__main__":
    main()
