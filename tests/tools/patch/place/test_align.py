"""Hunks that quote a file badly: laid where they surely belong, or nowhere."""

from dataclasses import replace

from tests.tools.patch.place._hunks import file, hunk
from tools.patch.place.align import RULE, aligned
from tools.patch.place.fit import Fit
from tools.patch.place.indent import Indentation

LOADER = """\
import json

def load(path):
    with open(path) as source:
        data = json.load(source)
    if not data:
        raise ValueError(path)
    return data

def save(path, data):
    with open(path, "w") as target:
        json.dump(data, target)
    log.info("saved %s", path)
"""
MISQUOTED = " def laod(path):\n     with open(path) as source:\n-        data = json.load(source)\n"
FAR = "".join(f"step_{number}(number={number})\n" for number in range(60))


def rows(lines: str, held: str = LOADER, path: str = "f") -> list[tuple[int | None, ...]]:
    """Where each source line of the hunk is laid, for every alignment that is good enough; lines count from 0."""
    return [fit.rows for fit in aligned(hunk(lines), file(held, path))]


def test_a_misquoted_context_line_stands_for_the_line_it_is_like() -> None:
    assert rows(MISQUOTED) == [(2, 3, 4)]


def test_a_context_line_left_out_is_stepped_over() -> None:
    assert rows(" def load(path):\n         data = json.load(source)\n-    if not data:\n+    if data is None:\n") == [
        (2, 4, 5)
    ]


def test_a_context_line_that_is_not_there_is_laid_on_nothing() -> None:
    lines = " def load(path):\n     # Read.\n     with open(path) as source:\n-        data = json.load(source)\n"
    assert rows(f"{lines}     if not data:\n") == [(2, None, 3, 4, 5)]


def test_an_elision_stands_for_any_number_of_lines() -> None:
    for marker in ("...", "    ...", "    # ... existing code ...", "// ... rest unchanged", "[...]"):
        lines = f" def load(path):\n {marker}\n-    return data\n+    return data or None\n"
        assert rows(lines) == [(2, None, 7)], marker


def test_an_ellipsis_that_says_something_else_elides_nothing() -> None:
    lines = " def load(path):\n ...tail\n-    return data\n+    return data or None\n"
    assert rows(lines) == []


def test_a_slip_within_a_word_of_a_removed_line_is_forgiven() -> None:
    lines = " def load(path):\n     with open(path) as source:\n-        data = json.load(sorce)\n+        data = {}\n"
    assert rows(lines) == [(2, 3, 4)]


def test_a_removed_line_with_another_word_is_another_line() -> None:
    lines = " def load(path):\n     with open(path) as source:\n-        text = json.load(source)\n+        text = {}\n"
    assert rows(lines) == []


def test_another_number_in_a_removed_line_is_another_line() -> None:
    held = "def wait(port):\n    connect(port)\n    time.sleep(1000)\n"
    lines = " def wait(prot):\n     connect(port)\n-    time.sleep({})\n"
    assert rows(lines.format(1000), held) == [(0, 1, 2)]
    assert rows(lines.format(1001), held) == []


def test_too_little_that_is_right_is_not_enough() -> None:
    assert rows(" def laod(path):\n     with opne(path) as source:\n-        data = json.laod(source)\n") == []
    assert rows(" def load(path):\n     one = two()\n     three = four()\n-    return data\n") == []


def test_an_addition_beside_a_line_left_out_has_two_places() -> None:
    assert rows(" def load(path):\n+    check(path)\n         data = json.load(source)\n     if not data:\n") == []


def test_an_addition_between_neighbours_has_one() -> None:
    lines = " def laod(path):\n     with open(path) as source:\n+        check()\n         data = json.load(source)\n"
    assert rows(lines) == [(2, 3, 4)]


def test_an_addition_after_an_elision_is_held_by_the_line_that_follows() -> None:
    lines = " def load(path):\n     ...\n+    check(data)\n     if not data:\n         raise ValueError(path)\n"
    assert rows(lines) == [(2, None, 5, 6)]


def test_an_addition_between_two_elisions_has_no_place() -> None:
    assert rows(" def load(path):\n     ...\n+    check(data)\n     ...\n     return data\n") == []


def test_a_line_left_out_among_removed_ones_is_not_removed_in_silence() -> None:
    assert rows(" def load(path):\n     with open(path) as source:\n-    if not data:\n-    return data\n") == []


def test_a_line_left_out_beside_removed_ones_stays_unless_more_lines_come_than_go() -> None:
    lines = " def load(path):\n-    with open(path) as source:\n{}     if not data:\n         raise ValueError(path)\n"
    assert rows(lines.format("+    with path.open() as source:\n")) == [(2, 3, 5, 6)]
    assert rows(lines.format("+    with path.open() as source:\n+        data = json.load(source)\n")) == []


def test_blank_lines_that_end_a_hunk_must_be_there_or_the_file_ends() -> None:
    lines = MISQUOTED + " \n"
    assert rows(lines) == []
    assert rows(lines, LOADER[: LOADER.index("    if not")]) == [(2, 3, 4, None)]


def test_a_blank_line_may_be_left_out_beside_an_addition_only_in_python() -> None:
    held = "def load(path):\n    return path\n\ndef save(path):\n    return None\n"
    lines = " def load(path):\n     return path\n+\n+def check(path):\n+    return True\n def save(path):\n"
    assert rows(lines, held, "f.py") == [(0, 1, 3)]
    assert rows(lines, held, "f.txt") == []


def test_of_two_places_the_one_that_is_clearly_more_alike_wins() -> None:
    held = LOADER + LOADER.replace("load", "read").replace("source", "handle")
    assert rows(MISQUOTED, held) == [(2, 3, 4)]


def test_equal_places_far_apart_are_all_kept_for_evidence_to_choose() -> None:
    assert rows(MISQUOTED, LOADER + FAR + LOADER) == [(2, 3, 4), (75, 76, 77)]


def test_equal_places_side_by_side_are_refused() -> None:
    held = "def load(path):\n    with open(path) as source:\n        data = json.load(source)\n" * 2
    assert rows(MISQUOTED, held) == []


def test_lines_indented_otherwise_teach_the_indentation_of_what_is_added() -> None:
    lines = " def laod(path):\n   with open(path) as source:\n-    data = json.load(source)\n+    data = {}\n"
    shallow = {"": "", "  ": "    ", "    ": "        "}
    assert aligned(hunk(lines), file(LOADER)) == [Fit(RULE, (2, 3, 4), Indentation(shallow))]


def test_an_indentation_that_teaches_nothing_is_refused() -> None:
    lines = " def laod(path):\n     with open(path) as source:\n-        data = json.load(source)\n+      data = {}\n"
    assert rows(lines) == [(2, 3, 4)]
    assert rows(lines.replace("     with", "   with").replace("-        data", "-     data")) == []


def test_a_hunk_that_ends_the_file_is_laid_on_its_last_line() -> None:
    one = hunk(' def sav(path, data):\n-        json.dump(data, target)\n     log.info("saved %s", path)\n')
    last = replace(one, ends_file=True)
    twice = file(LOADER + FAR + LOADER)
    assert {fit.rows for fit in aligned(one, twice)} == {(9, 11, 12), (82, 84, 85)}
    assert {fit.rows for fit in aligned(last, twice)} == {(82, 84, 85)}
    assert aligned(last, file(LOADER + FAR)) == []


def test_a_hunk_of_strange_lines_is_laid_nowhere() -> None:
    assert rows(" apple pie\n-banana split\n+cherry cake\n") == []
    assert rows(" apple pie\n-banana split\n+cherry cake\n", "") == []
