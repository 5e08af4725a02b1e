"""A placed hunk says what the file says."""

from tests.tools.patch.place._hunks import file, hunk
from tools.patch import Hunk
from tools.patch.place.fit import Fit
from tools.patch.place.indent import Indentation
from tools.patch.place.own import own_hunk


def text(one: Hunk) -> str:
    return "".join(line.line_type + line.value for line in one.lines)


def owned(lines: str, fit: Fit, held: str) -> str:
    """The hunk's lines after it was laid over a file."""
    return text(own_hunk(hunk(lines), fit, file(held).lines))


def test_an_exact_hunk_only_learns_its_line() -> None:
    one = hunk(" a\n-b\n+c\n", "@@ -9,2 +9,2 @@")
    assert own_hunk(one, Fit("exact", (1, 2)), ["x\n", "a\n", "b\n"]) == Hunk(2, 2, 9, 2, "", one.lines)


def test_an_exact_hunk_that_states_its_line_is_left_as_it_is() -> None:
    one = hunk(" a\n-b\n+c\n", "@@ -2,2 +2,2 @@")
    assert own_hunk(one, Fit("exact", (1, 2)), ["x\n", "a\n", "b\n"]) == one


def test_an_addition_to_an_empty_file_follows_line_zero() -> None:
    own = own_hunk(hunk("+a\n"), Fit("exact", ()), [])
    assert (own.source_start, own.source_length, text(own)) == (0, 0, "+a\n")


def test_a_loose_hunk_quotes_the_file_and_counts_anew() -> None:
    own = own_hunk(hunk(" a\n-b\n+c\n", "@@ -9,2 +9,2 @@"), Fit("line-end", (1, 2)), ["x\r\n", "a\r\n", "b\r\n"])
    assert text(own) == " a\r\n-b\r\n+c\r\n"
    assert (own.source_start, own.source_length, own.target_start, own.target_length) == (2, 2, None, 2)


def test_an_added_line_ends_as_the_line_before_it_else_as_the_one_after() -> None:
    assert owned(" a\n+b\n c\n", Fit("trailing-space", (0, 1)), "a\r\nc\n") == " a\r\n+b\r\n c\n"
    assert owned("+b\n c\n", Fit("trailing-space", (0,)), "c\r\n") == "+b\r\n c\r\n"
    assert owned(" a\n b\n+c\n", Fit("trailing-space", (0, 1)), "a\r\nb\nd\r\n") == " a\r\n b\n+c\n"


def test_added_lines_take_the_indentation_learned() -> None:
    fit = Fit("indent", (0,), Indentation({"": "  "}, 2))
    assert owned("-a\n+b\n+\n+  c\n", fit, "  a\n") == "-  a\n+  b\n+\n+    c\n"


def test_a_line_that_the_hunk_leaves_out_becomes_context() -> None:
    assert owned(" a\n-c\n+d\n", Fit("aligned", (0, 2)), "a\nb\nc\n") == " a\n b\n-c\n+d\n"


def test_a_line_that_the_file_does_not_have_is_gone() -> None:
    assert owned(" a\n invented\n-c\n+d\n", Fit("aligned", (0, None, 1)), "a\nc\n") == " a\n-c\n+d\n"


def test_what_is_added_after_an_elision_comes_after_the_lines_it_stands_for() -> None:
    held = "a\nb\nc\nd\n"
    assert owned(" a\n ...\n+new\n d\n", Fit("aligned", (0, None, 3)), held) == " a\n b\n c\n+new\n d\n"
    assert owned(" a\n+new\n ...\n d\n", Fit("aligned", (0, None, 3)), held) == " a\n+new\n b\n c\n d\n"


def test_a_final_newline_that_is_missing_stays_missing() -> None:
    assert owned("-a\n+b\n", Fit("line-end", (0,)), "a") == "-a+b"


def test_a_last_line_without_an_end_gets_one_before_others_are_added() -> None:
    assert owned(" a\n+b\n", Fit("line-end", (0,)), "a") == "-a+a\n+b"


def test_a_final_newline_goes_or_comes_where_the_patch_says_so() -> None:
    marker = "\\ No newline at end of file\n"
    assert owned(f"-a\n+b\n{marker}", Fit("trailing-space", (0,)), "a \n") == "-a \n+b"
    assert owned(f"-a\n{marker}+b\n", Fit("trailing-space", (0,)), "a ") == "-a +b\n"
