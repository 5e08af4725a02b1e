"""What the hook takes from its surroundings."""

import os
import sys

import pytest

from agent.cli.hook_session import forget_own_environment

OWN = f"{sys.prefix}/bin:/a:/b"
CASES: dict[str, tuple[str, str, tuple[str | None, str]]] = {
    "pre-commit's": ("1", sys.prefix, (None, "/a:/b")),
    "the user's": ("1", "/own", ("/own", OWN)),
    "without pre-commit": ("", sys.prefix, (sys.prefix, OWN)),
}


@pytest.mark.parametrize(("under", "active", "left"), CASES.values(), ids=CASES)
def test_the_environment_that_pre_commit_made_is_not_the_users(
    monkeypatch: pytest.MonkeyPatch, under: str, active: str, left: tuple[str | None, str]
) -> None:
    for name, value in {"PRE_COMMIT": under, "VIRTUAL_ENV": active, "PATH": OWN}.items():
        monkeypatch.setenv(name, value)
    forget_own_environment()
    assert (os.environ.get("VIRTUAL_ENV"), os.environ["PATH"]) == left
