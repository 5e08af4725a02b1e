"""A lock that names its owner and outlives no crash: the system lets go of it when the process ends, in any way."""

from __future__ import annotations

import fcntl
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "lock"


class Held(Exception):
    """Another process has the lock; `owner` says which, in words."""

    def __init__(self, owner: str) -> None:
        super().__init__(owner)
        self.owner = owner


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Sole right to a folder while the block runs; raises Held while another process has it, else OSError."""
    descriptor = os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Held(_owner(os.read(descriptor, 4096))) from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, json.dumps({"pid": os.getpid(), "since": time.time(), "command": _command()}).encode())
        yield
    finally:
        os.close(descriptor)


def holder(folder: Path) -> str:
    """Who has the lock of a folder, in words; "" for nobody."""
    try:
        descriptor = os.open(folder / NAME, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _owner(os.read(descriptor, 4096))
    finally:
        os.close(descriptor)
    return ""


def _command() -> str:
    return " ".join(["regreen", *sys.argv[1:2]])


def _owner(text: bytes) -> str:
    try:
        row = json.loads(text)
        since = time.strftime("%H:%M:%S", time.localtime(float(row["since"])))
        return f"process {int(row['pid'])} (`{row['command']}`, since {since})"
    except (ValueError, KeyError, TypeError, OverflowError):  # it is writing its name at this moment
        return "another process"
