"""Which places a header speaks for."""

import pytest

from tests.tools.patch.place._hunks import file, hunk
from tools.patch.place.fit import FileLines, Fit
from tools.patch.place.scope import anchors_of, inside, is_definite, outside

SHOP = file(
    """\
import log

class Cart:
    def add(self, item):
        self.total += 1

    async def close(self):
        self.total += 1

class CartView:
    def add(self, item):
        self.total += 1

total += 1
"""
)
PLACES = SHOP.places("indent", ["self.total += 1\n"])


def lines_named(header: str, held: FileLines = SHOP) -> list[int]:
    """The lines (from 1) of the places inside what a header names."""
    one = hunk("-        self.total += 1\n+        self.total += 2\n", header)
    fits = [Fit("exact", (at,)) for at in PLACES]
    return [fit.start + 1 for fit in inside(fits, one, held)]


def test_the_file_has_three_places() -> None:
    assert [at + 1 for at in PLACES] == [5, 8, 12]


NAMED = {
    "nothing": ("@@ @@", []),
    "a class by its words": ("@@ @@ class Cart:", [5, 8]),
    "a class by its words without the colon": ("@@ @@ class CartView", [12]),
    "a name alone": ("@@ @@ CartView", [12]),
    "a name that two places have": ("@@ @@ def add", [5, 12]),
    "a call for a definition": ("@@ @@ add(self, item)", [5, 12]),
    "an async function": ("@@ @@ def close(self):", [8]),
    "a method with its class": ("@@ @@ Cart.add", [5]),
    "a method with its class as a definition": ("@@ @@ def CartView.add(self, item):", [12]),
    "stacked anchors": ("@@ class Cart:\n@@ def add(self, item):", [5]),
    "stacked anchors that do not belong together": ("@@ class CartView:\n@@ async def close(self):", []),
    "a name that nothing has": ("@@ @@ def remove(self):", []),
    "the beginning of a longer name": ("@@ @@ class Car", []),
    "what comes before and holds no place": ("@@ @@ import log", []),
}


@pytest.mark.parametrize(("header", "expected"), NAMED.values(), ids=NAMED)
def test_a_header_speaks_for_the_places_in_what_it_names(header: str, expected: list[int]) -> None:
    assert lines_named(header) == expected


def test_a_heading_above_counts_where_nothing_holds_the_place() -> None:
    held = file("[wall]\nred\n[roof]\nred\n")
    fits = [Fit("exact", (at,)) for at in (1, 3)]
    assert inside(fits, hunk("-red\n+blue\n", "@@ @@ [roof]"), held) == [fits[1]]


def test_a_definition_that_the_hunk_quotes_itself_may_be_named() -> None:
    fit = Fit("exact", (3, 4))
    one = hunk("     def add(self, item):\n-        self.total += 1\n", "@@ @@ def add(self, item):")
    assert inside([fit], one, SHOP) == [fit]


def test_a_definition_quoted_below_the_change_does_not_count() -> None:
    fit = Fit("exact", (2, 3))
    one = hunk("-class Cart:\n     def add(self, item):\n", "@@ @@ def add(self, item):")
    assert inside([fit], one, SHOP) == []


def test_a_line_that_is_not_in_the_file_is_passed_over() -> None:
    fit = Fit("aligned", (None, 3, 4))
    one = hunk(" \n     def add(self, item):\n-        self.total += 1\n", "@@ @@ def add(self, item):")
    assert inside([fit], one, SHOP) == [fit]


def test_a_bracket_further_left_opens_nothing() -> None:
    held = file("setup(\n    [\n)\n    a\n    b\n")
    fit = Fit("exact", (4,))
    assert [inside([fit], hunk("-    b\n", f"@@ @@ {name}"), held) for name in ("setup(", ")")] == [[fit], []]


def test_text_further_left_than_its_code_hides_no_definition() -> None:
    held = file("def f():\n    text = '''\nleft\n'''\n    return text\n\ndef g():\n    return text\n")
    fits = [Fit("exact", (at,)) for at in (4, 7)]
    assert inside(fits, hunk("-    return text\n", "@@ @@ def f():"), held) == [fits[0]]


def test_where_something_is_added_it_is_the_line_before_that_counts() -> None:
    held = file("def f():\n    a\n\ndef g():\n    a\n")
    after, before = Fit("exact", (0, 1)), Fit("exact", (3, 4))
    assert inside([after, before], hunk(" def f():\n+    b\n     a\n", "@@ @@ def g():"), held) == [before]


def test_anchors_are_read_outermost_first_and_dots_open_a_class() -> None:
    assert anchors_of(hunk("-a\n", "@@ class A:\n@@ def f(self):")) == ["class A:", "def f(self):"]
    assert anchors_of(hunk("-a\n", "@@ @@ A.B.f")) == ["A", "B", "f"]
    assert anchors_of(hunk("-a\n")) == []


def test_a_definition_is_definite_and_any_other_line_is_not() -> None:
    headers = ["def f():", "    async def f():", "class A", "export function f() {", "A.f", "f", "x = 1", "[roof]", ""]
    assert [is_definite(hunk("-a\n", f"@@ @@ {header}")) for header in headers] == [True] * 5 + [False] * 4


OUTSIDE = {
    "in it": ("@@ @@ def add(self, item):", 4, ""),
    "in another": ("@@ @@ def add(self, item):", 7, "def add(self, item):"),
    "in another class": ("@@ @@ CartView.add", 4, "CartView / add"),
    "of a definition that the file does not have": ("@@ @@ def remove(self):", 4, ""),
    "in a class of which only half is known": ("@@ @@ CartView.remove", 4, ""),
    "of what is no definition": ("@@ @@ import log", 4, ""),
    "without a header": ("@@ @@", 4, ""),
}


@pytest.mark.parametrize(("header", "at", "expected"), OUTSIDE.values(), ids=OUTSIDE)
def test_a_place_outside_says_what_the_header_names(header: str, at: int, expected: str) -> None:
    assert outside(Fit("exact", (at,)), hunk("-        self.total += 1\n", header), SHOP) == expected
