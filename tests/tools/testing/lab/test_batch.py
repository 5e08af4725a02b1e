"""Many edits in one fork: the verdicts are those of forks of their own, whatever an edit does to the others."""

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support import files_of, plain_runner
from tools.patch import Edit, apply_edit
from tools.testing.lab.lab import Lab
from tools.testing.lab.place import Place
from tools.testing.lab.trim import trimmed

BODY = "    return number + 1\n"
FILES = {
    "product.py": f"CACHE = {{}}\nCALLS = []\n\n\ndef after(number):\n{BODY}",
    "test_product.py": """\
import os
import subprocess
import sys
import unittest

import pytest
import product


def test_after():
    assert product.after(1) == 2

@pytest.mark.parametrize("number", [[1], [5]])
def test_parameters(number):
    number.append(product.after(number.pop()))
    assert number in ([2], [6])

def test_printed(capsys):
    print(product.after(1))
    assert capsys.readouterr().out == "2\\n"

def test_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert product.after(0) == len(os.listdir()) + 1

def test_child():
    code = "import product; print(product.after(1))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "2\\n"

def test_cached():
    assert product.CACHE == {}
    product.CACHE[1] = product.after(1)

@pytest.mark.skip
def test_skipped():
    pass

@pytest.mark.xfail
def test_expected():
    assert product.after(1) == 3

class TestUnit(unittest.TestCase):
    def setUp(self):
        self.number = 1

    def test_unit(self):
        self.assertEqual(product.after(self.number), 2)

class TestPlain:
    def test_plain(self):
        self.number = getattr(self, "number", 0) + product.after(0)
        assert self.number == 1
""",
}
ALL = (
    *(f"test_product.py::test_{name}" for name in ("after", "parameters[number0]", "parameters[number1]", "printed")),
    *(f"test_product.py::test_{name}" for name in ("files", "child", "cached", "expected")),
    "test_product.py::TestUnit::test_unit",
    "test_product.py::TestPlain::test_plain",
)
CODES = {
    "right": "return 1 + number",
    "wrong": "return number",
    "right in another way": "return -~number",
    "loops for ever": "while True: pass",
    "loops and swallows": "while True:\n        try:\n            while True: pass\n        except BaseException: pass",
    "recurses": "return after(number)",
    "ends the process": "import os; os._exit(0)",
    "exits": "raise SystemExit",
    "closes every file": "import os; os.closerange(0, 1000)",
    "writes to every file": "import os\n    for fd in range(3, 40):\n        try: os.write(fd, b'{}\\n')\n"
    "        except OSError: pass",
    "spoils a cache": "CACHE[0] = 0; return number + 1",
    "spoils its test module": "import test_product; test_product.product = None; return number + 1",
    "starts a thread": "import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    "    return number + 1",
    "leaves a file": "open('left-behind', 'w').close(); return number",
    "takes its own name": "global after; after = len; return 7",
    "patches the report": "import _pytest.runner; _pytest.runner.call_and_report = None; return number",
    "asks for input": "return input()",
}


def edit_of(code: str) -> Edit:
    start = FILES["product.py"].index(BODY)
    return Edit("product.py", start, start + len(BODY), f"    {code}\n")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("batch")


@pytest.fixture(scope="module")
def lab(home: Path) -> Iterator[Lab]:
    def restore() -> None:
        (home / "tree" / "left-behind").unlink(missing_ok=True)

    with Lab([Place(plain_runner(home, FILES), home / "tree", restore)], ALL, {}) as opened:
        yield opened


@pytest.mark.slow
@pytest.mark.parametrize("what", CODES)
def test_an_edit_among_others_is_judged_as_alone(lab: Lab, home: Path, what: str) -> None:
    tests = ALL[:1] if what == "asks for input" else ALL
    right, wrong, odd = edit_of(CODES["right"]), edit_of(CODES["wrong"]), edit_of(CODES[what])
    (alone,) = lab.try_edits([odd], tests)
    verdicts = [result.passes(tests) for result in lab.try_edits([right, wrong, odd, odd, right, wrong, right], tests)]
    expected = alone.passes(tests)
    assert verdicts == [True, False, expected, expected, True, False, True]
    assert files_of(home / "tree") == {name: text.encode() for name, text in FILES.items()}


def test_an_edit_that_is_not_right_is_told_so_without_a_fork_of_its_own(lab: Lab) -> None:
    results = list(lab.try_edits([edit_of(f"return number + {n}") for n in range(2, 30)], ALL))
    assert [result.passes(ALL) for result in results] == [False] * 28
    assert {name for result in results for name in result.statuses} == {ALL[0]}


def test_tests_that_were_red_before_are_asked_first(lab: Lab) -> None:
    list(lab.try_edits([edit_of("return number")] * 3, ALL))
    edits = [edit_of(f"return number + 1 if number else {n}") for n in range(2, 30)]
    results = list(lab.try_edits(edits, ALL))
    assert [result.passes(ALL) for result in results] == [False] * 28
    killer = [*results[0].statuses][-1]
    assert {killer} <= {name for result in results[-8:] for name in result.statuses} <= {ALL[0], killer}


@pytest.mark.parametrize("seconds", [0.3, 0.9])
def test_a_mended_test_may_take_longer_than_to_where_it_failed(tmp_path: Path, seconds: float) -> None:
    test = f"""\
import time
import product

def test_quick():
    assert product.after(1) == 2

def test_long():
    assert product.after(1) == 2
    begin = time.process_time()
    while time.process_time() < begin + {seconds}:
        pass
"""
    text = FILES["product.py"].replace(BODY, "    return number + 7\n")
    start = text.index("7")
    edits = [Edit("product.py", start, start + 1, str(1 if n == 24 else n)) for n in range(6, 37)]
    names = ("test_product.py::test_quick", "test_product.py::test_long")
    runner = plain_runner(tmp_path, {"product.py": text, "test_product.py": test})
    with Lab([Place(runner, tmp_path / "tree")], names, dict.fromkeys(names, 0.001)) as lab:
        for tests in (names, names[1:]) if seconds < 0.5 else (names,):
            results = lab.try_edits(edits, tests)
            assert [result.edit.text for result in results if result.passes(tests)] == ["1"]


def test_a_doctest_that_passes_once_is_run_as_before_by_the_next_edit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f'def after(number):\n    """\n    >>> after(1)\n    2\n    """\n{BODY.replace("+ 1", "+ 5")}'
    files = {"pytest.ini": "[pytest]\naddopts = --doctest-modules\n", "product.py": text}
    start = text.index("+ 5")
    edits = [Edit("product.py", start, start + 3, f"+ {1 if n == 24 else n}") for n in range(6, 37)]
    test = "product.py::product.after"
    with Lab([Place(plain_runner(tmp_path, files), tmp_path / "tree")], [test], {}) as lab:
        asked = requests_of(lab, monkeypatch)
        results = list(lab.try_edits(edits, [test]))
    assert [edit.text for edit, result in zip(edits, results, strict=True) if result.passes([test])] == ["+ 1"]
    assert asked.count("try") == 2  # the first, which is in no batch, and the one that passes


def test_what_nobody_waits_for_any_more_is_not_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_progress, go_on = threading.Event(), threading.Event()

    def pause(kind: str) -> None:
        if kind == "try" and asked.count("try") > 15:
            in_progress.set()
            go_on.wait(60)

    with Lab([Place(plain_runner(tmp_path, FILES), tmp_path / "tree")], ALL[:1], {}) as lab:
        asked = requests_of(lab, monkeypatch, pause)
        results = lab.try_edits([edit_of(CODES["right"])] * 63, ALL[:1])
        assert all(next(results).passes(ALL[:1]) for _ in range(15))
        assert in_progress.wait(60)
        results.close()  # type: ignore[attr-defined]
        go_on.set()
        assert next(lab.try_edits([edit_of(CODES["right"])], ALL[:1])).passes(ALL[:1])
        assert asked.count("try") == 17  # with this one, which had to wait for the only worker


def requests_of(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, pause: Callable[[str], object] = lambda kind: None
) -> list[str]:
    """The kinds of all requests to the lab's one worker, as they come; `pause` is called before each is made."""
    asked: list[str] = []
    (worker,) = lab.workers
    original = worker.ask

    def ask(request: Mapping[str, Any], *arguments: Any, **named: Any) -> dict[str, Any]:
        asked.append(request["kind"])
        pause(request["kind"])
        return original(request, *arguments, **named)

    monkeypatch.setattr(worker, "ask", ask)
    return asked


def test_a_text_is_trimmed_to_what_differs() -> None:
    text = FILES["product.py"]
    whole = Edit("product.py", 0, len(text), apply_edit(text, edit_of("return number + 2")))
    at = text.index("1\n")
    assert trimmed(text, whole) == Edit("product.py", at, at + 1, "2")
    assert trimmed("aaa", Edit("p.py", 0, 3, "aa")) == Edit("p.py", 2, 3, "")
