"""Opening a lab: scratch copies of a commit, one a worker, gone when it closes."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence

from tools.testing.lab.lab import Lab
from tools.testing.lab.place import Place
from tools.testing.site import Site, Sites
from tools.workspace.checkout import Workspace


@contextlib.contextmanager
def open_lab(
    sites: Sites,
    commit: str,
    tests: Sequence[str],
    durations: Mapping[str, float],
    prepare: Callable[[Workspace], object] = lambda workspace: None,
    *,
    until: float = math.inf,
) -> Iterator[Lab]:
    """A lab on `commit`, where `prepare` may first put an accepted patch; `tests` are all that will be asked for.

    Nothing is tried after `until`, by the monotonic clock.
    """
    opened: list[Site] = []
    try:
        for _ in range(sites.lab_workers):
            opened.append(sites.open(commit))
            prepare(opened[-1].workspace)
        places = [Place(site.runner, site.workspace.tree, site.workspace.reset) for site in opened]
        with Lab(places, tests, durations, until) as lab:
            yield lab
    finally:
        for site in opened:
            site.close()
