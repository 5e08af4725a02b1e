"""Confines a process and all it starts, from inside: Landlock, seccomp, and own namespaces where they are allowed.

Imported by `warden.py` with nothing but the standard library, in a Python without site packages, so little is imported.
"""

from __future__ import annotations

import _socket
import struct
from collections.abc import Callable

from tools.workspace.confine.calls import without_new_powers
from tools.workspace.confine.deputy import Deputy
from tools.workspace.confine.filter import filter_calls
from tools.workspace.confine.first import go_below_first
from tools.workspace.confine.rules import restrict
from tools.workspace.confine.spaces import SHARED_MEMORY, drop_powers, separate

# A word that is no grant: the process is to have namespaces of its own.
OWN_SPACES = "spaces=own"
SOL_SOCKET, SCM_RIGHTS = _socket.SOL_SOCKET, _socket.SCM_RIGHTS


class Confinement:
    """Made before the fork: the child `enter`s it, then the parent has the `deputy` who answers for it.

    `words` are `KIND=PATH`, a kind being one of `rules.GRANTS`, or `OWN_SPACES`. With `own_spaces`
    the end of the child ends all it started.
    """

    def __init__(self, words: list[str]) -> None:
        self.own_spaces = OWN_SPACES in words
        parts = [word.partition("=") for word in words if word != OWN_SPACES]
        self._grants = [(kind, path) for kind, _, path in parts]
        self._ours, self._theirs = _socket.socketpair()

    def enter(self, end_as: Callable[[int], None]) -> None:
        """Confine this process for good; OSError where any of it is impossible.

        It may be one below that returns; this one then does what `end_as` does with that one's status.
        """
        grants = list(self._grants)
        if self.own_spaces:
            separate()
            go_below_first(end_as)
            grants.append(("write", SHARED_MEMORY))
        drop_powers()
        without_new_powers()
        restrict(grants, with_tcp=not self.own_spaces)
        listener = filter_calls(own_network=self.own_spaces)
        rights = [] if listener is None else [(SOL_SOCKET, SCM_RIGHTS, struct.pack("i", listener))]
        self._theirs.sendmsg([b"."], rights)

    def deputy(self) -> tuple[int, Deputy] | None:
        """Where is asked, and who answers; None where nobody is needed, or the child did not get so far."""
        self._theirs.close()
        _, rights, _, _ = self._ours.recvmsg(1, _socket.CMSG_SPACE(4))
        self._ours.close()
        if not rights:
            return None
        listener: int = struct.unpack("i", rights[0][2][:4])[0]
        roots = tuple(path for kind, path in self._grants if kind == "write")
        return listener, Deputy(listener, roots, own_network=self.own_spaces)
