"""Every input that fuzzing found worth keeping still holds to what must hold."""

from pathlib import Path

import pytest

from tests.fuzz.readers import READERS
from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
ALL = {**TARGETS, **READERS}
INPUTS = sorted(path for path in CORPUS.rglob("*") if path.is_file())


def test_there_is_a_corpus_for_every_target() -> None:
    assert {path.parent.name for path in INPUTS} == set(ALL)


@pytest.mark.parametrize("target", ALL)
def test_the_corpus_holds(target: str) -> None:
    for path in INPUTS:
        if path.parent.name == target:
            ALL[target](path.read_bytes())
