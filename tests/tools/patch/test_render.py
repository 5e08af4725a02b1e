"""The canonical diff, letter by letter."""

from tools.patch import Change, FilePatch, Hunk, Line, git_diff, parse_patch, render


def test_a_change_is_shown_with_three_lines_around_it() -> None:
    before = "".join(f"{number}\n" for number in range(1, 21))
    after = before.replace("9\n", "nine\n", 1).replace("19\n", "nineteen\n")
    assert git_diff([Change("x", before.encode(), after.encode(), 0o644)]) == (
        "diff --git a/x b/x\n--- a/x\n+++ b/x\n"
        "@@ -6,7 +6,7 @@\n 6\n 7\n 8\n-9\n+nine\n 10\n 11\n 12\n"
        "@@ -16,5 +16,5 @@\n 16\n 17\n 18\n-19\n+nineteen\n 20\n"
    )


def test_new_removed_and_empty_files_have_git_s_headers() -> None:
    changes = [
        Change("new", None, b"a\n", 0o755),
        Change("empty", None, b"", 0o600),
        Change("old", b"a", None, 0o644),
    ]
    assert git_diff(changes) == (
        "diff --git a/new b/new\nnew file mode 100755\n--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+a\n"
        "diff --git a/empty b/empty\nnew file mode 100644\n"
        "diff --git a/old b/old\ndeleted file mode 100644\n--- a/old\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"
        "\\ No newline at end of file\n"
    )


def test_a_mode_change_shows_both_modes_but_only_where_git_sees_one() -> None:
    shown = "diff --git a/x b/x\nold mode 100644\nnew mode 100755\n"
    assert git_diff([Change("x", b"a\n", b"a\n", 0o750, source_mode=0o640)]) == shown
    assert git_diff([Change("x", b"a\n", b"a\n", 0o600, source_mode=0o644)]) == "diff --git a/x b/x\n"


def test_names_are_quoted_as_git_quotes_them() -> None:
    head = git_diff([Change('a "b"\tc', b"x\n", b"y\n", 0o644)]).splitlines()[:3]
    assert head == [
        'diff --git "a/a \\"b\\"\\tc" "b/a \\"b\\"\\tc"',
        '--- "a/a \\"b\\"\\tc"',
        '+++ "b/a \\"b\\"\\tc"',
    ]


def test_anchors_around_a_hunk_stand_above_it_and_are_read_again() -> None:
    lines = (Line("-", "a\n"), Line("+", "b\n"))
    hunk = Hunk(3, 1, 3, 1, "def f(self):", lines, outer_headers=("class A:", "class B:"))
    patches = (FilePatch("x", "x", (hunk, Hunk(None, 1, None, 1, "def g():", lines, outer_headers=("class C:",)))),)
    assert render(patches) == (
        "diff --git a/x b/x\n--- a/x\n+++ b/x\n"
        "@@ class A:\n@@ class B:\n@@ -3 +3 @@ def f(self):\n-a\n+b\n"
        "@@ class C:\n@@ ... @@ def g():\n-a\n+b\n"
    )
    assert parse_patch(render(patches)) == patches


def test_no_changes_are_an_empty_text() -> None:
    assert git_diff([]) == ""
