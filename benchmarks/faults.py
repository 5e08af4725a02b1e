"""What is left after kill -9 during an apply? regreen with its next command, against `git apply` and GNU patch.

A patch of 200 files (modified, created, removed, made executable, in nested folders) is applied in a git repository and
outside of one, in turns. A kill falls at a random time while it writes, every other pair while it replaces files: that
is short, and the dangerous part. Then the next regreen command runs, and the whole tree is compared byte for byte.
Peers are killed in their usual duration, and have no next command. Whole runs are killed, too (`_faults_runs`).
"""

import random
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks._faults_runs import killed_runs
from benchmarks._result import Result, at_most
from benchmarks.startup import REGREEN
from tools.ledger import ledger_of, pending_state

FILES = 200
SEED = 1
NEXT = ([REGREEN, "apply", "--recover"], [REGREEN, "runs"])
PEERS = {"git_apply": ["git", "apply", "../the.patch"], "gnu_patch": ["patch", "-s", "-p1", "-i", "../the.patch"]}
IDENTITY = ("-c", "user.name=Ada Example", "-c", "user.email=ada@example.com")
# Kills fall between the coming and going of these files: for all of the writing, and for the replacing alone.
MARKS = ("lock", "replacing.json")
POLL_SECONDS = 0.0005
FOREVER_SECONDS = 60
Tree = dict[str, tuple[int, bytes] | None]


@dataclass(frozen=True, slots=True)
class Ground:
    """Where it happens: the tree before and after, and the copies that are patched, in git and not."""

    folder: Path
    before: Tree
    after: Tree

    def fresh(self, *, in_git: bool) -> Path:
        """A folder with the tree as before the patch."""
        tree = self.folder / f"tree-{in_git}"
        if tree.exists() and self.left_in(tree) == "nothing":
            return tree
        shutil.rmtree(tree, ignore_errors=True)
        shutil.copytree(self.folder / "before", tree)
        if in_git:
            shutil.copytree(self.folder / "git", tree / ".git")
        return tree

    def left_in(self, tree: Path) -> str:
        """What is in a tree: `all`, `nothing` or `broken`."""
        found = _tree(tree)
        if found == self.before:
            return "nothing"
        # An emptied folder may stay or go: tools differ.
        return "all" if _files(found) == _files(self.after) else "broken"


def measure(*, quick: bool) -> Result:
    """Kill, recover and compare; the goal is that no tree is ever left in between."""
    draw, count = random.Random(SEED), 20 if quick else 200
    peer_count = 5 if quick else 50
    with tempfile.TemporaryDirectory() as folder:
        ground = _ground(Path(folder))
        figures = {f"regreen_{name}": value for name, value in _regreen(ground, draw, count).items()}
        for name, argv in PEERS.items():
            if shutil.which(argv[0]):
                figures |= {f"{name}_{what}": value for what, value in _peer(ground, argv, draw, peer_count).items()}
    with tempfile.TemporaryDirectory() as folder:
        runs = killed_runs(Path(folder).resolve(), draw, 4 if quick else 150)
    figures |= {f"runs_{name}": value for name, value in runs.items()}
    for name, figure in figures.items():
        print(f"{name:32}{figure:8}")
    bad = ("regreen_broken", "runs_broken", "runs_other_verdict", "runs_left_behind")
    return Result(figures, {name: at_most(figures[name], 0) for name in bad})


def _ground(folder: Path) -> Ground:
    before, after = folder / "before", folder / "after"
    for tree in (before, after):
        tree.mkdir()
    for number in range(FILES):
        _write(before, after, number)
    made = folder / "made"
    shutil.copytree(before, made)
    _git(made, "init", "-q")
    _git(made, "add", "-A")
    _git(made, *IDENTITY, "commit", "-q", "-m", "before")
    shutil.copytree(made / ".git", folder / "git")
    for path in before.iterdir():
        shutil.rmtree(made / path.name)
    shutil.copytree(after, made, dirs_exist_ok=True)
    _git(made, "add", "-A")
    _git(made, "diff", "--cached", "--no-renames", "--output", str(folder / "the.patch"))
    return Ground(folder, _tree(before), _tree(after))


def _write(before: Path, after: Path, number: int) -> None:
    """One file of the patch: of ten, one is created, one removed, one made executable too, the others are modified."""
    kind = number % 10
    name = f"package{number % 4}/part{number % 20}/{'made' if kind == 0 else 'old'}/file{number}.py"
    text = "".join(f"value_{line} = {number * line}\n" for line in range(40))
    for tree, wanted, content in ((before, kind != 0, text), (after, kind != 1, text.replace("_20 =", "_twenty ="))):
        file = tree / name
        if wanted:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
            file.chmod(0o755 if kind == 2 and tree is after else 0o644)


def _regreen(ground: Ground, draw: random.Random, count: int) -> Mapping[str, float]:
    argv = [REGREEN, "apply", "../the.patch"]
    spans = {(mark, in_git): _usual_span(ground, argv, mark, in_git) for mark in MARKS for in_git in (True, False)}
    ends: Counter[str] = Counter()
    while ends["kills"] < count:
        number = ends["kills"]
        in_git, mark, next_command = number % 2 == 0, MARKS[number // 2 % 2], NEXT[number // 4 % 2]
        tree = ground.fresh(in_git=in_git)
        if not _killed(argv, tree, mark, draw.uniform(0, spans[mark, in_git])):
            ends["ended_before"] += 1
            continue
        ends["kills"] += 1
        ends[f"killed_{pending_state(ledger_of(tree)) or 'without_note'}"] += 1
        ends["untidy_before_recovery"] += ground.left_in(tree) == "broken"
        _run(next_command, tree)
        ends[ground.left_in(tree) if not ledger_of(tree).folder.exists() else "broken"] += 1
    wanted = ("kills", "all", "nothing", "broken", "killed_without_note", "killed_staging", "killed_replacing",
              "killed_done", "untidy_before_recovery", "ended_before")  # fmt: skip
    figures: dict[str, float] = {name: ends[name] for name in wanted}
    return figures | {"writing_seconds": round(spans["lock", True], 3)}


def _usual_span(ground: Ground, argv: list[str], mark: str, in_git: bool) -> float:
    """Seconds for which an apply keeps a file in its ledger: the middle one of five."""
    spans = []
    for _ in range(5):
        tree = ground.fresh(in_git=in_git)
        process = _start(argv, tree)
        began = _seen(process, tree, mark)
        while (ledger_of(tree).folder / mark).exists():
            time.sleep(POLL_SECONDS)
        spans.append(time.monotonic() - began)
        process.wait(FOREVER_SECONDS)
        if ground.left_in(tree) != "all":
            raise OSError("the patch was not applied")
    return sorted(spans)[2]


def _killed(argv: list[str], tree: Path, mark: str, after_seconds: float) -> bool:
    """Kill an apply some time after it made a file in its ledger; False when it ended before."""
    process = _start(argv, tree)
    time.sleep(max(0, _seen(process, tree, mark) + after_seconds - time.monotonic()))
    process.send_signal(signal.SIGKILL)
    return process.wait(FOREVER_SECONDS) == -signal.SIGKILL


def _seen(process: "subprocess.Popen[bytes]", tree: Path, mark: str) -> float:
    """When the file was there."""
    file = ledger_of(tree).folder / mark
    while not file.exists() and process.poll() is None:
        time.sleep(POLL_SECONDS)
    return time.monotonic()


def _peer(ground: Ground, argv: list[str], draw: random.Random, count: int) -> Mapping[str, float]:
    """Kill a peer at random times in its usual duration, from its start on."""
    span = sorted(_seconds(argv, ground.fresh(in_git=True)) for _ in range(5))[2]
    ends: Counter[str] = Counter()
    for _ in range(count):
        tree = ground.fresh(in_git=True)
        process = _start(argv, tree)
        time.sleep(draw.uniform(0, span))
        process.send_signal(signal.SIGKILL)
        process.wait(FOREVER_SECONDS)
        ends[ground.left_in(tree)] += 1
    return {"kills": count, **{name: ends[name] for name in ("all", "nothing", "broken")}, "seconds": round(span, 3)}


def _seconds(argv: list[str], tree: Path) -> float:
    started = time.monotonic()
    _run(argv, tree)
    return time.monotonic() - started


def _start(argv: list[str], cwd: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(argv, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _run(argv: list[str], cwd: Path) -> None:
    subprocess.run(argv, cwd=cwd, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _git(cwd: Path, *arguments: str) -> None:
    _run(["git", *arguments], cwd)


def _tree(folder: Path) -> Tree:
    """Every file but git's own with its mode and bytes, and every folder."""
    paths = (path for path in folder.rglob("*") if ".git" not in path.relative_to(folder).parts)
    return {path.relative_to(folder).as_posix(): _entry(path) for path in paths}


def _entry(path: Path) -> tuple[int, bytes] | None:
    return (stat.S_IMODE(path.stat().st_mode), path.read_bytes()) if path.is_file() else None


def _files(tree: Tree) -> Tree:
    return {name: entry for name, entry in tree.items() if entry is not None}
