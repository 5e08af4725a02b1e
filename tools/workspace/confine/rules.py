"""Landlock: which files a process and all it starts can reach, asked for as far as this kernel's version goes."""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterable

from tools.workspace.confine.calls import call

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = (1 << bit for bit in range(4))
MAKE_CHAR, MAKE_BLOCK = 1 << 6, 1 << 11
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
EVERY_FIRST = (1 << 13) - 1
# What each version of the interface added, from the first on.
FILE_RIGHTS = {1: EVERY_FIRST, 2: REFER, 3: TRUNCATE, 5: IOCTL_DEV}
TCP = (1 << 0) | (1 << 1)  # bind and connect
ABSTRACT_SOCKETS, SIGNALS = 1 << 0, 1 << 1
ABI_TCP, ABI_SCOPES = 4, 6
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
VERSION_FLAG, PATH_BENEATH = 1, 1

READ = EXECUTE | READ_FILE | READ_DIR
LIST = READ_DIR
USE = READ_FILE | WRITE_FILE  # of devices
WRITE = (EVERY_FIRST | REFER | TRUNCATE) & ~(MAKE_CHAR | MAKE_BLOCK)
GRANTS = {"read": READ, "list": LIST, "use": USE, "write": WRITE}


def version() -> int:
    """The version of Landlock's interface; OSError where the kernel has none, or it is switched off."""
    return call("landlock_create_ruleset", None, 0, VERSION_FLAG)


def handled(abi: int) -> int:
    """All rights over files that a version knows."""
    return sum(rights for since, rights in FILE_RIGHTS.items() if since <= abi)


def attributes(abi: int, *, with_tcp: bool) -> bytes:
    """What a rule set takes away unless a rule gives it: `with_tcp` that is all of TCP, of which no rule gives any."""
    tcp = TCP if with_tcp and abi >= ABI_TCP else 0
    scopes = ABSTRACT_SOCKETS | SIGNALS if abi >= ABI_SCOPES else 0
    words = 3 if abi >= ABI_SCOPES else 2 if abi >= ABI_TCP else 1
    return struct.pack("=QQQ", handled(abi), tcp, scopes)[: 8 * words]


def restrict(grants: Iterable[tuple[str, str]], *, with_tcp: bool) -> None:
    """Leave this process only what is granted: a word of `GRANTS` and a path, which may be missing."""
    abi = version()
    wanted = attributes(abi, with_tcp=with_tcp)
    rules = call("landlock_create_ruleset", wanted, len(wanted), 0)
    for kind, path in grants:
        _grant(rules, GRANTS[kind] & handled(abi), path)
    call("landlock_restrict_self", rules, 0)
    os.close(rules)


def _grant(rules: int, rights: int, path: str) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= OF_FILES
        if rights:
            call("landlock_add_rule", rules, PATH_BENEATH, struct.pack("=Qi", rights, descriptor), 0)
    finally:
        os.close(descriptor)
