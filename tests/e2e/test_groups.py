"""Several independent bugs: solved group by group, a verdict each, the worst is the run's."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.e2e._support import User
from tests.support import files_of, new_repository

pytestmark = pytest.mark.slow

PRICE = """\
class Price:
    def __init__(self, cents):
        self.cents = cents

    def minus(self, other):
        return Price(self.cents + other.cents)
"""
STOCK = """\
def first_free(shelves):
    for i in range(1, len(shelves)):
        if shelves[i] == 0:
            return i
    return None
"""
TESTS = """\
from shop.price import Price
from shop.stock import first_free

def test_minus():
    assert Price(100).minus(Price(30)).cents == 70

def test_minus_nothing():
    assert Price(100).minus(Price(0)).cents == 100

def test_minus_more():
    assert Price(100).minus(Price(130)).cents == -30

def test_first_free():
    assert first_free([0, 1, 0]) == 0

def test_first_free_later():
    assert first_free([1, 2, 0]) == 2

def test_none_is_free():
    assert first_free([1, 2]) is None
"""
BOTH: Mapping[str, str] = {
    "shop/__init__.py": "", "shop/price.py": PRICE, "shop/stock.py": STOCK, "conftest.py": "", "test_shop.py": TESTS,
}  # fmt: skip
OUT_OF_REACH = """\
import hashlib

def key(text):
    return hashlib.md5(text.encode()).hexdigest()[:8]
"""
KEY_TEST = "from shop.key import key\n\ndef test_key():\n    assert key('a') == 'ca978112'\n"


def test_two_bugs_are_proved_one_after_the_other(user: User, tmp_path: Path) -> None:
    repo = new_repository(tmp_path / "repo", BOTH).root
    ran = user.regreen(repo, "fix", "--json", "--apply")
    answer = ran.answer
    assert (ran.end, answer["resolved"]) == ((0, "proved"), True), ran.err
    assert [(row["status"], sorted(row["tests"])) for row in answer["groups"]] == [
        ("proved", ["test_shop.py::test_minus", "test_shop.py::test_minus_more"]),
        ("proved", ["test_shop.py::test_first_free"]),
    ]
    assert sorted(answer["verdict"]["fail_to_pass"]["success"]) == [
        "test_shop.py::test_first_free", "test_shop.py::test_minus", "test_shop.py::test_minus_more",
    ]  # fmt: skip
    assert (repo / "shop/price.py").read_text() == PRICE.replace("cents + other", "cents - other")
    assert (repo / "shop/stock.py").read_text() == STOCK.replace("range(1, len(shelves))", "range(0, len(shelves))")


def test_what_one_patch_mends_at_once_is_not_lost_to_tests_that_could_never_be_set_up(
    user: User, tmp_path: Path
) -> None:
    """The second group is green by the first one's patch: then nothing is red any more but what was set aside."""
    size = "def size(items):\n    return len(items) - 1\n"
    checked = "def checked(items):\n    if size(items) < len(items):\n        raise ValueError\n    return items\n"
    tests = (
        "def test_type():\n    assert isinstance(size([1]), int)\n",
        "def test_size():\n    assert size([1, 2]) == 2\n",
        "def test_checked():\n    assert checked([3]) == [3]\n",
    )
    files = {
        "shop/__init__.py": "",
        "shop/size.py": f"{size}\n{checked}",
        "conftest.py": "",
        "test_size.py": "\n".join(["from shop.size import checked, size\n", *tests]),
        "test_speed.py": "def test_quick(benchmark):\n    benchmark(len, [])\n",
    }
    ran = user.regreen(new_repository(tmp_path / "repo", files).root, "fix", "--json")
    assert (ran.answer["status"], ran.answer["verdict"]["resolved"]) == ("plausible", True), ran.answer["reason"]
    assert "test_speed.py::test_quick" in ran.answer["reason"]


def test_a_group_that_stays_red_does_not_lose_the_other(user: User, tmp_path: Path) -> None:
    files = {**BOTH, "shop/stock.py": STOCK.replace("(1,", "(0,"), "shop/key.py": OUT_OF_REACH, "test_key.py": KEY_TEST}
    repo = new_repository(tmp_path / "repo", files).root
    before = files_of(repo)
    ran = user.regreen(repo, "fix", "--json", "--apply")
    answer = ran.answer
    assert (ran.end, answer["resolved"]) == ((1, "unsolved"), False), ran.err
    assert sorted((row["status"], *row["tests"]) for row in answer["groups"]) == [
        ("proved", "test_shop.py::test_minus", "test_shop.py::test_minus_more"),
        ("unsolved", "test_key.py::test_key"),
    ]
    assert answer["reason"].startswith("1 of 2 groups of failing tests solved")
    assert files_of(repo) == before  # an unsolved run never touches the tree by itself
    assert "cents - other" in answer["model_patch"]
    assert user.regreen(repo, "apply", "--run", "last").code == 0
    assert (repo / "shop/price.py").read_text() == PRICE.replace("cents + other", "cents - other")
