"""What Landlock is asked to grant, so that all can be read but what is hidden."""

from pathlib import Path

import pytest

from tests.support import write_files
from tools.workspace.sandbox.grants import grants
from tools.workspace.sandbox.in_place import Reach

FILES = {"lib/lamp/core.py": "", "lib/other.py": "", "lib/deep/down/x.py": "", "bin/python": ""}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with files, in one that is closed."""
    write_files(tmp_path / "place", FILES)
    return (tmp_path / "place").resolve()


def below(words: tuple[str, ...], folder: Path) -> list[str]:
    return [word.replace(f"{folder}", "PLACE") for word in words if f"{folder}" in word]


def test_what_is_shown_in_a_closed_folder_can_be_read_whole(place: Path) -> None:
    words = grants(Reach((place.parent,), (), (place / "lib",), ()))
    assert below(words, place.parent) == ["read=PLACE/place/lib"]


def test_what_holds_a_closed_folder_is_not_shown_whole(place: Path) -> None:
    words = grants(Reach((place.parent, place / "lib" / "deep"), (), (place / "lib", place.parent), ()))
    assert below(words, place.parent) == []


def test_around_what_is_covered_all_else_is_granted_and_only_names_can_be_listed(place: Path) -> None:
    covered = (place / "lib" / "lamp", place / "lib" / "deep" / "down")
    words = grants(Reach((place.parent,), covered, (place,), ()))
    assert below(words, place.parent) == [
        "list=PLACE/place",
        "read=PLACE/place/bin",
        "list=PLACE/place/lib",
        "list=PLACE/place/lib/deep",
        "read=PLACE/place/lib/other.py",
    ]


def test_the_root_is_not_granted_while_something_below_is_closed(place: Path) -> None:
    words = grants(Reach((place.parent,), (), (), ()))
    assert "read=/usr" in words
    assert not {"read=/", "list=/", "read=/tmp", "read=/dev"} & set(words)
    assert "use=/dev/null" in words


def test_a_link_into_a_closed_folder_is_not_followed(place: Path) -> None:
    (place / "lib" / "link").symlink_to(place / "bin")
    words = grants(Reach((place.parent,), (place / "lib" / "lamp",), (place / "lib",), ()))
    assert below(words, place.parent / "place" / "bin") == []
    assert f"read={place / 'lib' / 'link'}" not in words


def test_folders_are_written(place: Path) -> None:
    assert grants(Reach((), (), (), (place, place / "bin")))[-2:] == (f"write={place}", f"write={place / 'bin'}")
