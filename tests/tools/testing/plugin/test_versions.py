"""The plugins in every other interpreter on PATH that has pytest: they must work from Python 3.8 on."""

import functools
import shutil
from pathlib import Path

import pytest

from tests.support import plain_runner
from tools.errors import ToolError
from tools.patch import Edit
from tools.testing.interpreter import Interpreter, probe
from tools.testing.lab.lab import Lab
from tools.testing.lab.place import Place
from tools.testing.lab.said import Answer, FunctionAt
from tools.testing.results import TestStatus

pytestmark = pytest.mark.slow
FILES = {
    "product.py": "def double(number):\n    return number * 3\n",
    "test_product.py": """\
import product

def test_double():
    assert product.double(2) == 4

def test_zero():
    assert product.double(0) == 0
""",
}
STATUSES = {"test_product.py::test_double": TestStatus.FAILED, "test_product.py::test_zero": TestStatus.PASSED}
EDIT = Edit("product.py", FILES["product.py"].index("3"), FILES["product.py"].index("3") + 1, "2")


@functools.cache
def interpreter_of(name: str) -> Interpreter | None:
    path = shutil.which(name)
    try:
        return probe(Path(path), name) if path else None
    except ToolError:
        return None


@pytest.fixture(params=[f"python3.{minor}" for minor in range(8, 15)])
def interpreter(request: pytest.FixtureRequest) -> Interpreter:
    found = interpreter_of(request.param)
    if found is None or "pytest" not in found.packages:
        pytest.skip(f"there is no {request.param} with pytest on PATH")
    return found


def test_statuses_and_lines_are_the_same(interpreter: Interpreter, tmp_path: Path) -> None:
    run = plain_runner(tmp_path, FILES, interpreter).run(timeout_seconds=120.0, trace=True)
    assert (dict(run.statuses), run.complete) == (STATUSES, True)
    assert {name: set(lines["product.py"]) for name, lines in run.lines.items()} == {name: {2} for name in STATUSES}
    frame = run.failures["test_product.py::test_double"].frames[-1]
    assert (frame.path, frame.line) == ("test_product.py", 4)


def test_the_lab_tries_edits_and_tells_behaviour(interpreter: Interpreter, tmp_path: Path) -> None:
    runner = plain_runner(tmp_path, FILES, interpreter)
    function = FunctionAt("product.py", "double", 1)
    with Lab([Place(runner, tmp_path / "tree")], tuple(STATUSES), {}) as lab:
        (result,) = lab.try_edits([EDIT], tuple(STATUSES))
        inputs = lab.record(EDIT, function, tuple(STATUSES), 10)
        answers = lab.answers(EDIT, function, inputs, 0)
    assert (result.warm, set(result.statuses.values())) == (True, {TestStatus.PASSED})
    assert [(answer.given, answer.said) for answer in answers or ()] == [("2", "returned 4"), ("0", "returned 0")]
    assert isinstance(answers and answers[0], Answer)
