"""What parse_patch reads out of text, and what it refuses to guess."""

import pytest

from tools.errors import PatchError
from tools.patch import FilePatch, Hunk, Line, parse_patch

HEADER = "--- a/m.py\n+++ b/m.py\n"


def refusal(text: str) -> tuple[str, int]:
    """Code and patch line of the refusal."""
    with pytest.raises(PatchError) as error:
        parse_patch(text)
    return error.value.code, error.value.line


def only_hunk(text: str) -> Hunk:
    (patch,) = parse_patch(text)
    (hunk,) = patch.hunks
    return hunk


def names(text: str) -> list[tuple[str | None, str | None]]:
    return [(patch.source_file, patch.target_file) for patch in parse_patch(text)]


def test_a_git_diff_becomes_values_named_as_unidiff_names_them() -> None:
    text = "diff --git a/m.py b/m.py\n" + HEADER + "@@ -3,2 +3,2 @@ def f():\n a\n-b\n+c\n"
    hunk = Hunk(3, 2, 3, 2, "def f():", (Line(" ", "a\n"), Line("-", "b\n"), Line("+", "c\n")))
    assert parse_patch(text) == (FilePatch("m.py", "m.py", (hunk,)),)


@pytest.mark.parametrize(
    ("header", "section"),
    [
        ("@@", ""),
        ("@@ @@", ""),
        ("@@ ... @@", ""),
        ("@@ def f():", "def f():"),
        ("@@ def f(): @@", "def f():"),
        ("@@ ... @@ def f():", "def f():"),
        ("@@ -12,7 @@ def f():", "def f():"),
        ("@@ -0,2 +0,2 @@", ""),
    ],
)
def test_a_header_without_usable_numbers_leaves_the_start_open(header: str, section: str) -> None:
    hunk = only_hunk(f"{HEADER}{header}\n a\n-b\n+c\n")
    assert (hunk.source_start, hunk.target_start, hunk.section_header) == (None, None, section)
    assert (hunk.source_length, hunk.target_length) == (2, 2)


@pytest.mark.parametrize("header", ["@@ -3,2 +3,2", "@@ -3 +3 @@", "@@  -3,5 +3,1 @@", "@@ -3,2 +3,2@@"])
def test_numbers_are_read_from_sloppy_headers_and_counts_from_the_lines(header: str) -> None:
    hunk = only_hunk(f"{HEADER}{header}\n a\n-b\n+c\n")
    assert (hunk.source_start, hunk.source_length, hunk.target_start, hunk.target_length) == (3, 2, 3, 2)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ("--- a/m.py\n+++ b/m.py\n", ("m.py", "m.py")),
        ("--- m.py\n+++ m.py\n", ("m.py", "m.py")),
        ("--- a/m.py\n+++ m.py\n", ("m.py", "m.py")),
        ("--- m.py\n+++ b/m.py\n", ("m.py", "m.py")),
        ("--- ./m.py\n+++ ./m.py\n", ("m.py", "m.py")),
        ("--- i/m.py\n+++ w/m.py\n", ("m.py", "m.py")),
        ("--- a/m.py\t2026-01-02 03:04:05\n+++ b/m.py\t(working copy)\n", ("m.py", "m.py")),
        ("--- m.py.orig\n+++ m.py\n", ("m.py", "m.py")),
        ('--- "a/caf\\303\\251.py"\n+++ "b/caf\\303\\251.py"\n', ("café.py", "café.py")),
        ("diff --git b/m.py b/m.py\n--- b/m.py\n+++ b/m.py\n", ("b/m.py", "b/m.py")),
        ("diff --git a/x b/y.py b/x b/y.py\n--- a/x b/y.py\t\n+++ b/x b/y.py\t\n", ("x b/y.py", "x b/y.py")),
    ],
)
def test_names_lose_prefixes_quotes_and_timestamps(headers: str, expected: tuple[str, str]) -> None:
    assert names(headers + "@@ -1 +1 @@\n-a\n+b\n") == [expected]


def test_dev_null_is_a_marker_and_never_a_path() -> None:
    assert names("--- /dev/null\n+++ b/m.py\n@@ -0,0 +1 @@\n+a\n") == [(None, "m.py")]
    assert names("--- a/m.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n") == [("m.py", None)]
    assert refusal("--- /dev/null\n+++ /dev/null\n@@ -1 +1 @@\n-a\n+b\n") == ("bad-header", 1)


def test_a_rename_keeps_folders_called_a_and_b() -> None:
    assert names("diff --git a/a/x b/b/x\nrename from a/x\nrename to b/x\n") == [("a/x", "b/x")]


def test_a_marker_takes_the_line_end_off_the_line_before_it() -> None:
    hunk = only_hunk(
        f"{HEADER}@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n"
    )
    assert hunk.lines == (Line(" ", "a\n"), Line("-", "b"), Line("+", "c"))


def test_a_marker_in_the_middle_of_a_hunk_is_noise() -> None:
    hunk = only_hunk(f"{HEADER}@@ -1,3 +1,3 @@\n a\n\\ No newline at end of file\n-b\n+c\n d\n")
    assert hunk.source == ["a\n", "b\n", "d\n"]


def test_blank_lines_at_the_end_belong_to_the_hunk_only_when_its_header_counts_them() -> None:
    assert only_hunk(f"{HEADER}@@ -1,3 +1,3 @@\n-b\n+c\n d\n\n\n").source == ["b\n", "d\n", "\n"]
    assert only_hunk(f"{HEADER}@@ @@\n-b\n+c\n d\n\n\n").source == ["b\n", "d\n"]


def test_a_line_that_lost_its_prefix_is_never_dropped_from_the_middle() -> None:
    hunk = only_hunk(f"{HEADER}@@ @@\n+import os\nimport sys\n+import re\n import io\n")
    assert [line.line_type + line.value for line in hunk.lines] == [
        "+import os\n",
        " import sys\n",
        "+import re\n",
        " import io\n",
    ]


def test_an_added_last_line_that_lost_its_plus_is_not_taken_for_prose() -> None:
    hunk = only_hunk(f"{HEADER}@@ @@\n import io\n+import os\n\nimport sys\n")
    assert [line.value for line in hunk.lines] == ["import io\n", "import os\n", "\n", "import sys\n"]


def test_changes_after_a_fence_that_closed_too_early_are_not_dropped() -> None:
    text = f"```diff\n{HEADER}@@ @@\n # Title\n-old\n+new\n```\n+more\n```\n"
    assert refusal(text) == ("malformed", 9)


def test_two_files_may_follow_each_other_without_git_headers() -> None:
    text = f"{HEADER}@@ -1 +1 @@\n-a\n+b\n--- a/n.py\n+++ b/n.py\n@@ -1 +1 @@\n-c\n+d\n"
    assert names(text) == [("m.py", "m.py"), ("n.py", "n.py")]


@pytest.mark.parametrize(
    "text",
    [
        f"{HEADER}@@ -1,9 +1,9 @@\n a\n b\n c\n-d\n+e\n f\n",
        f"{HEADER}@@ -1,9 +1,9 @@\n a\n-d\n+e",
        f"{HEADER}@@ -1,9 +1,9 @@\n a\n b\n-d\n+e\n f\n g\n",
        f"{HEADER}@@ -1,2 +1,2 @@\n a\n-d\n+",
        f"{HEADER}@@ -1,3 +1,3 @@\n a\n b\n-c\n",
        f"{HEADER}@@ -1,2 +1,5 @@\n a\n b\n+c\n+d",
        f"{HEADER}@@ -1,4 +1,5 @@\n a\n b\n c\n+d\n",
    ],
)
def test_a_text_that_ends_before_its_last_hunk_is_refused(text: str) -> None:
    assert refusal(text) == ("truncated", 3)


def test_a_short_last_hunk_that_ends_as_hunks_do_has_a_wrong_count_only() -> None:
    assert only_hunk(f"{HEADER}@@ -1,8 +1,8 @@\n a\n b\n-d\n+e\n f\n g\n").source_length == 5
    assert only_hunk(f"{HEADER}@@ -1,7 +1,7 @@\n a\n b\n-d\n+e\n f\n").source_length == 4
    assert only_hunk(f"{HEADER}@@ -1,4 +1,4 @@\n a\n b\n-d\n+e\n").source_length == 3


def test_blank_context_stripped_off_the_end_of_the_text_is_put_back() -> None:
    assert only_hunk(f"{HEADER}@@ -1,4 +1,5 @@\n a\n+c\n b").source == ["a\n", "b\n", "\n", "\n"]


def test_an_addition_at_the_end_of_a_text_without_line_end_may_be_cut_in_its_line() -> None:
    assert refusal(f"{HEADER}@@ -1,4 +1,5 @@\n a\n b\n+c") == ("truncated", 3)


@pytest.mark.parametrize(
    ("headers", "outer", "inner"),
    [
        ("@@ class A:\n@@ def f(self):\n", ("class A:",), "def f(self):"),
        ("@@ class A:\n@@ -3,2 +3,2 @@ def f(self):\n", ("class A:",), "def f(self):"),
        ("@@ class A:\n@@\n", (), "class A:"),
        ("@@\n@@ def f(self):\n", (), "def f(self):"),
        ("@@ class A:\n\n@@ class B:\n@@ def f(self):\n", ("class A:", "class B:"), "def f(self):"),
    ],
)
def test_anchors_above_one_another_are_kept_from_the_outermost_in(
    headers: str, outer: tuple[str, ...], inner: str
) -> None:
    text = f"{HEADER}{headers} a\n-b\n+c\n@@ def g():\n-d\n+e\n"
    (patch,) = parse_patch(text)
    assert [(hunk.outer_headers, hunk.section_header) for hunk in patch.hunks] == [(outer, inner), ((), "def g():")]


@pytest.mark.parametrize(
    "above",
    [
        "In `src/m.py`:\n\n```diff\n",
        "**src/m.py**\n```diff\n",
        "```diff src/m.py\n",
        "```diff title=src/m.py\n",
        "Two things are wrong in src/m.py (see m.py:12), the second hides the first.\n\nLike so:\n\n```diff\n",
        "Unlike n.py this one is wrong:\n\n### src/m.py\n```diff\n",
    ],
)
def test_a_hunk_without_headers_takes_the_one_path_above_it(above: str) -> None:
    assert names(f"{above}@@ -1 +1 @@\n-a\n+b\n```\n") == [("src/m.py", "src/m.py")]


def test_a_hunk_after_a_closed_file_takes_the_path_named_since() -> None:
    text = f"```diff\n{HEADER}@@ @@\n-a\n+b\n```\n\nAnd src/n.py:\n\n```diff\n@@ @@\n-c\n+d\n```\n"
    assert names(text) == [("m.py", "m.py"), ("src/n.py", "src/n.py")]


@pytest.mark.parametrize("mark", ["---", "+++"])
def test_one_header_line_of_two_is_a_path_above_the_hunk(mark: str) -> None:
    assert names(f"{mark} src/m.py\n@@ -1 +1 @@\n-a\n+b\n") == [("src/m.py", "src/m.py")]


@pytest.mark.parametrize(
    ("rest", "line"),
    [
        ("+added\n context\n", 1),
        ("-removed\n context\n", 1),
        (" context\n-removed\n+added\n\n", 3),
        ("Now m.py:\n-removed\n", 2),
    ],
)
def test_the_end_of_a_hunk_whose_start_was_cut_off_is_not_dropped(rest: str, line: int) -> None:
    assert refusal(f"{rest}{HEADER}@@ -1 +1 @@\n-a\n+b\n") == ("malformed", line)


def test_options_and_lists_in_the_prose_above_are_no_changes() -> None:
    prose = "Run with\n--verbose\n\n+ one more\n- and this\n\n```diff\n"
    assert names(f"{prose}{HEADER}@@ -1 +1 @@\n-a\n+b\n```\n") == [("m.py", "m.py")]


@pytest.mark.parametrize(
    ("above", "line"),
    [
        ("", 1),
        ("The sign is wrong:\n", 2),
        ("Either m.py or n.py is wrong:\n", 2),
        ("m.py is wrong.\n\nn.py is not.\n", 4),
    ],
)
def test_a_hunk_whose_file_nothing_or_two_paths_name_is_refused(above: str, line: int) -> None:
    assert refusal(f"{above}@@ -1 +1 @@\n-a\n+b\n") == ("no-file", line)


def test_content_that_looks_like_headers_is_told_apart_by_the_counts_and_the_names() -> None:
    inside = f"{HEADER}@@ -1,3 +1,3 @@\n-a\n+b\n c\n--- a/old\n+++ b/new\n@@ -9 +9 @@\n-c\n+d\n"
    (patch,) = parse_patch(inside)
    assert [hunk.target for hunk in patch.hunks] == [["b\n", "c\n", "++ b/new\n"], ["d\n"]]
    assert names(inside.replace("b/new", "b/old")) == [("m.py", "m.py"), ("old", "old")]


def test_a_fence_in_the_file_does_not_end_a_hunk_where_no_fence_is_open() -> None:
    hunk = only_hunk(f"{HEADER}@@ @@\n-old\n+new\n```\n+more\n end\n")
    assert [line.value for line in hunk.lines] == ["old\n", "new\n", "```\n", "more\n", "end\n"]


def test_a_fence_that_only_closes_ends_the_hunk() -> None:
    assert only_hunk(f"{HEADER}@@ @@\n-old\n+new\n```\nThat is all.\n").source == ["old\n"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "no-diff"),
        ("\n", "no-diff"),
        ("5c5\n< a\n---\n> b\n", "no-diff"),
        ("diff --cc m.py\n@@@ -1,1 -1,1 +1,1 @@@\n- a\n", "unsupported-format"),
        ("*** a/m.py\n--- b/m.py\n***************\n*** 1 ****\n! a\n", "unsupported-format"),
        ("diff --git a/m.py b/n.py\n" + HEADER + "@@ @@\n-a\n+b\n", "bad-header"),
        ("--- /dev/null\n+++ b/m.py\n@@ -0,0 +1,2 @@\n a\n+b\n", "malformed"),
        ("--- a/m.py\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n+b\n", "malformed"),
        (HEADER + "@@ -1 +1 @@\n-a\n+\ud800\n", "bad-text"),
        (HEADER + "@@ @@\n-a\n+b\n*** Update File: n.py\n@@\n-a\n+b\n", "malformed"),
        (HEADER + "@@ @@\n-a\n+b\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n", "malformed"),
        (HEADER + "\n  +a\n@@ @@\n-a\n+b\n", "malformed"),
        (f"```diff\n{HEADER}@@ @@\n-a\n+b\n```\n1. And:\n   @@ -9 +9 @@\n   -c\n   +d\n", "malformed"),
    ],
)
def test_what_is_no_clear_unified_diff_is_refused(text: str, code: str) -> None:
    assert refusal(text)[0] == code


def test_a_header_with_absurd_numbers_is_read_as_one_without() -> None:
    assert only_hunk(f"{HEADER}@@ -{'9' * 5000},1 +1 @@\n-a\n+b\n").source_start is None
