"""A patch of every kind of change, and a process that is killed before a chosen call to the system.

A program too: it forks, and a process of tests may have threads.
"""

import errno
import functools
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tools.ledger import ledger_of, pending_state
from tools.patch import Change, write
from tools.patch.recover import recover

CALLS = ("open", "link", "mkdir", "rename", "replace", "unlink", "rmdir", "fsync")
CHANGES = (
    Change("modified", b"a\n", b"b\n", 0o640),
    Change("removed", b"a\n", None, 0o644),
    Change("sub/moved", b"a\n", None, 0o644),
    Change("new/deep/moved", None, b"a\n", 0o644),
    Change("new/created", None, b"b\n", 0o755),
    Change("sub/late", b"a\n", b"b\n", 0o600),
    Change("sub/run", b"a\n", b"a\n", 0o755, source_mode=0o644),
)
Tree = dict[str, tuple[object, ...]]


def make_tree(folder: Path, *, in_git: bool) -> Path:
    """The tree that CHANGES fit, in git or not; gives its folder."""
    folder.mkdir(parents=True)
    if in_git:
        git_dir = folder / ".git"
        git_dir.mkdir()
        (git_dir / "HEAD").write_text("ref: refs/heads/main\n")
    for change in CHANGES:
        if change.before is not None:
            file = folder / change.path
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(change.before)
            file.chmod(change.mode if change.source_mode is None else change.source_mode)
    (folder / "bystander").write_text("a\n")
    return folder


def tree_of(folder: Path, *, times: bool = False) -> Tree:
    """Everything below a folder but git's own: kind, permissions and bytes, and on demand when files were written."""
    return {
        path.relative_to(folder).as_posix(): _entry(path, times)
        for path in sorted(folder.rglob("*"))
        if ".git" not in path.parts
    }


def _entry(path: Path, times: bool) -> tuple[object, ...]:
    status = path.lstat()
    if stat.S_ISDIR(status.st_mode):
        return ("folder",)
    content = str(path.readlink()) if path.is_symlink() else path.read_bytes()
    return (content, stat.S_IMODE(status.st_mode), *((status.st_mtime_ns,) if times else ()))


def apply_to(tree: Path) -> None:
    """Write CHANGES as the command line does."""
    write(CHANGES, tree, ledger_of(tree))


@contextmanager
def watched(act: Callable[[int, str], None]) -> Iterator[None]:
    """Before each call of CALLS, `act` gets its number, from 0 on, and what is called, like `replace done.json`.

    Nothing is forced to the disk meanwhile.
    """
    real = {name: getattr(os, name) for name in CALLS}
    count = iter(range(1_000_000))

    def seen(name: str, *args: Any, **kwargs: Any) -> Any:
        act(next(count), f"{name} {Path(str(args[-1])).name}")
        return None if name == "fsync" else real[name](*args, **kwargs)

    for name in CALLS:
        setattr(os, name, functools.partial(seen, name))
    try:
        yield
    finally:
        for name, call in real.items():
            setattr(os, name, call)


def killed(work: Callable[[], object], at: int | str) -> bool:
    """Do `work` in a child that is killed before its call with this number or name; False when it ended before."""

    def kill(number: int, name: str) -> None:
        if at in (number, name):
            os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if child == 0:
        with watched(kill):
            work()
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def cut_off(tree: Path, call: str, work: str = "apply_to") -> None:
    """Kill an apply (or `recover`) before a call, in a process of its own: this one may have threads."""
    subprocess.run([sys.executable, "-m", "tests.tools.patch._crashes", str(tree), call, work], check=True)


def _every_call(folder: Path, *, in_git: bool, links: bool, step: int) -> Iterator[tuple[str, str]]:
    """How far the apply came and what the recovery left, for a kill before each call, or each `step`-th."""
    if not links:
        os.link = _no_links
    wanted = make_tree(folder / "wanted", in_git=in_git)
    apply_to(wanted)
    after = tree_of(wanted)
    for at in range(0, 1000, step):
        tree = make_tree(folder / f"{at}", in_git=in_git)
        before = tree_of(tree, times=links)
        if not killed(functools.partial(apply_to, tree), at):
            return
        state = str(pending_state(ledger_of(tree)))
        again = at % 17  # the recovery is killed too, several times, each time a little later
        while killed(functools.partial(recover, tree), again):
            again += 17
        found = {"nothing": tree_of(tree, times=links) == before, "all": tree_of(tree) == after}
        is_tidy = not os.path.lexists(ledger_of(tree).folder)
        yield state, next((word for word, holds in found.items() if holds and is_tidy), f"broken at {at}")


def _no_links(*_: object, **__: object) -> None:
    raise PermissionError(errno.EPERM, "this file system has no links")


def main() -> None:
    """`TREE CALL WORK` kills the work before that call; `FOLDER` kills applies before every call, and prints rows."""
    if len(sys.argv) > 2:
        tree, call, work = sys.argv[1:]
        if not killed(functools.partial({"apply_to": apply_to, "recover": recover}[work], Path(tree)), call):
            raise SystemExit(f"it never came to {call}")
        return
    rows = [*_every_call(Path(sys.argv[1]) / "git", in_git=True, links=True, step=1)]
    # Old bytes are copied here, as where a file system knows no links.
    rows += _every_call(Path(sys.argv[1]) / "plain", in_git=False, links=False, step=3)
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
