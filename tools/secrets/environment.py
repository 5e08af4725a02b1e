"""The secrets of our own environment: values of variables with a telling name, and hiding them from what we start."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from io import FileIO
from pathlib import Path

TELLING = re.compile(
    r"(?i)(?:^|_)(?:api_?key|key|token|secret|passw(?:or)?d|passphrase|pwd|credentials?|auth|pat|dsn)(?:_|$)"
)
NO_SECRET = re.compile(r"(?i)_(?:file|path|dir|sock|socket|url|uri|id|name|user)$|^(?:PWD|OLDPWD)$")
LEAST_CHARS = 8
MODEL_KEYS = ("OPENAI_API_KEY",)
ENV_START = 47  # in /proc/self/stat, counted behind the name of the program


def secret_values(environ: Mapping[str, str]) -> dict[str, str]:
    """Values to be replaced wherever they turn up, by the name of their variable."""
    return {name: value for name, value in environ.items() if _tells(name) and _is_secret(value)}


def hide(names: Iterable[str] = MODEL_KEYS) -> tuple[str, ...]:
    """Overwrite variables where the system shows them to other processes; gives the names found there.

    Our own `os.environ` keeps them; what we start without an environment of its own inherits crosses instead.
    """
    try:
        shown = Path("/proc/self/environ").read_bytes()
        begin = int(Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()[ENV_START])
        with Path("/proc/self/mem").open("r+b", buffering=0) as memory:
            return tuple(name for name in names if _crossed_out(memory, begin, shown, name))
    except (OSError, ValueError, IndexError):
        return ()


def _crossed_out(memory: FileIO, begin: int, shown: bytes, name: str) -> bool:
    entry = re.search(rb"(?:^|\0)" + re.escape(name.encode()) + rb"=([^\0]+)", shown)
    if entry is None:
        return False
    memory.seek(begin + entry.start(1))
    memory.write(b"x" * len(entry[1]))
    return True


def _tells(name: str) -> bool:
    return bool(TELLING.search(name)) and not NO_SECRET.search(name)


def _is_secret(value: str) -> bool:
    return (
        len(value) >= LEAST_CHARS
        and not value.isdigit()
        and not value.startswith(("/", "~"))
        and value != "x" * len(value)
    )
