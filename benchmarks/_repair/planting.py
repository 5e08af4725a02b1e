"""Bugs for the repair benchmark: the same ones for a seed however many are asked for, split in two halves for good."""

import hashlib
import itertools
import pickle
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks._bugs.library import Library, short_name
from benchmarks._bugs.plant import OPERATORS, Bug, Deck
from benchmarks._bugs.trial import Clean, clean_run, may_be_seen, turned_red
from benchmarks._repair.values import Planted, keep, kept

HALVES = ("training", "test")
TRIES_A_BUG = 6


def half_of(library: str, bug: Bug) -> str:
    """The half that all bugs of this line belong to, whatever the seed and the version of the library."""
    place = "\0".join([short_name(library), bug.path, bug.function, bug.before_line.strip()])
    return HALVES[hashlib.sha256(place.encode()).digest()[0] % 2]


def name_of(library: str, bug: Bug) -> str:
    """A name for a bug, good for a file."""
    said = "\0".join([bug.path, str(bug.line), bug.before_line, bug.after_line])
    return f"{short_name(library)}-{hashlib.sha256(said.encode()).hexdigest()[:10]}"


def clean_of(library: Library, folder: Path) -> Clean | None:
    """The library's clean run, made once a folder; None, and a line on stdout, when it cannot be measured on."""
    note = folder / f"clean-{library.name}.pickle"
    if note.exists():
        clean = pickle.loads(note.read_bytes())
        assert isinstance(clean, Clean)
        return clean
    trees = folder / "trees"
    shutil.rmtree(trees / library.name, ignore_errors=True)
    try:
        clean = clean_run(library, trees)
    except ValueError as error:
        print(f"left out: {error}", flush=True)
        return None
    note.write_bytes(pickle.dumps(clean))
    return clean


def counting(clean: Clean, seed: int, half: str, wanted: int, folder: Path) -> Iterator[Planted]:
    """At most `wanted` bugs of one half that count, in the order the seed decides; fewer where there are no more.

    What was tried before is read from the folder.
    """
    tried = (_known(clean, bug, folder) for bug in itertools.islice(_dealt(clean, seed, half), wanted * TRIES_A_BUG))
    return itertools.islice((one for one in tried if not one.lack), wanted)


def in_turn(
    cleans: Sequence[Clean], seed: int, half: str, wanted: int, folder: Path
) -> Iterator[tuple[Clean, Planted]]:
    """At most `wanted` such bugs, libraries in turn, each with its library's clean run."""
    each = -(-wanted // max(1, len(cleans)))
    waiting = [(clean, counting(clean, seed, half, each, folder)) for clean in cleans]
    turns = ((clean, bug) for _ in range(each) for clean, bugs in waiting for bug in itertools.islice(bugs, 1))
    yield from itertools.islice(turns, wanted)


def _known(clean: Clean, bug: Bug, folder: Path) -> Planted:
    name = name_of(clean.library.name, bug)
    row = kept(folder, name)
    return Planted.from_row(row) if row is not None else _qualified(clean, bug, name, folder)


def _dealt(clean: Clean, seed: int, half: str) -> Iterator[Bug]:
    """Operators take turns, each library in an order of its own; no line twice."""
    deck = Deck(clean.library.files(), seed)
    chance = random.Random(f"{seed}:{short_name(clean.library.name)}")
    waiting = {name: deck.deal(name) for name in chance.sample(sorted(OPERATORS), len(OPERATORS))}
    used: set[tuple[str, int]] = set()
    while waiting:
        for name, bugs in list(waiting.items()):
            bug = next((bug for bug in bugs if _fits(clean, bug, half) and (bug.path, bug.line) not in used), None)
            if bug is None:
                del waiting[name]
                continue
            used.add((bug.path, bug.line))
            yield bug


def _fits(clean: Clean, bug: Bug, half: str) -> bool:
    return half_of(clean.library.name, bug) == half and may_be_seen(clean, bug)


def _qualified(clean: Clean, bug: Bug, name: str, folder: Path) -> Planted:
    with tempfile.TemporaryDirectory(prefix="regreen-plant-") as home:
        outcome = turned_red(clean, bug, Path(home).resolve())
    lack, red = (outcome, ()) if isinstance(outcome, str) else ("", outcome)
    one = Planted(name, clean.library.name, bug, red, lack)
    keep(folder, one)
    print(f"{name}: {lack or f'{len(red)} red'}", file=sys.stderr, flush=True)
    return one
