"""Our code is small and flat; and the checker that says so catches what it should."""

from pathlib import Path

import pytest

from tests.architecture.sizes import violations

ROOT = Path(__file__).parents[2]
FOLDERS = ("agent", "tools", "prompts", "benchmarks", "tests/architecture")
FORTY_LINES = "def f():\n" + "    x = 1\n" * 40
FOUR_DEEP = """\
def f():
    if a:
        for b in c:
            with d:
                while e:
                    g()
"""


def test_our_code_keeps_within_the_limits() -> None:
    assert violations(ROOT, FOLDERS) == []


VIOLATIONS = {
    "a long file": ("tools/a.py", "x = 1\n" * 301, "tools/a.py:1: 301 lines in the file, at most 300"),
    "a long function": ("tools/a.py", FORTY_LINES + "    x = 1\n", "tools/a.py:1: f has 41 lines, at most 40"),
    "a long method": (
        "tools/a.py",
        "class C:\n    async def f(self):\n" + "        x = 1\n" * 41,
        "tools/a.py:2: f has 41 lines, at most 40",
    ),
    "six parameters": (
        "tools/a.py",
        "def f(a, b, c, /, d, e, g): ...",
        "tools/a.py:1: f takes 6 positional parameters, at most 5",
    ),
    "six collaborators": (
        "tools/a.py",
        "def f(*, a, b, c, d, e, g): ...",
        "tools/a.py:1: f takes 6 keyword-only parameters, at most 5",
    ),
    "nesting four deep": ("tools/a.py", FOUR_DEEP, "tools/a.py:1: f nests 4 deep, at most 3"),
    "nesting in an except": (
        "tools/a.py",
        "def f():\n try:\n  a\n except E:\n  if a:\n   if b:\n    if c:\n     d",
        "tools/a.py:1: f nests 4 deep, at most 3",
    ),
    "nesting in a case": (
        "tools/a.py",
        "def f():\n match a:\n  case 1:\n   if a:\n    if b:\n     if c:\n      d",
        "tools/a.py:1: f nests 4 deep, at most 3",
    ),
    "nesting in an else": (
        "tools/a.py",
        "def f():\n if a:\n  b\n else:\n  if c:\n   if d:\n    if e:\n     g",
        "tools/a.py:1: f nests 4 deep, at most 3",
    ),
    "nesting in an elif": (
        "tools/a.py",
        "def f():\n if a:\n  b\n elif c:\n  if c:\n   if d:\n    if e:\n     g",
        "tools/a.py:1: f nests 4 deep, at most 3",
    ),
}
BROAD = {
    "except Exception": "try:\n    a\nexcept Exception:\n    b",
    "a bare except": "try:\n    a\nexcept:\n    raise E from None",
    "in a tuple": "try:\n    a\nexcept (OSError, BaseException) as e:\n    b",
}


@pytest.mark.parametrize(("path", "source", "message"), VIOLATIONS.values(), ids=VIOLATIONS)
def test_what_is_too_large_is_found(tmp_path: Path, path: str, source: str, message: str) -> None:
    assert found_in(tmp_path, path, source) == [message]


@pytest.mark.parametrize("source", BROAD.values(), ids=BROAD)
def test_catching_everything_is_found_outside_its_two_places(tmp_path: Path, source: str) -> None:
    message = "agent/run/loop.py:3: catches everything; name the exceptions or raise again"
    assert found_in(tmp_path, "agent/run/loop.py", source) == [message]


@pytest.mark.parametrize("path", ["agent/batch/pool.py", "agent/cli/app.py", "tools/testing/plugin/report.py"])
def test_the_places_that_may_catch_everything(tmp_path: Path, path: str) -> None:
    assert found_in(tmp_path, path, BROAD["except Exception"]) == []


FINE = {
    "forty lines": FORTY_LINES,
    "a signature of many lines": "def f(\n" + "\n" * 40 + "):\n    ...",
    "five and five parameters": "class C:\n    def f(self, a, b, c, d, e, *args, g, h, i, j, k, **rest): ...",
    "an elif is no deeper": "def f():\n    if a:\n        b\n" + "    elif a:\n        b\n" * 5,
    "a function inside starts anew": FOUR_DEEP.replace("while e:", "def e():").replace("g()", "if g: h()"),
    "a cleanup that raises again": "try:\n    a\nexcept BaseException:\n    b\n    raise",
}


@pytest.mark.parametrize("source", FINE.values(), ids=FINE)
def test_what_is_small_is_let_pass(tmp_path: Path, source: str) -> None:
    assert found_in(tmp_path, "tools/a.py", source) == []


def test_a_command_may_have_as_many_parameters_as_options(tmp_path: Path) -> None:
    assert found_in(tmp_path, "agent/cli/fix.py", "def fix(*, a, b, c, d, e, f, g, h): ...") == []


def found_in(root: Path, path: str, source: str) -> list[str]:
    (root / path).parent.mkdir(parents=True)
    (root / path).write_text(source, encoding="utf-8")
    return violations(root, FOLDERS)
