"""Does a test written in the run show the change? It must fail without the change and pass with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from tools.check import summarise
from tools.patch import parse_patch
from tools.testing.results import GREEN, TestRun
from tools.testing.site import Site, Sites
from tools.workspace.put import put_patch

UNSHOWN = "no test shows this change yet: add a new test file that fails without it and passes with it"
VACUOUS = "the new tests pass without the change too, so they do not show it: test what the issue asks for"

GREEN_ALREADY = "the new tests pass on the code as it is, so they do not show the fault: test what the issue asks for"


@dataclass(frozen=True, slots=True)
class Showing:
    """`tests` fail without the change and pass with it; without any, `lack` says what is wrong."""

    tests: tuple[str, ...] = ()
    lack: str = ""


def showing(test_patch: str, site: Site, sites: Sites, commit: str, seconds: float) -> Showing:
    """Run the new tests in the work tree, which holds the change, and on `commit`, which does not."""
    names = _below(sites.test_root, test_patch)
    if not names:
        return Showing(lack=UNSHOWN)
    site.workspace.reset()
    after = site.runner.run(names, timeout_seconds=seconds)
    if not after.complete or after.red or not after.statuses:
        return Showing(lack=f"the new tests do not pass with the change\n{summarise(after)}")
    before = _without_the_change(test_patch, names, sites, commit, seconds)
    tests = tuple(name for name in after.green if before.status_of(name) not in GREEN)
    return Showing(tests) if tests else Showing(lack=VACUOUS)


def reproducing(test_patch: str, site: Site, test_root: str, seconds: float) -> tuple[bool, str]:
    """Whether new tests, alone in the work tree, fail as a fault makes them fail; and what the proposer is told."""
    names = _below(test_root, test_patch)
    site.workspace.reset()
    run = site.runner.run(names, timeout_seconds=seconds) if names else TestRun()
    if not run.statuses or not run.complete:
        return False, f"the new tests could not be run\n{summarise(run)}"
    if not run.red:
        return False, GREEN_ALREADY
    return True, f"the new tests fail on the code as it is; if they fail as the issue says, mend it\n{summarise(run)}"


def _without_the_change(test_patch: str, names: tuple[str, ...], sites: Sites, commit: str, seconds: float) -> TestRun:
    site = sites.open(commit, anew=True)
    try:
        put_patch(test_patch, site.workspace)
        return site.runner.run(names, timeout_seconds=seconds)
    finally:
        site.close()


def _below(test_root: str, test_patch: str) -> tuple[str, ...]:
    """The Python files a patch leaves, as seen from the test root."""
    paths = [PurePosixPath(patch.target_file) for patch in parse_patch(test_patch) if patch.target_file]
    return tuple(
        path.relative_to(test_root).as_posix()
        for path in paths
        if path.suffix == ".py" and path.is_relative_to(test_root)
    )
