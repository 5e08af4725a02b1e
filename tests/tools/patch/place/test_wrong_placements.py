"""Wrong placements that tests/property/test_placement.py once found, cut down; each is refused or right."""

import pytest

from tests.tools.patch.place._hunks import hunks
from tools.errors import PatchError
from tools.patch.splice import apply_hunks

TWIN = "def load(path):\n    with open(path) as source:\n        data = json.load(source)\n"
FAR = "".join(f"step_{number}(number={number})\n" for number in range(30))
TRIPLE = TWIN + TWIN + FAR + TWIN
LINES = " def laod(path):\n     with open(path) as source:\n-        data = json.load(source)\n+        data = {}\n"


def test_three_equal_places_without_a_line_are_refused() -> None:
    """The first two doubt each other and are dropped; the third is then alone, and taken."""
    with pytest.raises(PatchError):
        apply_hunks("f", hunks(f"@@ @@\n{LINES}"), TRIPLE)


def test_of_three_equal_places_the_one_stated_is_taken_or_none() -> None:
    """The first is right, and stated right."""
    right = TRIPLE.replace("json.load(source)", "{}", 1)
    try:
        outcome, _ = apply_hunks("f", hunks(f"@@ -1,3 +1,3 @@\n{LINES}"), TRIPLE)
    except PatchError:
        return
    assert outcome == right


LOOP = "    for part in page.parts:\n        part.load()\n        log(part)\n"
LOOPS = f"def load(page):\n{LOOP}{FAR}{LOOP}"
ELIDED = "@@ -1,4 +1,5 @@\n def load(page):\n ...\n         part.load()\n+        check(part)\n         log(part)\n"


def test_two_alignments_with_one_start_are_not_told_apart_by_the_stated_line() -> None:
    """An elision reaches to the nearer or to the farther of two look-alikes; both fits start at line 1."""
    right = LOOPS.replace("        part.load()\n", "        part.load()\n        check(part)\n", 1)
    try:
        outcome, _ = apply_hunks("f", hunks(ELIDED), LOOPS)
    except PatchError:
        return
    assert outcome == right
