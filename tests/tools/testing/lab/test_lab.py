"""The lab says of every edit what a cold run says, in the order asked, and is not changed by what it tried."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from tests.support import files_of, plain_runner
from tools.errors import PatchError
from tools.patch import Edit, apply_edit
from tools.testing.lab.lab import Lab
from tools.testing.lab.place import Place
from tools.testing.lab.said import TrialResult
from tools.testing.results import TestStatus
from tools.testing.run import Runner

PASSED, FAILED = TestStatus.PASSED, TestStatus.FAILED
FILES = {
    "product.py": '''\
"""A module with a function of every kind."""

import functools

LIMIT = 10


def plain(number):
    return number + 1


def outer(number):
    def inner(value):
        return value * 2

    return inner(number)


def make():
    step = 1

    def count(number):
        return number + step

    return count


counter = make()


def numbers(limit):
    for number in range(limit):
        yield number


class Box:
    size = 3

    def __init__(self, value):
        self.value = value

    def get(self):
        return self.value

    @classmethod
    def of(cls, value):
        return cls(value)

    @property
    def double(self):
        return self.value * 2


def default(number, by=1):
    return number + by


def shout(function):
    @functools.wraps(function)
    def wrapper(*arguments):
        return function(*arguments) + "!"

    return wrapper


@shout
def decorated(word):
    return word


@functools.lru_cache(maxsize=None)
def cached(number):
    return number * 3


square = lambda number: number * number


async def later(number):
    return number - 1


def limited(number):
    return min(number, LIMIT)


def equal(number):
    return number == 1.0


def exact():
    return 100


def last(number):
    return number
''',
    "lazy.py": "def lazily(number):\n    return number + 5\n",
    "test_product.py": """\
import asyncio
import product
from product import Box, plain, cached as held

TABLE = []

def test_plain():
    assert plain(1) == 2

def test_outer():
    assert product.outer(2) == 4

def test_closure():
    assert product.counter(1) == 2

def test_generator():
    assert list(product.numbers(3)) == [0, 1, 2]

def test_method():
    assert Box(5).get() == 5

def test_classmethod():
    assert Box.of(5).value == 5

def test_property():
    assert Box(2).double == 4

def test_class_attribute():
    assert Box.size == 3

def test_default():
    assert product.default(1) == 2

def test_decorated():
    assert product.decorated("a") == "a!"

def test_cached():
    assert held(2) == 6

def test_lambda():
    assert product.square(3) == 9

def test_coroutine():
    assert asyncio.run(product.later(3)) == 2

def test_limited():
    assert product.limited(11) == 10

def test_equal():
    assert product.equal(1) is True

def test_exact():
    assert repr(product.exact()) == "100"

def test_lazy():
    import lazy
    assert lazy.lazily(1) == 6

def test_state_of_the_module():
    TABLE.append(product.last(1))
    assert TABLE == [1]
""",
}
TESTS = tuple(
    f"test_product.py::{line[4:-3]}" for line in FILES["test_product.py"].split("\n") if line.startswith("def")
)
# name: what is replaced by what, and whether a warm interpreter can put it into effect.
EDITS: dict[str, tuple[str, str, bool]] = {
    "function body": ("return number + 1\n", "return number + 2\n", True),
    "nothing but a comment": ("return number + 1\n", "return number + 1  # one more\n", True),
    "more lines above": ("def plain(number):\n", "def plain(number):\n    number += 0\n    number += 0\n", True),
    "a blank line above": ("LIMIT = 10\n", "LIMIT = 10\n\n\n", True),
    "nested function": ("return value * 2", "return value * 5", True),
    "function around a nested one": ("return inner(number)", "return inner(number + 1)", True),
    "closure": ("return number + step", "return number - step", True),
    "what a closure holds": ("step = 1", "step = 7", False),
    "generator": ("yield number", "yield number + 1", True),
    "method": ("return self.value\n", "return None\n", True),
    "class method": ("return cls(value)", "return cls(value + 1)", True),
    "property": ("return self.value * 2", "return self.value * 3", True),
    "class attribute": ("size = 3", "size = 4", False),
    "default argument": ("by=1", "by=2", False),
    "decorator": ("@shout\n", "", False),
    "inside a decorator": ('+ "!"', '+ "?"', True),
    "decorated function": ("return word", "return word * 2", True),
    "cached function": ("return number * 3", "return number * 4", True),
    "lambda": ("number * number", "number + number", False),
    "coroutine": ("return number - 1", "return number - 2", True),
    "module constant": ("LIMIT = 10", "LIMIT = 11", False),
    "equal constant of another type": ("return 100", "return 100.0", True),
    "constant of another type": ("number == 1.0", "number == '1'", True),
    "expression becomes a constant": ("return number == 1.0", "return 1", True),
    "new parameter": ("def plain(number):", "def plain(number, more=0):", False),
    "renamed function": ("def last(", "def lost(", False),
    "new global name": ("return number + 1\n", "return abs(number) + 1\n", True),
    "new import": ("import functools", "import functools, not_installed_anywhere", False),
    "syntax error": ("def plain(number):", "def plain(number:", False),
    "raises": ("return number + 1\n", "raise ValueError\n", True),
    "is a generator now": ("return number + 1\n", "yield number + 1\n", True),
    "pure deletion": ("    return number + 1\n", "    pass\n", True),
    "last function": ("def last(number):\n    return number\n", "def last(number):\n    return 1\n", True),
}


def edit_of(name: str) -> Edit:
    old, new, _ = EDITS[name]
    start = FILES["product.py"].index(old)
    return Edit("product.py", start, start + len(old), new)


LAZY = Edit("lazy.py", FILES["lazy.py"].index("5"), FILES["lazy.py"].index("5") + 1, "6")
GOOD = edit_of("nothing but a comment")
BAD = edit_of("function body")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="module")
def cold(home: Path) -> Runner:
    return plain_runner(home / "cold", FILES)


@pytest.fixture(scope="module")
def lab(home: Path) -> Iterator[Lab]:
    """Two workers on copies of one tree."""
    homes = [home / "one", home / "two"]
    with Lab([Place(plain_runner(folder, FILES), folder / "tree") for folder in homes], TESTS, {}) as opened:
        yield opened


def try_one(lab: Lab, edit: Edit) -> TrialResult:
    (result,) = lab.try_edits([edit], TESTS)
    return result


def up_to_the_first_red(statuses: dict[str, TestStatus]) -> dict[str, TestStatus]:
    kept: dict[str, TestStatus] = {}
    if TESTS[0] not in statuses:
        return statuses  # the file could not be collected
    for name in TESTS:
        kept[name] = statuses[name]
        if statuses[name] is not PASSED:
            break
    return kept


@pytest.mark.slow
@pytest.mark.parametrize("name", EDITS)
def test_an_edit_is_judged_as_in_a_cold_run(lab: Lab, cold: Runner, home: Path, name: str) -> None:
    path = home / "cold" / "tree" / "product.py"
    path.write_text(apply_edit(FILES["product.py"], edit_of(name)))
    try:
        expected = cold.run(timeout_seconds=120.0)
    finally:
        path.write_text(FILES["product.py"])
    result = try_one(lab, edit_of(name))
    assert (dict(result.statuses), result.warm) == (up_to_the_first_red(dict(expected.statuses)), EDITS[name][2])
    assert result.passes(TESTS) == (not expected.red)


def test_what_needs_a_cold_run_can_be_put_off(lab: Lab) -> None:
    edits = [edit_of("module constant"), BAD, edit_of("default argument"), GOOD]
    results = list(lab.try_edits(edits, TESTS, lambda edit: edit != edits[2]))
    assert [(result.outcome, result.warm) for result in results] == [
        ("slow", True),
        ("done", True),
        ("done", False),
        ("done", True),
    ]


AT_IMPORT = {
    "product.py": "def scaled(number):\n    return number * 2\n\nTABLE = [scaled(3)]\n",
    "test_product.py": """\
import product

def test_scaled():
    assert product.scaled(2) == 6

def test_table():
    assert product.TABLE[0] in (6, 9)
""",
}


def test_of_code_that_ran_at_import_only_what_is_promising_comes_before_what_is_put_off(tmp_path: Path) -> None:
    at = AT_IMPORT["product.py"].index("2\n")
    tests = ["test_product.py::test_scaled", "test_product.py::test_table"]
    place = Place(plain_runner(tmp_path, AT_IMPORT), tmp_path / "tree")
    with Lab([place], tests, {}) as lab:
        alone = [lab.try_edits([Edit("product.py", at, at + 1, new)], tests, lambda _: True) for new in "354"]
        batch = lab.try_edits([Edit("product.py", at, at + 1, new) for new in "535"], tests, lambda _: True)
        found = [(result.outcome, result.warm, result.passes(tests)) for result in chain(*alone, batch)]
    good, bad = ("done", False, True), ("slow", True, False)
    assert found == [good, bad, bad, bad, good, bad]


def test_a_batch_that_is_tried_on_few_of_the_tests_passes_nothing_more(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.testing.lab.lab.MOST_IN_BATCH", 1)
    edits = [GOOD, edit_of("closure"), BAD, GOOD, edit_of("method"), edit_of("closure")] * 3
    assert [result.passes(TESTS) for result in lab.try_edits(edits, TESTS)] == [edit == GOOD for edit in edits]


def test_a_module_imported_by_the_test_itself_is_read_as_edited(lab: Lab) -> None:
    result = try_one(lab, LAZY)
    assert (result.warm, result.statuses["test_product.py::test_lazy"]) == (True, FAILED)
    assert try_one(lab, GOOD).passes(TESTS)


def test_results_come_in_the_order_of_the_edits(lab: Lab) -> None:
    edits = [GOOD, BAD, edit_of("method"), GOOD, edit_of("nested function"), BAD] * 4
    results = list(lab.try_edits(edits, TESTS))
    assert [result.edit for result in results] == edits
    assert [result.passes(TESTS) for result in results] == [edit == GOOD for edit in edits]


def test_one_trial_leaves_nothing_to_the_next(lab: Lab) -> None:
    assert [result.passes(TESTS) for result in lab.try_edits([GOOD] * 6, TESTS)] == [True] * 6


def test_a_trial_stops_at_its_first_red_test(lab: Lab) -> None:
    result = try_one(lab, edit_of("closure"))
    assert dict(result.statuses) == {TESTS[0]: PASSED, TESTS[1]: PASSED, TESTS[2]: FAILED}


def test_only_the_tests_asked_for_run_in_the_order_of_their_collection(lab: Lab) -> None:
    asked = (TESTS[5], TESTS[1])
    (result,) = lab.try_edits([GOOD], asked)
    assert (list(result.statuses.items()), result.outcome) == ([(name, PASSED) for name in asked[::-1]], "done")


def test_a_test_that_is_not_there_never_passes(lab: Lab) -> None:
    (result,) = lab.try_edits([GOOD], ["test_product.py::test_nowhere"])
    assert (dict(result.statuses), result.passes(["test_product.py::test_nowhere"])) == ({}, False)


def test_edits_are_read_only_a_little_ahead(lab: Lab) -> None:
    read = []

    def edits() -> Iterator[Edit]:
        for number in range(100):
            read.append(number)
            yield GOOD

    results = lab.try_edits(edits(), TESTS[:1])
    next(results)
    assert len(read) < 10
    results.close()  # type: ignore[attr-defined]


def test_after_an_early_end_the_lab_goes_on(lab: Lab) -> None:
    results = lab.try_edits([BAD] * 50, TESTS)
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert try_one(lab, GOOD).passes(TESTS)


def test_no_edits_give_no_results(lab: Lab) -> None:
    assert list(lab.try_edits([], TESTS)) == []


def test_an_edit_outside_the_file_is_the_callers_error_and_harms_nothing(lab: Lab) -> None:
    with pytest.raises(PatchError):
        try_one(lab, Edit("product.py", 10_000, 10_001, ""))
    assert try_one(lab, GOOD).passes(TESTS)


def test_the_trees_are_as_they_were(lab: Lab, home: Path) -> None:
    list(lab.try_edits([BAD, GOOD, edit_of("module constant"), LAZY], TESTS))
    expected = {name: text.encode() for name, text in FILES.items()}
    assert [files_of(home / name / "tree") for name in ("one", "two")] == [expected, expected]


def test_closing_ends_the_workers_and_leaves_no_records(tmp_path: Path) -> None:
    runner = plain_runner(tmp_path, FILES)
    with Lab([Place(runner, tmp_path / "tree")], TESTS[:1], {}) as opened:
        list(opened.try_edits([GOOD], TESTS[:1]))
    assert list((tmp_path / "io").iterdir()) == []


def test_a_lab_closed_in_the_middle_of_its_results_ends(tmp_path: Path) -> None:
    with Lab([Place(plain_runner(tmp_path, FILES), tmp_path / "tree")], TESTS, {}) as opened:
        results = opened.try_edits([GOOD] * 20, TESTS)
        assert next(results).passes(TESTS)
    assert files_of(tmp_path / "tree") == {name: text.encode() for name, text in FILES.items()}


def test_nothing_is_tried_after_the_time_is_up(tmp_path: Path) -> None:
    runner = plain_runner(tmp_path, FILES)
    edits = [edit_of("renamed function"), LAZY]
    with Lab([Place(runner, tmp_path / "tree")], ["test_product.py::test_plain"], {}, until=0.0) as lab:
        assert [result.outcome for result in lab.try_edits(edits, ["test_product.py::test_plain"])] == ["late", "late"]
        assert lab.workers[0].process is None


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("conftest.py", "import pytest\n", False),
        ("conftest.py", "import pytest\npytest.register_assert_rewrite('helpers')\n", True),
        ("unit/conftest.py", "def pytest_assertrepr_compare(op): ...\n", True),
        ("other/conftest.py", "def pytest_assertrepr_compare(op): ...\n", False),
        ("unit/test_a.py", "with pytest.raises(AssertionError): ...\n", True),
        ("unit/test_b.py", "with pytest.raises(AssertionError): ...\n", False),
    ],
)
def test_tests_that_look_at_assertions_are_known(tmp_path: Path, name: str, text: str, expected: bool) -> None:
    files = {"unit/test_a.py": "def test_a(): ...\n", "unit/test_b.py": "", "other/test_c.py": "", name: text}
    place = Place(plain_runner(tmp_path, files), tmp_path / "tree")
    assert place.is_about_assertions(["unit/test_a.py::test_a"]) is expected


@pytest.mark.parametrize("mention", ["", "# AssertionError\n"])
def test_asserts_are_rewritten_only_where_a_test_may_see_it(tmp_path: Path, mention: str) -> None:
    files = {
        "product.py": FILES["product.py"],
        "test_seen.py": f"""\
{mention}import product

def test_seen():
    try:
        assert product.plain(1) == 3
    except Exception as error:
        assert str(error).startswith("assert ") is {bool(mention)}
""",
    }
    seen = "test_seen.py::test_seen"
    with Lab([Place(plain_runner(tmp_path, files), tmp_path / "tree")], [seen], {}) as lab:
        (result,) = lab.try_edits([GOOD], [seen])
    assert result.statuses == {seen: PASSED}
