"""System calls that Python has no name for."""

from __future__ import annotations

import ctypes
import os

from tools.workspace.confine.numbers import number

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_NO_NEW_PRIVS = 38


def call(name: str, *arguments: object) -> int:
    """Make a system call; OSError as the kernel says it. Numbers are of 64 bits, bytes are passed by address."""
    found = number(name)
    if found is None:
        raise OSError(f"{name} is not known on this machine")
    passed = [ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments]
    return checked(LIBC.syscall(ctypes.c_long(found), *passed))


def checked(result: int) -> int:
    """What a call of the C library gave; OSError where it failed."""
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


def without_new_powers() -> None:
    """From here on no program gets more powers than whoever starts it; both kinds of restriction ask for that."""
    checked(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
