"""What is read between `*** Begin Patch` and `*** End Patch`, and what is refused."""

import pytest

from tools.errors import PatchError
from tools.patch import FilePatch, Hunk, Line, parse_patch

UPDATE = "*** Begin Patch\n*** Update File: m.py\n"
END = "*** End Patch\n"
CHANGE = " a\n-b\n+c\n"


def hunk(*anchors: str, ends_file: bool = False) -> Hunk:
    """CHANGE as a hunk."""
    lines = (Line(" ", "a\n"), Line("-", "b\n"), Line("+", "c\n"))
    return Hunk(None, 2, None, 2, anchors[-1] if anchors else "", lines, anchors[:-1], ends_file)


CHANGED = FilePatch("m.py", "m.py", (hunk(),))


def refusal(text: str) -> tuple[str, int]:
    """Code and patch line of the refusal."""
    with pytest.raises(PatchError) as error:
        parse_patch(text)
    return error.value.code, error.value.line


def new_file(text: str) -> str:
    """The content of the one file that is created."""
    (patch,) = parse_patch(text)
    assert (patch.source_file, patch.target_file, patch.target_mode) == (None, "m.py", "100644")
    return "".join(line for hunk in patch.hunks for line in hunk.target)


def test_every_kind_of_file_header_is_read() -> None:
    text = (
        f"{UPDATE}@@\n{CHANGE}*** Update File: old.py\n*** Move to: new/old.py\n@@\n{CHANGE}"
        f"*** Add File: added.py\n+x\n*** Delete File: gone.py\n{END}"
    )
    added = Hunk(None, 0, None, 1, "", (Line("+", "x\n"),))
    assert parse_patch(text) == (
        CHANGED,
        FilePatch("old.py", "new/old.py", (hunk(),)),
        FilePatch(None, "added.py", (added,), None, "100644"),
        FilePatch("gone.py", None),
    )


@pytest.mark.parametrize(
    "text",
    [
        f"{UPDATE}{CHANGE}{END}",
        f"{UPDATE}\n@@\n{CHANGE}{END}",
        f"*** Update File: m.py\n@@\n{CHANGE}",
        f"*** Update File: m.py\n@@\n{CHANGE}{END}",
        f"*** Begin Patch\n{UPDATE}@@\n{CHANGE}{END}{END}",
        f"{UPDATE}@@\n{CHANGE}*** End Patch",
        f"Here it is:\n\n```diff\n{UPDATE}@@\n{CHANGE}{END}```\n\nThe tests pass now.\n",
        f"```\n{UPDATE}@@\n{CHANGE}```\n",
        f"apply_patch <<'EOF'\n{UPDATE}@@\n{CHANGE}{END}EOF\n",
        f"apply_patch <<'EOF'\n{UPDATE}@@\n{CHANGE}EOF",
        f"{UPDATE}@@\n{CHANGE}{END}".replace("\n", "\r\n"),
        f"{UPDATE}--- a/m.py\n+++ b/m.py\n@@\n{CHANGE}{END}",
        f"{UPDATE}@@ ... @@\n{CHANGE}{END}",
        f"*** begin patch\n*** update file: `./m.py`\n@@\n{CHANGE}*** end patch\n",
        "".join(f"    {line}\n" for line in f"{UPDATE}@@\n{CHANGE}{END}".splitlines()),
    ],
)
def test_markers_may_be_missing_doubled_or_wrapped(text: str) -> None:
    assert parse_patch(text) == (CHANGED,)


@pytest.mark.parametrize(
    ("headers", "anchors"),
    [
        ("@@ def f():\n", ("def f():",)),
        ("@@ class A:\n@@     def f(self):\n", ("class A:", "def f(self):")),
        ("@@ class A:\n\n@@ class B:\n@@ def f(self):\n", ("class A:", "class B:", "def f(self):")),
        ("@@ class A:\n@@\n", ("class A:",)),
        ("@@ class A @@ def f\n", ("class A", "def f")),
    ],
)
def test_stacked_anchors_are_kept_from_the_outermost_in(headers: str, anchors: tuple[str, ...]) -> None:
    (patch,) = parse_patch(f"{UPDATE}{headers}{CHANGE}{END}")
    assert patch.hunks == (hunk(*anchors),)


def test_numbers_in_a_header_are_hints_as_in_a_unified_diff() -> None:
    (patch,) = parse_patch(f"{UPDATE}@@ -7,9 +8,9 @@ def f():\n{CHANGE}{END}")
    (found,) = patch.hunks
    assert (found.source_start, found.source_length, found.target_start, found.section_header) == (7, 2, 8, "def f():")


def test_a_hunk_at_the_end_of_the_file_says_so() -> None:
    (patch,) = parse_patch(f"{UPDATE}@@\n{CHANGE}@@ def f():\n{CHANGE}*** End of File\n{END}")
    assert patch.hunks == (hunk(), hunk("def f():", ends_file=True))


def test_lines_without_a_prefix_are_context() -> None:
    (patch,) = parse_patch(f"{UPDATE}@@\na\n\n-b\n+c\n{END}")
    assert patch.hunks[0].source == ["a\n", "\n", "b\n"]


def test_lines_that_look_like_headers_of_a_diff_are_lines_of_a_hunk() -> None:
    (patch,) = parse_patch(f"{UPDATE}--- old\n+++ new\n@@\n{CHANGE}{END}")
    assert [(found.source, found.target) for found in patch.hunks] == [
        (["-- old\n"], ["++ new\n"]),
        (["a\n", "b\n"], ["a\n", "c\n"]),
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("+a\n+\n+b\n", "a\n\nb\n"),
        ("+a\n\n+b\n\n", "a\n\nb\n"),
        ("+a\n*** End of File\n", "a\n"),
        ("@@\n+a\n", "a\n"),
        ("--- /dev/null\n+++ b/m.py\n@@ -0,0 +1 @@\n+a\n", "a\n"),
        ("# Title\n\n```\n- b\n```\n", "# Title\n\n```\n- b\n```\n"),
        ("", ""),
    ],
)
def test_a_new_file_is_read_although_its_lines_lost_every_plus_or_the_blank_ones(content: str, expected: str) -> None:
    assert new_file(f"*** Begin Patch\n*** Add File: m.py\n{content}{END}") == expected


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("*** Begin Patch\n*** Add File: m.py\n+a\nb\n*** End Patch\n", "malformed", 2),
        ("*** Begin Patch\n*** Add File: m.py\na\nb\n", "truncated", 2),
        ("*** Begin Patch\n*** Add File: m.py\n", "truncated", 2),
        ("*** Begin Patch\n*** Add File: m.py\n+a\n+b", "truncated", 2),
        (f"{UPDATE}@@\n a\n-b\n+c", "truncated", 3),
        (f"{UPDATE}@@\n{CHANGE}", "truncated", 3),
        ("*** Begin Patch\n*** Delete File: m.py", "truncated", 2),
        (f"{UPDATE}*** Move to: n", "truncated", 2),
        (f"{UPDATE}@@\n a\n{END}", "no-change", 3),
        (f"{UPDATE}@@ def f():\n{END}", "no-change", 3),
        (f"{UPDATE}{END}", "no-hunks", 0),
        (f"{UPDATE}@@\n-b\n+b\n{END}", "no-change", 0),
        (f"*** Begin Patch\n*** Update File:\n@@\n{CHANGE}{END}", "bad-header", 2),
        (f"{UPDATE}--- a/n.py\n+++ b/n.py\n@@\n{CHANGE}{END}", "bad-header", 3),
        (f"{UPDATE}@@\n{CHANGE}*** Move to: n.py\n{END}", "malformed", 7),
        (f"{UPDATE}@@\n{CHANGE}*** Rename File: n.py\n{END}", "malformed", 7),
        (f"*** Begin Patch\n*** Copy File: n.py\n{UPDATE}@@\n{CHANGE}{END}", "malformed", 2),
        (f"*** Begin Patch\n@@\n{CHANGE}{UPDATE}@@\n{CHANGE}{END}", "no-file", 2),
        (f"{UPDATE}@@\n{CHANGE}{END}+d\n", "malformed", 8),
        (f"{UPDATE}@@\n{CHANGE}*** End of File\n+d\n{END}", "malformed", 8),
        (f"{UPDATE}@@\n{CHANGE}{END}\n1. And:\n\n   *** Delete File: n.py\n", "malformed", 11),
        (f"{UPDATE}@@\n{CHANGE}--- a/n.py\n+++ b/n.py\n@@\n{CHANGE}{END}", "malformed", 7),
        (f"{UPDATE}@@\n{CHANGE}diff --git a/n.py b/n.py\n--- a/n.py\n+++ b/n.py\n@@\n{CHANGE}{END}", "malformed", 7),
        (f"{UPDATE}@@\n{CHANGE}{END}n.py\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n", "malformed", 9),
        (f">>>>>>> REPLACE\n{UPDATE}@@\n{CHANGE}{END}", "malformed", 1),
        (f"*** Add File: m.py\n{UPDATE}@@\n{CHANGE}{END}", "truncated", 1),
        (f"--- a/n.py\n+++ b/n.py\n@@\n{CHANGE}{UPDATE}@@\n{CHANGE}{END}", "malformed", 8),
    ],
)
def test_what_is_cut_stands_nowhere_or_mixes_formats_is_refused(text: str, code: str, line: int) -> None:
    assert refusal(text) == (code, line)


def test_the_wrapper_alone_does_not_make_a_unified_diff_another_format() -> None:
    assert parse_patch(f"*** Begin Patch\n--- a/m.py\n+++ b/m.py\n@@\n{CHANGE}{END}") == (CHANGED,)
