"""Runs in the sandbox: gives one applier every case on stdin, answers with the outcomes on stdout."""

import json
import os
import pickle
import shutil
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks._patch.aider_coders import Apply
from benchmarks._patch.appliers import APPLIERS, OURS
from benchmarks._patch.hostile import OUTER
from benchmarks._patch.outcome import devices, judged, snapshot
from benchmarks._patch.values import Case

LONGEST_MESSAGE = 1000


def main() -> None:
    """Read the cases, apply each, write [outcome, message] pairs as JSON."""
    cases: list[Case] = pickle.load(sys.stdin.buffer)
    answer = os.dup(1)
    # Appliers print; stdout is for the answer alone.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    apply = APPLIERS[sys.argv[1]].load()
    with ThreadPoolExecutor(1) as pool, os.fdopen(answer, "w") as stream:
        json.dump([_tried(case, apply, pool) for case in cases], stream)


def _tried(case: Case, apply: Apply, pool: ThreadPoolExecutor) -> tuple[str, str]:
    outer = Path(OUTER)
    # An applier that failed may have left us in a folder that is gone.
    os.chdir("/")
    shutil.rmtree(outer, ignore_errors=True)
    tree = outer / "tree"
    lay(tree, case.before)
    lay(outer, {**case.outside, "canary": b"sings\n"})
    for name, target in case.links.items():
        (tree / name).symlink_to(target)
    before, around = snapshot(tree), (_around(outer), devices())
    # A future keeps whatever an applier raises.
    error = pool.submit(apply, tree, case.patch).exception()
    if error is not None and sys.argv[1] == OURS and type(error).__name__ != "PatchError":
        raise error  # ours refuses with a PatchError; anything else is a crash, and no refusal
    message = f"{type(error).__name__}: {error}"[:LONGEST_MESSAGE] if error else ""
    if (_around(outer), devices()) != around:
        return "escape", message
    return judged(case, before, snapshot(tree), failed=error is not None), message


def _around(outer: Path) -> dict[str, bytes]:
    return {name: data for name, data in snapshot(outer).items() if not name.startswith("tree/")}


def lay(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files under a folder."""
    for name, data in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


if __name__ == "__main__":
    main()
