"""Landlock and seccomp: what may be reached is granted path by path, what may be called is filtered.

Inside: writes only to the tree, the record folder and a private folder that stands for the home and for /tmp; home,
/tmp and run-time sockets cannot be read; a network of its own where namespaces are allowed, else none at all.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tools.workspace.confine import OWN_SPACES
from tools.workspace.confine.numbers import KINDS, machine
from tools.workspace.confine.spaces import SHARED_MEMORY
from tools.workspace.process import Command
from tools.workspace.sandbox import Room
from tools.workspace.sandbox.acts import IN_PLACE
from tools.workspace.sandbox.grants import grants
from tools.workspace.sandbox.in_place import Reach, in_place, tried


@dataclass(frozen=True, slots=True)
class Landlock:
    """Commands run in the work tree as without a sandbox, confined by their warden before they begin.

    With `own_spaces` they have namespaces of their own; None takes them where they are allowed.
    """

    room: Room
    own_spaces: bool | None = None

    @property
    def level(self) -> str:
        return "landlock"

    @property
    def tree(self) -> Path:
        return self.room.workspace.tree

    def wrap(self, argv: Sequence[str], cwd: str) -> Command:
        """The command in the work tree, with a home and a folder for temporary files of its own."""
        command, reach = in_place(self.room, argv, cwd)
        return _confined(command, reach, has_own_spaces() if self.own_spaces is None else self.own_spaces)


def _confined(command: Command, reach: Reach, own_spaces: bool) -> Command:
    if not own_spaces:
        return replace(command, confined=grants(reach))
    return replace(command, confined=(OWN_SPACES, *grants(reach)), private=(SHARED_MEMORY,))


@functools.cache
def has_own_spaces() -> bool:
    """Whether namespaces are allowed to us, and the level works in them."""
    return not any(gap.startswith("start") for gap in gaps_with(own_spaces=True))


def gaps() -> tuple[str, ...]:
    """What a self-test could do that it must not; one that begins with "start" when the level cannot be had here."""
    if sys.platform != "linux" or machine() not in KINDS:
        return ("start: it is made for Linux on x86_64 and aarch64",)
    return gaps_with(own_spaces=has_own_spaces())


@functools.cache
def gaps_with(*, own_spaces: bool) -> tuple[str, ...]:
    """The same, with namespaces of its own or without."""
    return tried(IN_PLACE, lambda command, reach: _confined(command, reach, own_spaces))
