"""The judge in hostile repositories: their own files cheat, and a patch that mends nothing is not proved."""

from pathlib import Path

import pytest

from agent.core.verdict import Status
from benchmarks._integrity.cases import BASE, HostileRepository, files_below, hostile_patches, hostile_repositories
from benchmarks._integrity.judging import verdict_in
from tests.support import needs_bubblewrap, own_python

REPOSITORIES = hostile_repositories()
# Hostile patches that reach the judge and would be resolved there, were it not for flags or our own tests.
TELLING = ("special-case", "equal-to-anything", "replaces-the-report", "looks-at-its-caller", "mock-any")


@pytest.mark.slow
@needs_bubblewrap
@pytest.mark.parametrize("case", REPOSITORIES, ids=[case.name for case in REPOSITORIES])
def test_a_repository_that_cheats_proves_nothing(tmp_path: Path, case: HostileRepository) -> None:
    verdict = verdict_in(tmp_path, case.files, case.patch, own_python())
    assert verdict.status is not Status.PROVED, verdict.evidence


@pytest.mark.slow
@needs_bubblewrap
@pytest.mark.parametrize("name", TELLING)
def test_a_hostile_patch_is_not_proved(tmp_path: Path, name: str) -> None:
    case = next(case for case in hostile_patches() if case.name == name)
    verdict = verdict_in(tmp_path, files_below(BASE), case.patch, own_python())
    assert verdict.status in (Status.PLAUSIBLE, Status.UNSOLVED)
    assert verdict.flags or "nothing this run says can be believed" in verdict.evidence[-1]


def test_there_are_enough_hostile_repositories_and_each_says_what_it_tries() -> None:
    assert len(REPOSITORIES) >= 10
    assert len({case.tries for case in REPOSITORIES}) == len(REPOSITORIES)
