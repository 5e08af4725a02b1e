"""What a process has for itself: a network with nothing but a loopback, shared memory, a host name; and few powers."""

from __future__ import annotations

import ctypes
import fcntl
import os
import struct

from tools.workspace.confine.calls import LIBC, checked

NEW_MOUNTS, NEW_NAMES, NEW_IPC, NEW_USER, NEW_PROCESSES, NEW_NETWORK = (1 << bit for bit in (17, 26, 27, 28, 29, 30))
OWN = NEW_MOUNTS | NEW_NAMES | NEW_IPC | NEW_PROCESSES | NEW_NETWORK
NO_SUID, NO_DEVICES, RECURSIVE, SLAVE = 2, 4, 1 << 14, 1 << 19
SHARED_MEMORY = "/dev/shm"
AF_INET, SOCK_DGRAM = 2, 2
GET_FLAGS, SET_FLAGS, IS_UP = 0x8913, 0x8914, 1
BOUNDING_DROP = 24
CAPABILITIES_V3 = 0x20080522
MOST_POWERS = 64
# Those of root's that stay: chown, dac_override, fowner, fsetid, as in bubblewrap. Landlock bounds where they reach.
ROOTS_POWERS = 0b11011


def separate() -> None:
    """Go into a network, host name, shared memory and mounts of one's own; OSError where that is not allowed here.

    What is started next is the first process of its own space.
    """
    user, group = os.geteuid(), os.getegid()
    if LIBC.unshare(OWN) != 0:
        checked(LIBC.unshare(OWN | NEW_USER))
        _map_self(user, group)
    checked(LIBC.mount(None, b"/", None, SLAVE | RECURSIVE, None))
    checked(LIBC.mount(b"tmpfs", SHARED_MEMORY.encode(), b"tmpfs", NO_SUID | NO_DEVICES, b"mode=1777"))
    _switch_loopback_on()


def _map_self(user: int, group: int) -> None:
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)


def _switch_loopback_on() -> None:
    import _socket  # the module around it takes milliseconds to import

    with_name = struct.pack("16sH14x", b"lo", 0)
    asked = _socket.socket(AF_INET, SOCK_DGRAM)
    try:
        flags: int = struct.unpack("16sH14x", fcntl.ioctl(asked.fileno(), GET_FLAGS, with_name))[1]
        fcntl.ioctl(asked.fileno(), SET_FLAGS, struct.pack("16sH14x", b"lo", flags | IS_UP))
    finally:
        asked.close()


def drop_powers() -> None:
    """Keep of root's powers only those over files; who is no root keeps none."""
    kept = ROOTS_POWERS if os.geteuid() == 0 else 0
    for power in range(MOST_POWERS):
        if not kept >> power & 1:
            LIBC.prctl(BOUNDING_DROP, power, 0, 0, 0)  # refused where this was done before us, or there is no such
    header = struct.pack("=Ii", CAPABILITIES_V3, 0)
    held = ctypes.create_string_buffer(24)
    checked(LIBC.capget(header, held))
    effective, permitted = struct.unpack_from("=II", held.raw)
    checked(LIBC.capset(header, struct.pack("=IIIIII", effective & kept, permitted & kept, 0, 0, 0, 0)))
