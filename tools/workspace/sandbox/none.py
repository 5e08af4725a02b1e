"""No sandbox: the work tree at its own path, with the target's import roots put first so that its code is imported."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.workspace.process import Command
from tools.workspace.sandbox import Room


@dataclass(frozen=True, slots=True)
class NoSandbox:
    """Runs commands as they are. Nothing is enforced but the clean environment."""

    room: Room

    @property
    def level(self) -> str:
        return "none"

    @property
    def tree(self) -> Path:
        return self.room.workspace.tree

    def wrap(self, argv: Sequence[str], cwd: str) -> Command:
        """The same command in the work tree."""
        root = self.room.workspace.repository.root
        moved = [str(self.tree / path.relative_to(root)) for path in self.room.import_roots]
        own = [self._moved(entry, root) for entry in self.room.env.get("PYTHONPATH", "").split(os.pathsep) if entry]
        env = {**self.room.env, "PYTHONPATH": os.pathsep.join([*own, *moved])}
        return Command(tuple(argv), env, self.tree / cwd, limits=self.room.limits, folders=self.room.folders)

    def _moved(self, entry: str, root: Path) -> str:
        path = Path(entry)
        return str(self.tree / path.relative_to(root)) if path.is_absolute() and path.is_relative_to(root) else entry
