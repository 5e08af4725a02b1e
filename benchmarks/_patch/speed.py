"""Runs in the sandbox: how many patches our engine decides and applies in a processor second, on a real disk."""

import json
import os
import pickle
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time

from benchmarks._patch.inside import lay
from benchmarks._patch.outcome import parses
from benchmarks._patch.values import Case
from tools.ledger import ledger_of
from tools.patch import decide, parse_patch, write

ROUNDS = 3


def main() -> None:
    """Read cases that apply; write both speeds as JSON."""
    cases: list[Case] = pickle.load(sys.stdin.buffer)
    disk = Path(sys.argv[1])
    trees = [disk / str(number) for number in range(len(cases))]
    for case, tree in zip(cases, trees, strict=True):
        lay(tree, case.before)
    jobs = list(zip(cases, trees, strict=True))
    best = max(_per_second(jobs, _decide) for _ in range(ROUNDS))
    floor = _per_second(jobs, _floor)
    json.dump({"decided": best, "applied": _per_second(jobs, _apply), "floor": floor}, sys.stdout)


def _decide(case: Case, tree: Path) -> None:
    decide(parse_patch(case.patch), tree, checks=())


def _apply(case: Case, tree: Path) -> None:
    write(decide(parse_patch(case.patch), tree), tree, ledger_of(tree))


def _floor(case: Case, tree: Path) -> None:
    """The least an applier can do: parse what is Python, write each changed file durably beside the old one."""
    for name, data in case.after.items():
        if case.before.get(name) == data:
            continue
        if name.endswith(".py"):
            parses(data.decode())
        place = tree / f"{name}.floor"
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())


def _per_second(jobs: Sequence[tuple[Case, Path]], work: Callable[[Case, Path], None]) -> float:
    start = process_time()
    for case, tree in jobs:
        work(case, tree)
    return len(jobs) / (process_time() - start)


if __name__ == "__main__":
    main()
