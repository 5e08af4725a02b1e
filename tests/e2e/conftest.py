"""A user for each test, with his own home and temporary folder."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e._repositories import new_environment
from tests.e2e._support import User

NewUser = Callable[[], User]


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment that users have active."""
    return new_environment(tmp_path_factory.mktemp("environment") / "env")


@pytest.fixture(scope="session")
def new_user(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> NewUser:
    """Makes users for runs that several tests share."""
    return lambda: User(tmp_path_factory.mktemp("user"), environment)


@pytest.fixture
def user(new_user: NewUser) -> User:
    """A user for one test."""
    return new_user()
