"""Does for a confined process what its filter cannot judge: it sees paths and addresses, and acts on what it looked at.

Who asks waits. What is looked at is opened once, and then changed or connected to through that, so that nothing can be
swapped in between; the asked call itself is never let go on.
"""

from __future__ import annotations

import _thread
import ctypes
import errno
import fcntl
import os
import struct
from collections.abc import Callable

from tools.workspace.confine.calls import LIBC, call, checked
from tools.workspace.confine.filter import AF_UNIX, ASKED
from tools.workspace.confine.numbers import number

RECEIVE, SEND, IS_VALID = 0xC0502100, 0xC0182101, 0x80082102
REQUEST = "=QIIiIQ6Q"
LONGEST_PATH, LONGEST_ADDRESS, TIMES_BYTES = 4096, 128, 32
HERE, NO_FOLLOW, EMPTY_PATH = -100, 0x100, 0x1000
NO_MAGIC_LINKS = 2
# What is changed, and which argument is a descriptor, a path, the value, flags: None where there is none.
CHANGES: dict[str, tuple[str, int | None, int | None, int, int | None]] = {
    "chmod": ("mode", None, 0, 1, None), "fchmod": ("mode", 0, None, 1, None), "fchmodat": ("mode", 0, 1, 2, None),
    "fchmodat2": ("mode", 0, 1, 2, 3), "chown": ("owner", None, 0, 1, None), "lchown": ("owner", None, 0, 1, None),
    "fchown": ("owner", 0, None, 1, None), "fchownat": ("owner", 0, 1, 2, 4), "utimensat": ("times", 0, 1, 2, 3),
}  # fmt: skip


class Deputy:
    """Answers what is asked at `listener`: files and sockets below `roots` may be changed and connected to.

    With an `own_network`, sockets that are in no folder, too.
    """

    def __init__(self, listener: int, roots: tuple[str, ...], *, own_network: bool) -> None:
        self._listener = listener
        self._roots = tuple(os.path.realpath(root) for root in roots)
        self._own_network = own_network
        self._names = {number(name): name for name in ASKED}

    def answer(self) -> None:
        """Do what is asked next, and say how it went."""
        asked = bytearray(struct.calcsize(REQUEST))
        try:
            fcntl.ioctl(self._listener, RECEIVE, asked)
        except OSError:  # who asked is gone
            return
        request, pid, _, called, _, _, *arguments = struct.unpack(REQUEST, asked)
        asker = Asker(self._listener, request, pid, arguments)
        name = self._names.get(called, "")
        if name == "connect":
            self._connect_apart(asker)
        else:
            asker.answered_by(lambda asker: self._change(name, asker))

    def _change(self, name: str, asker: Asker) -> None:
        what, descriptor_at, path_at, value_at, flags_at = CHANGES[name]
        flags = asker.number(flags_at) if flags_at is not None else 0
        folder = HERE if descriptor_at is None else asker.number(descriptor_at)
        address = asker.arguments[path_at] if path_at is not None else 0
        path = asker.path(address) if address or descriptor_at is None else b""
        if address and not path and not flags & EMPTY_PATH:
            raise OSError(errno.ENOENT, "no path")
        value = asker.arguments[value_at : value_at + 2]
        times = asker.memory(value[0], TIMES_BYTES) if what == "times" and value[0] else None
        found = asker.opened(folder, path, follows=name != "lchown" and not flags & NO_FOLLOW)
        try:
            self._check_inside(found)
            asker.check()
            _changed(f"/proc/self/fd/{found}", what, value, times)
        finally:
            os.close(found)

    def _connect_apart(self, asker: Asker) -> None:
        """In a thread, for it may take long, and whoever wants an end must be heard meanwhile."""
        try:
            _thread.start_new_thread(asker.answered_by, (self._connect,))
        except RuntimeError:  # there are too many already
            asker.answered_by(_refused)

    def _connect(self, asker: Asker) -> None:
        address = asker.memory(asker.arguments[1], min(asker.arguments[2] & 0xFFFFFFFF, LONGEST_ADDRESS))
        family = int.from_bytes(address[:2], "little")
        path = address[2:].split(b"\0")[0]
        kept = []
        try:
            if family == AF_UNIX and path:
                kept.append(asker.opened(HERE, path, follows=True))
                self._check_inside(kept[0])
                address = address[:2] + f"/proc/self/fd/{kept[0]}\0".encode()
            elif not self._own_network:
                raise OSError(errno.EACCES, "outside")
            kept.append(asker.taken(asker.number(0)))
            asker.check()
            checked(LIBC.connect(kept[-1], address, len(address)))
        finally:
            for descriptor in kept:
                os.close(descriptor)

    def _check_inside(self, descriptor: int) -> None:
        real = os.readlink(f"/proc/self/fd/{descriptor}")
        if not any(real == root or real.startswith(f"{root}/") for root in self._roots):
            raise OSError(errno.EPERM, "outside")


class Asker:
    """A process that waits for an answer to one request; OSError is what it will get."""

    def __init__(self, listener: int, request: int, pid: int, arguments: list[int]) -> None:
        self._listener = listener
        self._request = request
        self._pid = pid
        self.arguments = arguments

    def answered_by(self, work: Callable[[Asker], None]) -> None:
        """Let it go on when this is done."""
        try:
            work(self)
            error = 0
        except OSError as refusal:
            error = refusal.errno or errno.EPERM
        try:
            fcntl.ioctl(self._listener, SEND, struct.pack("=QqiI", self._request, 0, -error, 0))
        except OSError:  # it is gone
            return

    def check(self) -> None:
        """That what was looked at was its own: it still waits, so nobody else has its number."""
        fcntl.ioctl(self._listener, IS_VALID, struct.pack("=Q", self._request))

    def number(self, at: int) -> int:
        """An argument as a small number with a sign."""
        return ctypes.c_int(self.arguments[at] & 0xFFFFFFFF).value

    def memory(self, address: int, length: int) -> bytes:
        """Its bytes at an address, fewer at the end of what it has."""
        descriptor = os.open(f"/proc/{self._pid}/mem", os.O_RDONLY | os.O_CLOEXEC)
        try:
            return os.pread(descriptor, length, address)
        except (OSError, OverflowError) as error:
            raise OSError(errno.EFAULT, "no such address") from error
        finally:
            os.close(descriptor)

    def path(self, address: int) -> bytes:
        """The path at an address."""
        path, end, _ = self.memory(address, LONGEST_PATH).partition(b"\0")
        if not end:
            raise OSError(errno.ENAMETOOLONG, "no end")
        return path

    def opened(self, folder: int, path: bytes, *, follows: bool) -> int:
        """A descriptor that stands for what a path names to it; without one, for its own descriptor or folder."""
        start = f"/proc/{self._pid}/cwd" if folder == HERE else f"/proc/{self._pid}/fd/{folder}"
        try:
            base = os.open(start, os.O_PATH | os.O_CLOEXEC)
        except FileNotFoundError:
            raise OSError(errno.EBADF, "no such descriptor") from None
        if not path:
            return base
        try:
            flags = os.O_PATH | os.O_CLOEXEC | (0 if follows else os.O_NOFOLLOW)
            how = struct.pack("=QQQ", flags, 0, NO_MAGIC_LINKS)
            return call("openat2", base, path, how, len(how))
        finally:
            os.close(base)

    def taken(self, descriptor: int) -> int:
        """Its descriptor, as ours."""
        with open(f"/proc/{self._pid}/status", encoding="ascii", errors="replace") as rows:
            process = next(int(row.split()[1]) for row in rows if row.startswith("Tgid:"))
        handle = call("pidfd_open", process, 0)
        try:
            return call("pidfd_getfd", handle, descriptor, 0)
        finally:
            os.close(handle)


def _refused(asker: Asker) -> None:
    raise OSError(errno.EAGAIN, "no thread")


def _changed(link: str, what: str, value: list[int], times: bytes | None) -> None:
    """Change what a link of /proc leads to: a link in a folder, too, is changed itself."""
    if what == "mode":
        os.chmod(link, value[0] & 0o7777)
    elif what == "owner":
        os.chown(link, *(ctypes.c_int(number & 0xFFFFFFFF).value for number in value))
    else:
        checked(LIBC.utimensat(HERE, link.encode(), times, 0))
