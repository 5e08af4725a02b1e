"""What expressions are worth where tests run a line."""

from collections.abc import Iterator

import pytest

from tests.support import plain_runner
from tools.testing.lab.lab import Lab
from tools.testing.lab.place import Place
from tools.testing.lab.said import Sight, Statement

FILES = {
    "product.py": """\
STEP = 2


class Odd:
    def __bool__(self):
        raise ValueError


def total(items, count):
    found = 0
    for item in items:
        found = found + item
    odd = Odd()
    return found
""",
    "test_product.py": """\
import product

def test_total():
    assert product.total([1, 2], 2) == 3

def test_again():
    assert product.total([1, 2], 2) == 3

def test_long():
    product.total(list(range(90)), None)
""",
}
TOTAL, AGAIN, LONG = (f"test_product.py::test_{name}" for name in ("total", "again", "long"))


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    home = tmp_path_factory.mktemp("sights")
    with Lab([Place(plain_runner(home, FILES), home / "tree")], [TOTAL, AGAIN, LONG], {}) as opened:
        yield opened


def test_each_distinct_run_of_a_line_is_seen_once(lab: Lab) -> None:
    expressions = [
        "item",
        "found",
        "count",
        "len(items)",
        "missing",
        "items",
        "STEP",
        "items[9]",
        "found ==",
        "1 == True",
    ]
    (seen,) = lab.see([Statement("product.py", 12, 12, expressions)], [TOTAL, AGAIN], 9)
    int_, list_, bool_ = ("int", True), ("list", True), ("bool", True)
    first, second = (1, 2, 3, 3, 0, 4, 3, 0, 0, 5), (1, 2, 1, 1, 0, 3, 1, 0, 0, 4)
    assert seen == (
        Sight(first, *zip(*[("", False), int_, ("int", False), int_, list_, bool_], strict=True)),
        Sight(second, *zip(*[("", False), int_, int_, list_, bool_], strict=True)),
    )


def test_objects_are_the_same_only_as_themselves_and_one_without_a_truth_is_worth_nothing(lab: Lab) -> None:
    (seen,) = lab.see(
        [Statement("product.py", 14, 14, ["total", "total", "Odd", "odd", "items", "list(items)", "1", "1.0"])],
        [TOTAL],
        9,
    )
    assert [sight.values for sight in seen] == [(1, 1, 2, 0, 3, 3, 4, 5)]


def test_a_line_at_which_looking_has_no_end_is_given_up(lab: Lab) -> None:
    endless = "[one for one in iter(int, 1)]"
    seen, other = lab.see(
        [Statement("product.py", 12, 12, ["item", endless]), Statement("product.py", 10, 10, ["count"])], [TOTAL], 9
    )
    assert (seen, len(other)) == ((), 1)


def test_no_more_than_the_limit_is_kept_and_a_line_that_nothing_runs_has_none(lab: Lab) -> None:
    places = [
        Statement("product.py", 12, 12, ["item", "found", "len(items)"]),
        Statement("product.py", 6, 6, ["1"]),
        Statement("not.py", 1, 1, ["1"]),
    ]
    many, *none = lab.see(places, [LONG], 3)
    assert (len(many), none) == (3, [(), ()])
