"""A text is cut at a border, and says what is left out."""

from tools.clip import last_lines, lines_to_show


def test_the_end_of_a_text_is_kept_in_whole_lines() -> None:
    text = "".join(f"line {n}\n" for n in range(100))
    assert last_lines(text, 24) == "[... 98 lines left out ...]\nline 98\nline 99\n"


def test_what_is_hardly_too_long_is_left_whole() -> None:
    assert last_lines("a" * 120, 100) == "a" * 120
    assert lines_to_show(["x"] * 120, 100) == 120


def test_a_single_long_line_is_cut_all_the_same() -> None:
    assert last_lines("a" * 200, 100) == "[... 0 lines left out ...]\n" + "a" * 100


def test_lines_end_before_a_definition_and_its_decorators() -> None:
    lines = ["x = 1"] * 8 + ["@once", "def f():"] + ["    pass"] * 20
    assert lines_to_show(lines, 10) == 8


def test_without_a_border_near_by_as_many_as_allowed_are_shown() -> None:
    assert lines_to_show(["def f():", *["    pass"] * 30], 10) == 10
