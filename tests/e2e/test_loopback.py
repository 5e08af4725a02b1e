"""The transcript in README.md is what a run with a model prints."""

from pathlib import Path

import pytest

from tests.e2e._support import User
from tests.e2e.loopback import COMMAND, lasting, played

pytestmark = pytest.mark.slow
README = Path(__file__).parents[2] / "README.md"


def test_the_readme_shows_the_run_as_it_is(user: User) -> None:
    (shown,) = [
        part for part in README.read_text().split("```\n") if part.startswith(f"$ regreen {' '.join(COMMAND)}\n")
    ]
    assert list(lasting(shown)) == list(lasting(played(user)))
    assert user.left_behind() == []
