"""Every attempt to get out of bubblewrap and Landlock is held; without them the same ones get out, so they are real."""

from collections.abc import Iterator

import pytest

from benchmarks._escapes.attempts import ATTEMPTS
from benchmarks._escapes.unfenced import contained
from benchmarks._escapes.world import World, new_world
from tests.support import LANDLOCKS, Fence, needs_bubblewrap
from tools.workspace.sandbox.bubblewrap import Bubblewrap

pytestmark = [pytest.mark.slow, needs_bubblewrap, pytest.mark.xdist_group("escapes")]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patched:
        home = tmp_path_factory.mktemp("home").resolve()
        patched.setenv("HOME", str(home))
        with new_world(tmp_path_factory.mktemp("world").resolve(), home) as made:
            yield made


@pytest.mark.parametrize(("act", "name"), [(act, name) for act, attempts in ATTEMPTS.items() for name in attempts])
def test_no_attempt_gets_out_of_bubblewrap(world: World, act: str, name: str) -> None:
    assert world.escapes(ATTEMPTS[act][name], Bubblewrap) == ""


@pytest.mark.parametrize("act", [act for act in ATTEMPTS if act != "use up the machine"])
@pytest.mark.parametrize("fence", LANDLOCKS)
def test_no_attempt_gets_out_of_landlock_but_one_that_is_known(world: World, fence: Fence, act: str) -> None:
    """What uses up the machine is ended by limits that all levels share (tests/tools/workspace/test_watch.py)."""
    out = {name for name, code in ATTEMPTS[act].items() if world.escapes(code, fence)}
    assert out <= ({"see another process"} if fence == LANDLOCKS[1].values[0] else set())


def test_without_a_sandbox_attempts_of_each_kind_get_out() -> None:
    out = {act: sum(bool(how) for how in attempts.values()) for act, attempts in contained(4).items()}
    assert all(out[act] for act in ("write outside the tree", "write to git", "read secrets", "touch other processes"))


def test_there_are_forty_attempts_at_least() -> None:
    assert sum(map(len, ATTEMPTS.values())) >= 40
