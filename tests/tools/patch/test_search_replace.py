"""What SEARCH/REPLACE blocks say, and where they leave a choice."""

import pytest

from tools.errors import PatchError
from tools.patch import FilePatch, Hunk, Line, parse_patch

BLOCK = "<<<<<<< SEARCH\na\nb\n=======\na\nc\n>>>>>>> REPLACE\n"
HUNK = Hunk(None, 2, None, 2, "", (Line(" ", "a\n"), Line("-", "b\n"), Line("+", "c\n")))
CHANGED = FilePatch("src/m.py", "src/m.py", (HUNK,))


def refusal(text: str) -> tuple[str, int]:
    """Code and patch line of the refusal."""
    with pytest.raises(PatchError) as error:
        parse_patch(text)
    return error.value.code, error.value.line


def sides(text: str) -> tuple[str, str]:
    """Both sides of the only hunk."""
    (patch,) = parse_patch(text)
    (hunk,) = patch.hunks
    return "".join(hunk.source), "".join(hunk.target)


@pytest.mark.parametrize(
    "text",
    [
        f"src/m.py\n{BLOCK}",
        f"src/m.py\n```python\n{BLOCK}```\n",
        f"```python\nsrc/m.py\n{BLOCK}```\n",
        f"```python src/m.py\n{BLOCK}```\n",
        f"```python\n# src/m.py\n{BLOCK}```\n",
        f"`src/m.py`\n\n```\n{BLOCK}```\n",
        f"**src/m.py**\n{BLOCK}",
        f"**File:** `src/m.py`:\n{BLOCK}",
        f"### src/m.py:\n{BLOCK}",
        f"1. In `src/m.py` the sign is wrong:\n{BLOCK}",
        f"src/m.py (the helper)\n{BLOCK}",
        f"./src/m.py\n{BLOCK}",
        f"The sign in src/m.py is wrong.\n\n{BLOCK}\nThat is all.\n",
        BLOCK.replace("SEARCH", "SEARCH src/m.py"),
        f"src/m.py\n{BLOCK}".replace("\n", "\r\n"),
        f"src/m.py\n{BLOCK}".replace("<<<<<<<", "<<<<<").replace("=======", "=====").replace(">>>>>>>", ">>>>>"),
        f"src/m.py\n{BLOCK}".replace(" REPLACE", ""),
        f"src/m.py\n{BLOCK}".replace(">>>>>>>", ">>>>>"),
        f"src/m.py\n{BLOCK}".replace("REPLACE\n", "UPDATED"),
        "".join(f"  {line}\n" for line in f"src/m.py\n{BLOCK}".splitlines()),
    ],
)
def test_the_path_stands_above_the_block_and_the_markers_may_be_sloppy(text: str) -> None:
    assert parse_patch(text) == (CHANGED,)


def test_blocks_of_one_file_become_hunks_of_one_patch_in_their_order() -> None:
    first, second = BLOCK.replace("b\n", "1\n"), BLOCK.replace("b\n", "2\n")
    text = f"src/m.py\n```\n{first}\n{second}```\n\nAnd the caller:\n\n```\nn.py\n{BLOCK}```\nsrc/m.py\n{BLOCK}"
    patches = parse_patch(text)
    found = [(patch.path, [hunk.source[1] for hunk in patch.hunks]) for patch in patches]
    assert found == [("src/m.py", ["1\n", "2\n", "b\n"]), ("n.py", ["b\n"])]


def test_unchanged_lines_between_changes_are_context() -> None:
    search, replace = "head\nold\n\nsame\nold\ntail\n", "head\nnew\n\nsame\nnew\nmore\ntail\n"
    text = f"m.py\n<<<<<<< SEARCH\n{search}=======\n{replace}>>>>>>> REPLACE\n"
    (patch,) = parse_patch(text)
    kinds = "".join(line.line_type for line in patch.hunks[0].lines)
    assert kinds == " -+  -++ "
    assert sides(text) == (search, replace)


def test_an_empty_search_is_a_new_file_and_an_empty_replace_a_deletion() -> None:
    added = Hunk(None, 0, None, 2, "", (Line("+", "a\n"), Line("+", "\n")))
    removed = Hunk(None, 1, None, 0, "", (Line("-", "b\n"),))
    text = "m.py\n<<<<<<< SEARCH\n=======\na\n\n>>>>>>> REPLACE\nn.py\n<<<<<<< SEARCH\nb\n=======\n>>>>>>> REPLACE\n"
    assert parse_patch(text) == (
        FilePatch(None, "m.py", (added,), None, "100644"),
        FilePatch("n.py", "n.py", (removed,)),
    )


def test_dots_for_lines_left_out_stay_as_they_are() -> None:
    assert sides("m.py\n<<<<<<< SEARCH\na\n...\nb\n=======\na\n...\nc\n>>>>>>> REPLACE\n") == (
        "a\n...\nb\n",
        "a\n...\nc\n",
    )


@pytest.mark.parametrize(
    ("search", "replace"),
    [
        ("Changes\n=======\n- a\n", "Changes\n=======\n- b\n"),
        ("Title\n=======\n\nmore\n\nChanges\n=======\na\n", "Title\n=======\n\nmore\n\nChanges\n=======\nb\n"),
        ("", "Title\n=======\n\nmore\n\nChanges\n=======\na\n"),
        ("- a\nTitle\n=======\n", "- b\nTitle\n=======\n"),
        ("- a\n\nTitle\n=======\n\n", "- b\n\nTitle\n=======\n\n"),
        ("Changelog\n=========\n- a\n", "Changelog\n=========\n- b\n"),
        ("```\n*** Begin Patch\n*** Add File: x\n+++ b/x\n", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"),
    ],
)
def test_headings_and_patches_in_the_file_do_not_divide_a_block(search: str, replace: str) -> None:
    text = f"m.rst\n<<<<<<< SEARCH\n{search}=======\n{replace}>>>>>>> REPLACE\n"
    assert sides(text) == (search, replace)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("m.py\n<<<<<<< SEARCH\na\n=======\nb\n", "truncated", 2),
        ("m.py\n<<<<<<< SEARCH\na\n", "truncated", 2),
        ("m.py\n<<<<<<< SEARCH", "truncated", 2),
        ("m.py\n<<<<<<< SEARCH\na\nb\n>>>>>>> REPLACE\n", "malformed", 2),
        (f"m.py\n<<<<<<< SEARCH\na\n=======\nb\n{BLOCK}", "malformed", 2),
        ("m.py\n<<<<<<< SEARCH\na\n=======\nb\n=======\nc\n>>>>>>> REPLACE\n", "malformed", 2),
        ("m.py\n<<<<<<< SEARCH\na\n======\nb\n>>>>>>> REPLACE\n", "malformed", 2),
        ("m.py\n<<<<<<< SEARCH\nversion\n=======\nversion\n=======\nb\n>>>>>>> REPLACE\n", "malformed", 2),
        ("m.md\n<<<<<<< SEARCH\n=======\n\nold\n=======\n=======\n\nnew\n>>>>>>> REPLACE\n", "malformed", 2),
        ("m.md\n<<<<<<< SEARCH\na\n=======\nb\n=======\nc\n=======\nb\n>>>>>>> REPLACE\n", "malformed", 2),
        ("m.md\n<<<<<<< SEARCH\nNew\n=======\nsection\n=======\na\n>>>>>>> REPLACE\n", "malformed", 2),
        ("m.md\n<<<<<<< SEARCH\nA\n=======\nB\n=======\n=======\nC\n>>>>>>> REPLACE\n", "malformed", 2),
        (f"m.py\n{BLOCK}>>>>>>> REPLACE\n", "malformed", 2),
        (f"m.py\n{BLOCK}\n>>>>>>>\n", "malformed", 2),
        ("m.py\n<<<<<<< SEARCH\na\n=======\na\n>>>>>>> REPLACE\n", "no-change", 2),
        ("m.py\n<<<<<<< SEARCH\n=======\n>>>>>>> REPLACE\n", "no-change", 2),
        ("m.py\n  <<<<<<< SEARCH\n  a\nb\n  =======\n  c\n  >>>>>>> REPLACE\n", "malformed", 2),
        (BLOCK, "no-file", 1),
        (f"Both a.py and b.py are wrong.\n{BLOCK}", "no-file", 2),
        (f"m.py\n{BLOCK}\nThe caller in n.py needs it too.\n{BLOCK}", "no-file", 11),
        (f"m.py\n{BLOCK}+more\n", "malformed", 9),
        (f"m.py\n{BLOCK}--- a/m.py\n+++ b/m.py\n@@ -1 +1 @@\n-a\n+b\n", "malformed", 9),
        (f"m.py\n{BLOCK}*** Update File: m.py\n@@\n-a\n+b\n", "malformed", 9),
        (f"m.py\n{BLOCK}  *** Update File: m.py\n", "malformed", 9),
        (f"m.py\n{BLOCK}------- SEARCH\na\n=======\nb\n+++++++ REPLACE\n", "malformed", 9),
        (f"--- a/m.py\n+++ b/m.py\n@@ -1 +1 @@\n-a\n+b\nm.py\n{BLOCK}", "malformed", 2),
    ],
)
def test_what_is_cut_stands_nowhere_or_can_be_read_twice_is_refused(text: str, code: str, line: int) -> None:
    assert refusal(text) == (code, line)
