"""Accepted patches that change the same lines of one repository: not all of them can be taken as they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tools.errors import PatchError
from tools.patch import parse_patch


@dataclass(frozen=True, slots=True)
class Claim:
    """Lines of one file that a task's patch needs as they are: from `start` up to before `stop` in the old file."""

    instance_id: str
    place: tuple[str, str, str]
    start: int
    stop: int


def claims_of(instance_id: str, repo: str, base: str, patch: str) -> Iterator[Claim]:
    """The lines a patch changes, with its context; lines of different bases are not compared."""
    try:
        files = parse_patch(patch) if patch else ()
    except PatchError:
        return
    for file in files:
        path = file.source_file or file.target_file or ""
        if not file.hunks:  # created, removed or renamed as a whole
            yield Claim(instance_id, (repo, base, path), 0, 1 << 31)
        for hunk in file.hunks:
            start = hunk.source_start or 0
            yield Claim(instance_id, (repo, base, path), start, start + max(1, hunk.source_length or 0))


def conflicts(claims: Iterable[Claim]) -> list[tuple[str, str, str]]:
    """Pairs of tasks with the place they both change, each pair and place once."""
    places: dict[tuple[str, str, str], list[Claim]] = defaultdict(list)
    for claim in claims:
        places[claim.place].append(claim)
    found: dict[tuple[str, str, str], None] = {}
    for (repo, _, path), there in places.items():
        for one, two in _overlapping(sorted(there, key=lambda claim: claim.start)):
            if one.instance_id != two.instance_id:
                first, second = sorted([one.instance_id, two.instance_id])
                found.setdefault((first, second, f"{repo}/{path}" if repo else path))
    return list(found)


def _overlapping(claims: Sequence[Claim]) -> Iterator[tuple[Claim, Claim]]:
    """Pairs that have lines in common, of claims in the order of their starts."""
    for index, one in enumerate(claims):
        for two in claims[index + 1 :]:
            if two.start >= one.stop:
                break
            yield one, two
