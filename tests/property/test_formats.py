"""What must hold for any change in each of the three formats: the lines are read right, or refused; junk never more."""

import random
from difflib import SequenceMatcher

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from unidiff.patch import PatchSet

from tools.errors import PatchError
from tools.patch import Change, git_diff, parse_patch

quick = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)

# Lines of files that speak of patches, headings and fences.
WORDS = [
    "    return None\n",
    "\n",
    "    x = 1\n",
    "def f():\n",
    "-- a\n",
    "++ b\n",
    "@@ -1 +1 @@\n",
    "*** End Patch\n",
    "*** Update File: f\n",
    "diff --git a/f b/f\n",
    "--- a/f\n",
    "+++ b/f\n",
    "======\n",
    "```\n",
    "A sentence of prose.\n",
    "end  \n",
    "...\n",
]
files = st.lists(st.sampled_from(WORDS), min_size=1, max_size=60)
seeds = st.integers(0, 2**32)

Sides = list[tuple[list[str], list[str]]]
Group = list[tuple[str, str]]


def groups(before: list[str], seed: int, context: int) -> list[Group]:
    """A few random edits of the lines as hunks of (kind, line)."""
    chance = random.Random(seed)
    after = list(before)
    for _ in range(chance.randint(1, 6)):
        at = chance.randint(0, len(after))
        after[at : at + chance.randint(0, 3)] = chance.choices(WORDS, k=chance.randint(0, 3))
    found: list[Group] = []
    for opcodes in SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(context):
        group: Group = []
        for tag, start, end, new_start, new_end in opcodes:
            if tag == "equal":
                group += [(" ", line) for line in before[start:end]]
            else:
                group += [("-", line) for line in before[start:end]]
                group += [("+", line) for line in after[new_start:new_end]]
        found.append(group)
    return found


def sides(group: Group) -> tuple[list[str], list[str]]:
    """The lines before and after."""
    return [line for kind, line in group if kind != "+"], [line for kind, line in group if kind != "-"]


def prefixed(group: Group) -> str:
    return "".join(kind + line for kind, line in group)


def read(text: str) -> Sides | None:
    """Both sides of each hunk of the only file, None when the text is refused."""
    try:
        (patch,) = parse_patch(text)
    except PatchError:
        return None
    assert patch.target_file == "f.py"
    # A new file is refused later on, as this one exists.
    if patch.source_file is None:
        return None
    return [(hunk.source, hunk.target) for hunk in patch.hunks]


def numbered(found: list[Group]) -> str:
    """A unified diff; the starts are of no matter here."""
    hunks = []
    for group in found:
        source, target = sides(group)
        hunks.append(f"@@ -9,{len(source)} +9,{len(target)} @@\n{prefixed(group)}")
    return "--- a/f.py\n+++ b/f.py\n" + "".join(hunks)


def v4a(found: list[Group], *, wrapped: bool = True) -> str:
    hunks = "".join(f"@@ def f():\n{prefixed(group)}" for group in found)
    text = f"*** Update File: f.py\n{hunks}"
    return f"*** Begin Patch\n{text}*** End Patch\n" if wrapped else text


def blocks(found: list[Group]) -> str:
    both = [tuple("".join(side) for side in sides(group)) for group in found]
    text = "".join(f"<<<<<<< SEARCH\n{search}=======\n{replace}>>>>>>> REPLACE\n\n" for search, replace in both)
    return f"`f.py`\n```\n{text}```\n"


@quick
@given(files, seeds, st.integers(0, 3))
def test_a_unified_diff_with_true_counts_is_read_as_the_change_it_shows(lines: list[str], seed: int, n: int) -> None:
    found = groups(lines, seed, n)
    assume(found)
    assert read(numbered(found)) == [sides(group) for group in found]


@quick
@given(files, seeds, st.integers(0, 3), st.booleans())
def test_v4a_is_read_as_the_change_it_shows(lines: list[str], seed: int, n: int, wrapped: bool) -> None:
    found = groups(lines, seed, n)
    assume(found)
    assert read(v4a(found, wrapped=wrapped)) == [sides(group) for group in found]


@quick
@given(files, seeds, st.integers(1, 3))
def test_blocks_are_read_as_the_change_they_show(lines: list[str], seed: int, n: int) -> None:
    found = groups(lines, seed, n)
    assume(found and all(sides(group)[0] for group in found))
    assert read(blocks(found)) == [sides(group) for group in found]


@quick
@given(files, seeds)
def test_blocks_with_lines_that_could_divide_them_are_read_right_or_refused(lines: list[str], seed: int) -> None:
    chance = random.Random(seed)
    # Unlike lines: where all lines look the same, no reader could tell.
    ruled = [chance.choice(["=======\n", f"{number} {line}"]) for number, line in enumerate(lines)]
    found = groups(ruled, seed, 2)
    assume(found and all(sides(group)[0] for group in found))
    assert read(blocks(found)) in ([sides(group) for group in found], None)


@quick
@given(files, seeds, st.data())
def test_a_v4a_text_cut_anywhere_is_refused(lines: list[str], seed: int, data: st.DataObject) -> None:
    found = groups(lines, seed, 3)
    assume(found)
    text = v4a(found).removesuffix(" Patch\n")
    assert read(text[: data.draw(st.integers(0, len(text) - 1))]) is None


@quick
@given(files, seeds, st.data())
def test_blocks_cut_anywhere_lose_whole_blocks_at_most(lines: list[str], seed: int, data: st.DataObject) -> None:
    found = groups(lines, seed, 2)
    assume(found and all(sides(group)[0] for group in found))
    text = blocks(found)
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    whole = [sides(group) for group in found]
    assert read(cut) in ([None] + [whole[: at + 1] for at in range(len(whole))])


@quick
@given(files, seeds)
def test_unidiff_reads_our_canonical_diff_as_we_do(lines: list[str], seed: int) -> None:
    before = "".join(lines)
    after = "".join(line for group in groups(lines, seed, len(lines)) for line in sides(group)[1])
    assume(after not in (before, ""))
    text = git_diff([Change("f", before.encode(), after.encode(), 0o644)])
    theirs = [
        (found.source_start, found.target_start, [(line.line_type, line.value) for line in found])
        for file in PatchSet(text)
        for found in file
    ]
    (patch,) = parse_patch(text)
    ours = [
        (hunk.source_start, hunk.target_start, [(line.line_type, line.value) for line in hunk.lines])
        for hunk in patch.hunks
    ]
    assert ours == theirs


marks = st.sampled_from(
    [
        "*** Begin Patch",
        "*** End Patch",
        "*** Update File: f",
        "*** Add File: g",
        "*** Delete File: f",
        "*** Move to: h",
        "*** End of File",
        "<<<<<<< SEARCH",
        "<<<<<<< SEARCH f",
        "=======",
        ">>>>>>> REPLACE",
        "--- a/f\n+++ b/f",
        "@@",
        "@@ def f():",
        "@@ -1,2 +1,2 @@",
        "```diff",
        "```",
        "`f.py`:",
        "apply_patch <<'EOF'",
        "EOF",
        "",
    ]
)
junk = st.lists(
    st.one_of(
        marks, st.sampled_from([mark + word.strip("\n") for mark in " +-" for word in WORDS]), st.text(max_size=9)
    ),
    max_size=25,
)


@quick
@given(junk, st.sampled_from(["", "  ", "\t"]), st.sampled_from(["\n", "\r\n"]))
def test_junk_is_refused_or_holds_changes(lines: list[str], margin: str, line_end: str) -> None:
    text = "".join(margin + line + line_end for line in lines)
    try:
        patches = parse_patch(text)
    except PatchError:
        return
    assert patches
    for patch in patches:
        assert patch.source_file != patch.target_file or any(hunk.source != hunk.target for hunk in patch.hunks)


def test_the_same_change_in_three_formats_is_the_same_hunk() -> None:
    found = [[(" ", "a\n"), ("-", "b\n"), ("+", "c\n"), (" ", "d\n")]]
    texts = (numbered(found), v4a(found), blocks(found))
    ((unified,), (anchored,), (searched,)) = (parse_patch(text)[0].hunks for text in texts)
    assert unified.lines == anchored.lines == searched.lines


@pytest.mark.parametrize("line", ["<<<<<<< SEARCH", "=======", "@@ a", "--- a\n+++ a", "*** Add File: x", "see m.py"])
def test_a_long_text_of_marks_is_refused_without_long_thought(line: str) -> None:
    for start in ("f.py\n<<<<<<< SEARCH\n", "*** Update File: f.py\n", "@@\n"):
        with pytest.raises(PatchError):
            parse_patch(start + f"{line}\n" * 5000)
