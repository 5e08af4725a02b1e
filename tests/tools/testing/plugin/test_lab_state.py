"""What one test leaves behind is put back before the next."""

import os
import random
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.tools.testing.plugin._load import load

state = load("regreen_lab_state")
SOURCE = """\
import collections
import functools

number = 1
names = ["a"]
nested = {"deep": {"list": [1, 2]}}
seen = {1}
queue = collections.deque([1])
counts = collections.Counter("a")


class Thing:
    shared = []
    count = 0

    def __init__(self):
        self.inside = {"a": 1}


thing = Thing()


def collect(item, into=[]):
    into.append(item)
    return into


def counter():
    held = []

    def add():
        held.append(1)
        return len(held)

    return add


add = counter()


@functools.lru_cache
def squared(value):
    return value * value
"""


@pytest.fixture
def product(tmp_path: Path) -> Iterator[ModuleType]:
    (tmp_path / "state_product.py").write_text(SOURCE)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(tmp_path)
        module = __import__("state_product")
        yield module
    del sys.modules["state_product"]


CHANGES: dict[str, Callable[[Any], object]] = {
    "a global": lambda product: setattr(product, "number", 2),
    "a new global": lambda product: setattr(product, "other", 2),
    "a list": lambda product: product.names.append("b"),
    "a list within dicts": lambda product: product.nested["deep"]["list"].clear(),
    "a set": lambda product: product.seen.add(2),
    "a deque": lambda product: product.queue.popleft(),
    "a counter": lambda product: product.counts.update("b"),
    "a class": lambda product: setattr(product.Thing, "count", 1),
    "a new attribute of a class": lambda product: setattr(product.Thing, "more", 1),
    "a list of a class": lambda product: product.Thing.shared.append(1),
    "an object": lambda product: setattr(product.thing, "inside", None),
    "what an object holds": lambda product: product.thing.inside.clear(),
    "a default argument": lambda product: product.collect(1),
    "a closure": lambda product: product.add(),
    "a cache": lambda product: product.squared(2),
    "a function": lambda product: setattr(product, "collect", len),
}


def look(product: Any) -> list[object]:
    kinds = {name: value for name, value in vars(product).items() if not name.startswith("__")}
    return [
        {name: repr(value) for name, value in kinds.items()},
        {name: repr(value) for name, value in vars(product.Thing).items()},
        repr(product.thing.inside),
        repr(product.collect.__defaults__) if hasattr(product.collect, "__defaults__") else None,
        product.add.__closure__[0].cell_contents[:],
        product.squared.cache_info().currsize,
    ]


@pytest.mark.parametrize("what", CHANGES)
def test_it_is_put_back(what: str, product: ModuleType, tmp_path: Path) -> None:
    before = look(product)
    kept = state.State(str(tmp_path))
    CHANGES[what](product)
    assert look(product) != before
    assert kept.restore()
    assert look(product) == before


def test_the_process_is_put_back(tmp_path: Path, product: ModuleType) -> None:
    random.seed(1)
    kept = state.State(str(tmp_path))
    before = (Path.cwd(), dict(os.environ), random.getstate(), sys.stdout, list(sys.path))
    os.environ["REGREEN_NEW"] = "1"
    sys.stdout = sys.stderr
    sys.path.append("/nowhere")
    random.random()
    (tmp_path / "gone").mkdir()
    os.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert kept.restore()
    assert (Path.cwd(), dict(os.environ), random.getstate(), sys.stdout, list(sys.path)) == before


def test_parameters_of_tests_are_put_back(tmp_path: Path) -> None:
    params = {"value": [1, {"a": [2]}]}
    kept = state.State(str(tmp_path), [params])
    params["value"][1]["a"].append(3)  # type: ignore[index]
    kept.restore()
    assert params == {"value": [1, {"a": [2]}]}


def test_a_thread_that_goes_on_cannot_be_put_back(tmp_path: Path) -> None:
    kept = state.State(str(tmp_path))
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    assert not kept.restore()
    end.set()
    thread.join()
    assert kept.restore()


def test_values_that_cannot_be_compared_are_put_back(tmp_path: Path, product: Any) -> None:
    class Odd:
        def __eq__(self, other: object) -> bool:
            raise RuntimeError

        __hash__ = None  # type: ignore[assignment]

    odd = Odd()
    product.names[:] = [odd]
    kept = state.State(str(tmp_path))
    product.names[:] = [Odd()]
    kept.restore()
    assert product.names[0] is odd


def test_what_holds_itself_is_looked_at_once(tmp_path: Path, product: ModuleType) -> None:
    source = """
def walker():
    depth = []

    def walk(node):
        depth.append(node)
        return [walk(child) for child in node]

    return walk


walk = walker()
twice = ()
for _ in range(60):
    twice = (twice, twice)
"""
    exec(compile(source, "product.py", "exec"), vars(product))
    kept = state.State(str(tmp_path))
    product.walk([[], []])  # its closure holds `walk` itself
    assert product.walk.__closure__[0].cell_contents != []
    assert kept.restore()
    assert product.walk.__closure__[0].cell_contents == []
