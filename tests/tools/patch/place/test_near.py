"""What a refusal tells about the places that came near."""

from tests.tools.patch.place._hunks import file, hunk
from tools.patch.place.near import ambiguous, contradicted, no_context, no_match


def near_miss(lines: str, held: str) -> tuple[str, int]:
    error = no_match(hunk(lines), 1, "f", file(held).lines)
    assert (error.code, error.path, error.hint) == ("no-match", "f", "look at f again and quote its lines exactly")
    return error.message, error.line


def test_places_are_counted_from_one_and_a_long_list_is_cut() -> None:
    one = hunk("-a\n+b\n")
    assert ambiguous(one, 2, "f", [0, 4]).message == "f: hunk 2 fits at lines 1, 5"
    eight = ambiguous(one, 2, "f", range(8)).message
    assert eight == "f: hunk 2 fits at lines 1, 2, 3, 4, 5, 6, 7, 8"
    many = ambiguous(one, 2, "f", range(4, 14))
    assert (many.code, many.path, many.line) == ("ambiguous", "f", 5)
    assert many.message == "f: hunk 2 fits at lines 5, 6, 7, 8, 9, 10, 11, 12 and 2 more"


def test_a_contradiction_names_the_place_and_what_the_header_names() -> None:
    error = contradicted(1, "f", 6, "class A / def g")
    assert (error.code, error.line) == ("ambiguous", 7)
    assert error.message == "f: hunk 1 fits at line 7, which does not lie in what its header names: class A / def g"


def test_a_hunk_without_context_has_no_line() -> None:
    error = no_context(3, "f")
    assert (error.code, error.path, error.line) == ("no-context", "f", 0)
    assert error.message == "f: hunk 3 quotes no line of the file, so its place is not certain"


def test_the_place_where_most_lines_agree_is_shown() -> None:
    assert near_miss(" a\n b\n-c\n+d\n", "a\nx\nx\na\nb\nx\n") == (
        "f: hunk 1 does not fit; its line 3 of 3 says\n        c\nwhere the file has\n    4 | a\n    5 | b\n    6 | x",
        6,
    )


def test_the_first_differing_line_is_shown_with_two_lines_on_either_side() -> None:
    message, line = near_miss(" a\n-b\n+d\n c\n", "1\na\n2\nc\n3\n4\n")
    assert (message.split("has\n")[1], line) == ("    1 | 1\n    2 | a\n    3 | 2\n    4 | c\n    5 | 3", 3)


def test_a_hunk_that_runs_past_the_end_is_shown_the_end() -> None:
    message, line = near_miss(" a\n-b\n", "1\n2\na\n")
    assert (message.split("has\n")[1], line) == ("    2 | 2\n    3 | a\n        (end of file)", 4)


def test_a_hunk_with_no_known_line_is_told_how_it_begins() -> None:
    message = "f: no line of hunk 1 is in the file, which has 2 lines; it begins with\n        q"
    assert near_miss(" \n   q\n-r\n", "a\nb\n") == (message, 0)


def test_lines_shown_are_cut() -> None:
    message, _ = near_miss(f" a\n-{'b' * 500}\n", f"a\n{'c' * 500}\n")
    assert message.splitlines()[1:] == [
        f"        {'b' * 160}",
        "where the file has",
        "    1 | a",
        f"    2 | {'c' * 160}",
    ]


def test_lines_that_only_differ_in_space_are_shown_by_the_last_one() -> None:
    message, line = near_miss(" a\n-  b\n", "a\n    b\n")
    assert (message.splitlines()[0], line) == ("f: hunk 1 does not fit; its line 2 of 2 says", 2)
