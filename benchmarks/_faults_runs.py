"""Whole runs killed at random moments: what is in the user's tree, index and refs then, and does `resume` get there?

`regreen fix --commit` works offline in a repository with unfinished work; every other kill takes the whole process
group, git's processes too, as a machine does that goes down.
"""

import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.startup import REGREEN

FAR = "".join(f"# {number}\n" for number in range(9))
FILES = {
    "lamp.py": f"def is_lit(switched_on):\n    return not switched_on\n{FAR}",
    "other.py": "A = 1\n",
    "test_lamp.py": "from lamp import is_lit\n\n\ndef test_lamp():\n    assert is_lit(True) is True\n"
    "    assert is_lit(False) is False\n",
}
UNFINISHED = {"lamp.py": f"{FILES['lamp.py']}# unfinished\n", "other.py": "A = 2\n", "new.txt": "new\n"}
FIX = ("fix", "--model", "offline", "--commit", "--json")
FOREVER_SECONDS = 600
State = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Yard:
    """A repository to copy, a temporary folder of its own, and the two states that may be found afterwards."""

    folder: Path
    before: State
    after: State
    span_seconds: float

    @property
    def repo(self) -> Path:
        return self.folder / "repo"

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    def fresh(self) -> None:
        """The repository as it was before any run."""
        shutil.rmtree(self.repo, ignore_errors=True)
        shutil.copytree(self.folder / "start", self.repo)


def killed_runs(folder: Path, draw: random.Random, count: int) -> Mapping[str, float]:
    """Counts of what was found after so many kills; each is printed."""
    yard = _yard(folder)
    ends: Counter[str] = Counter()
    for number in range(count):
        yard.fresh()
        moment = draw.uniform(0, yard.span_seconds)
        was_killed = _killed(yard, moment, whole_group=number % 2 == 1)
        ends["kills" if was_killed else "ended_before"] += 1
        found = _looked_at(yard)
        ends.update(found)
        print(f"run {number}, killed after {moment:.3f} s: {', '.join(found)}", flush=True)
    names = ("kills", "ended_before", "untouched", "applied", "same_verdict", "broken", "other_verdict", "left_behind")
    return {name: ends[name] for name in names} | {"span_seconds": round(yard.span_seconds, 2)}


def _looked_at(yard: Yard) -> list[str]:
    """After the next start the state must be one of the two; then the run is gone on with."""
    _regreen(yard, "runs")
    state = _state(yard.repo)
    found = ["untouched" if state == yard.before else "applied" if state == yard.after else "broken"]
    if state == yard.before:
        runs = yard.repo / ".git" / "regreen" / "runs"
        has_run = any(runs.glob("*/journal.jsonl")) and any(
            path.stat().st_size for path in runs.glob("*/journal.jsonl")
        )
        _regreen(yard, *(("resume", "last", "--commit", "--json") if has_run else FIX))
        if _state(yard.repo) != yard.after:  # it may have ended well before it was killed
            _regreen(yard, *FIX)
    found.append("same_verdict" if _state(yard.repo) == yard.after else "other_verdict")
    _regreen(yard, "locate")  # a run sweeps what killed ones left
    if any(yard.temporary.iterdir()) or _processes(yard.folder):
        found.append("left_behind")
    return found


def _yard(folder: Path) -> Yard:
    start, temporary = folder / "start", folder / "tmp"
    for place in (start, temporary, folder / "home"):
        place.mkdir(parents=True)
    for name, text in FILES.items():
        (start / name).write_text(text)
    as_ada = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], [*as_ada, "commit", "-q", "-m", "start"]):
        subprocess.run(["git", *words], cwd=start, check=True)
    for name, text in UNFINISHED.items():
        (start / name).write_text(text)
    subprocess.run(["git", "add", "other.py"], cwd=start, check=True)
    before = _state(start)
    yard = Yard(folder, before, (), 0.0)
    yard.fresh()
    began = time.monotonic()
    _regreen(yard, *FIX)
    span = time.monotonic() - began
    after = _state(yard.repo)
    if after == before:
        raise OSError("the run did not commit its patch")
    return Yard(folder, before, after, span)


def _killed(yard: Yard, after_seconds: float, *, whole_group: bool) -> bool:
    process = subprocess.Popen(
        [REGREEN, *FIX], cwd=yard.repo, env=_env(yard), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    time.sleep(after_seconds)
    if process.poll() is None:
        (os.killpg if whole_group else os.kill)(process.pid, signal.SIGKILL)
    return process.wait(FOREVER_SECONDS) == -signal.SIGKILL


def _regreen(yard: Yard, *arguments: str) -> None:
    subprocess.run(
        [REGREEN, *arguments], cwd=yard.repo, env=_env(yard), check=False, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=FOREVER_SECONDS,
    )  # fmt: skip


def _env(yard: Yard) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "OPENAI_", "REGREEN_"))}
    kept |= {f"GIT_{who}_{what}": "Ada@x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return kept | {"HOME": str(yard.folder / "home"), "TMPDIR": str(yard.temporary)}


def _state(repo: Path) -> State:
    """Files, index, the tree of HEAD, branches, and locks that git would stumble over."""
    files = [path for path in sorted(repo.rglob("*")) if path.is_file() and ".git" not in path.relative_to(repo).parts]
    content = [(str(path.relative_to(repo)), path.stat().st_mode, path.read_bytes()) for path in files]
    refs = ["for-each-ref", "--format=%(refname)", "refs/heads", "refs/tags", "refs/stash"]
    words = (
        ["ls-files", "--stage"],
        ["rev-parse", "HEAD^{tree}"],
        ["status", "--porcelain"],
        ["log", "--format=%s"],
        refs,
    )
    told = [subprocess.run(["git", *each], cwd=repo, check=True, capture_output=True).stdout for each in words]
    locks = sorted(str(path.relative_to(repo)) for path in (repo / ".git").rglob("*.lock"))
    return content, told, locks


def _processes(folder: Path) -> bool:
    """Whether a process of a run still lives."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if f"{folder}/".encode() in line:
            return True
    return False
