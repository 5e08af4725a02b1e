"""Levels without mounts: the work tree keeps its own path, and what must not be read or written is named by paths."""

from __future__ import annotations

import os
import pwd
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tools.workspace.process import Command, run_command
from tools.workspace.sandbox import Room
from tools.workspace.sandbox.acts import hidden_roots, possible, script
from tools.workspace.sandbox.none import NoSandbox
from tools.workspace.scratch import scratch_folder

PROBE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Reach:
    """Absolute paths: `closed` folders with nothing to read in them but what is `shown`, `covered` paths that are
    not readable wherever they are (their names may be), `folders` that may be written.
    """

    closed: tuple[Path, ...]
    covered: tuple[Path, ...]
    shown: tuple[Path, ...]
    folders: tuple[Path, ...]


Confine = Callable[[Command, Reach], Command]


def in_place(room: Room, argv: Sequence[str], cwd: str) -> tuple[Command, Reach]:
    """A command in the work tree with a home and temporary files of its own, and what it may reach."""
    plain = NoSandbox(room).wrap(argv, cwd)
    private = room.workspace.home / "private"
    folders = (*room.folders, private)
    return replace(plain, env=_with_private(plain.env, private), folders=folders), _reach(room, folders)


def _with_private(env: Mapping[str, str], private: Path) -> dict[str, str]:
    """The environment with folders below a private one in place of its own; the user's packages are still found."""
    for name in ("tmp", "home"):
        (private / name).mkdir(parents=True, exist_ok=True)
    changed = {"TMPDIR": str(private / "tmp"), "HOME": str(private / "home")}
    base = {"PYTHONUSERBASE": f"{env['HOME']}/.local"} if "HOME" in env else {}
    return {**base, **env, **{name: value for name, value in changed.items() if name in env}}


def _reach(room: Room, folders: tuple[Path, ...]) -> Reach:
    workspace = room.workspace
    root = workspace.repository.root
    inside = [path for path in room.readable if path.is_relative_to(root)]
    environment = [path for path in inside if not (workspace.tree / path.relative_to(root)).exists()]
    outside = [path for path in room.readable if path not in inside]
    shown = (*outside, *environment, workspace.git_dir, workspace.objects)
    return Reach((*hidden_roots(), root, workspace.home), room.hidden, shown, folders)


def tried(acts: Mapping[str, str], confine: Confine) -> tuple[str, ...]:
    """The acts that are possible in a level, tried for real, or how it did not start."""
    with (
        scratch_folder("probe") as outside,
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX) as unix,
    ):
        git, tree = (outside / "site" / part for part in ("git", "tree"))
        for folder in (git, tree):
            folder.mkdir(parents=True)
        (outside / "secret").write_text("secret\n")
        unix.bind(str(outside / "socket"))
        unix.listen()
        home = pwd.getpwuid(os.getuid()).pw_dir
        named = (home, os.getpid(), outside, tcp.getsockname()[1], outside / "socket", sys.executable)
        env = {"PATH": os.pathsep.join((os.environ.get("PATH", ""), os.defpath))}
        command = Command(("/bin/sh", "-c", script(acts), "probe", *map(str, named)), env, tree)
        python = [Path(path) for path in (sys.prefix, sys.base_prefix)]
        reach = Reach((*hidden_roots(), outside), (), (*python, git), (tree,))
        try:
            ran = run_command(confine(command, reach), PROBE_SECONDS)
        except OSError as error:
            return (f"start: {error}",)
    return possible(ran.output, ran.output)
