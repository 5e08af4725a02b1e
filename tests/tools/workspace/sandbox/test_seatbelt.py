"""The profile for macOS, as a text; it was not tried on a Mac."""

from pathlib import Path

from tools.workspace.sandbox.in_place import Reach
from tools.workspace.sandbox.seatbelt import BASE, profile

REACH = Reach(
    closed=(Path("/Users/ann"), Path("/private/tmp"), Path("/")),
    covered=(Path("/opt/lamp"),),
    shown=(Path("/Users/ann/.pyenv/versions/3.12"), Path("/Users"), Path("/Users/ann")),
    folders=(Path('/Users/ann/si"te\\tree'), Path("/Users/ann/site/io")),
)
# Later rules go before earlier ones; what holds a closed folder is not shown again.
RULES = """\
(deny file-read-data file-read-xattr (subpath "/Users/ann") (subpath "/private/tmp"))
(allow file-read* (subpath "/Users/ann/.pyenv/versions/3.12"))
(deny file-read* (subpath "/opt/lamp"))
(allow file-read* file-write* (subpath "/Users/ann/si\\"te\\\\tree") (subpath "/Users/ann/site/io"))
(allow network-bind network-outbound (subpath "/Users/ann/si\\"te\\\\tree") (subpath "/Users/ann/site/io"))
"""


def test_a_profile_denies_first_and_then_grants() -> None:
    assert profile(REACH) == BASE + RULES
    assert BASE.startswith("(version 1)\n(deny default)\n")


def test_without_paths_there_is_no_rule_for_them() -> None:
    assert profile(Reach((), (), (), ())) == BASE


def test_every_rule_is_closed() -> None:
    for line in profile(REACH).splitlines():
        assert line.count("(") == line.count(")")
