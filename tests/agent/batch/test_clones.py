"""Where the clone of a task is, and what is said about its tests."""

from pathlib import Path

import pytest

from agent.batch.clones import Clones, load_clones
from agent.core.errors import UsageProblem
from agent.core.task import Task


def task(repo: str, **more: object) -> Task:
    return Task("x", repo, "abc", **more)  # type: ignore[arg-type]  # of a few texts


@pytest.mark.parametrize("place", ["octo/lamp", "octo__lamp", "lamp"])
def test_clones_lie_where_people_put_them(place: str, tmp_path: Path) -> None:
    (tmp_path / place / ".git").mkdir(parents=True)
    assert Clones(tmp_path).of(task("octo/lamp")) == tmp_path / place


def test_the_folder_may_be_the_clone_itself(tmp_path: Path) -> None:
    (tmp_path / "lamp" / ".git").mkdir(parents=True)
    clones = Clones(tmp_path / "lamp")
    assert clones.of(task("octo/lamp")) == clones.of(task("")) == tmp_path / "lamp"
    with pytest.raises(UsageProblem, match="no clone of octo/other at"):
        clones.of(task("octo/other"))


@pytest.mark.parametrize("repo", ["../lamp", "octo/../../lamp"])
def test_a_name_that_leads_elsewhere_is_no_clone(repo: str, tmp_path: Path) -> None:
    (tmp_path / "lamp" / ".git").mkdir(parents=True)
    (tmp_path / "below").mkdir()
    with pytest.raises(UsageProblem, match="no clone of"):
        Clones(tmp_path / "below").of(task(repo))


def test_settings_come_from_the_task_then_from_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "regreen.toml").write_text(
        '[batch.repos."octo/lamp"]\npath = "elsewhere"\npython = "py39"\ntest_command = "make test"\n'
    )
    (tmp_path / "elsewhere" / ".git").mkdir(parents=True)
    clones = load_clones(tmp_path, tmp_path)
    assert clones.of(task("octo/lamp")) == tmp_path / "elsewhere"
    assert clones.flags_of(task("octo/lamp")) == {"python": "py39", "test_command": "make test"}
    own = task("octo/lamp", python="py310", test_command=("pytest", "a b"))
    assert clones.flags_of(own) == {"python": "py310", "test_command": "pytest 'a b'"}
    assert clones.flags_of(task("octo/other")) == {}


@pytest.mark.parametrize("text", ["[batch", "[batch.repos.x]\npath = 1", "[batch.repos.x]\ncolour = 'red'"])
def test_a_wrong_map_is_a_usage_error(text: str, tmp_path: Path) -> None:
    (tmp_path / "regreen.toml").write_text(text)
    with pytest.raises(UsageProblem, match=r"regreen\.toml"):
        load_clones(tmp_path, tmp_path)


def test_a_folder_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="no such folder"):
        load_clones(tmp_path / "nothing", tmp_path)
