"""Where the target's code runs: one method turns an argument vector into a command that cannot reach further."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tools.workspace.checkout import Workspace
from tools.workspace.limits import UNLIMITED, Limits
from tools.workspace.process import Command


@dataclass(frozen=True, slots=True)
class Room:
    """What a command is given: the workspace, a folder `io` it may write records to, paths it must be able to read,
    its whole environment, the target's import roots inside the user's repository (absolute), and what all its
    processes may use together.

    `hidden` are files and folders that a sandbox keeps from it, wherever they lie.
    """

    workspace: Workspace
    io: Path
    readable: tuple[Path, ...]
    env: Mapping[str, str]
    import_roots: tuple[Path, ...] = ()
    limits: Limits = UNLIMITED
    hidden: tuple[Path, ...] = ()

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where commands may write."""
        return self.workspace.tree, self.io


class Sandbox(Protocol):
    """`tree` is where the commands see the workspace's files; `cwd` is relative to it; `level` names the kind."""

    @property
    def level(self) -> str: ...

    @property
    def tree(self) -> Path: ...

    def wrap(self, argv: Sequence[str], cwd: str) -> Command: ...
