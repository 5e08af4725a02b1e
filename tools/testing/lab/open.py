"""Opening a lab: scratch copies of a commit, one a worker, gone when it closes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence

from tools.testing.lab.lab import Lab
from tools.testing.site import Site, Sites
from tools.workspace.checkout import Workspace

WORKERS = 2


@contextlib.contextmanager
def open_lab(
    sites: Sites,
    commit: str,
    tests: Sequence[str],
    durations: Mapping[str, float],
    prepare: Callable[[Workspace], object] = lambda workspace: None,
) -> Iterator[Lab]:
    """A lab on `commit`; `prepare` may put a patch into each copy first. `tests` are all that will be asked for."""
    opened: list[Site] = []
    try:
        for _ in range(WORKERS):
            opened.append(sites.open(commit))
            prepare(opened[-1].workspace)
        with Lab([(site.runner, site.workspace.tree) for site in opened], tests, durations) as lab:
            yield lab
    finally:
        for site in opened:
            site.close()
