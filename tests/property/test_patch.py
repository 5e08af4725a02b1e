"""What must hold for any patch: right or refused, never half, and what is rendered is read again."""

import random
import string
import tempfile
from difflib import unified_diff
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from tools.errors import PatchError
from tools.patch import Change, FilePatch, Hunk, Line, decide, git_diff, parse_patch, render

quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)

# Few different lines in long files: the ground on which a hunk looks at home in many places.
WORDS = [
    "    return None\n",
    "\n",
    "    x = 1\n",
    "def f():\n",
    "-- a\n",
    "++ b\n",
    "@@ -1 +1 @@\n",
    "end  \n",
    "é\r\n",
]
repetitive = st.lists(st.sampled_from(WORDS), min_size=1, max_size=120)
seeds = st.integers(0, 2**32)


def edited(lines: list[str], seed: int) -> list[str]:
    """The lines after a few random insertions, deletions and replacements."""
    chance = random.Random(seed)
    result = list(lines)
    for _ in range(chance.randint(1, 6)):
        at = chance.randint(0, len(result))
        result[at : at + chance.randint(0, 3)] = chance.choices(WORDS, k=chance.randint(0, 3))
    return result


def decided(patch: str, text: str) -> str:
    """What a folder's one file `f` would hold after the patch; nothing is written, as that takes a disk's time."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "f").write_bytes(text.encode())
        (change,) = decide(parse_patch(patch), Path(folder))
    return (change.after or b"").decode()


def decided_or_none(patch: str, text: str) -> str | None:
    """As `decided`, None when the patch is refused."""
    try:
        return decided(patch, text)
    except PatchError:
        return None


def diff(before: str, after: str) -> str:
    """The canonical diff between two texts."""
    return git_diff([Change("f", before.encode(), after.encode(), 0o644)])


@quick
@given(repetitive, seeds, st.booleans())
def test_a_diff_of_two_texts_turns_the_one_into_the_other(lines: list[str], seed: int, last_line_ends: bool) -> None:
    before, after = "".join(lines), "".join(edited(lines, seed))
    after = after if last_line_ends else after.removesuffix("\n")
    assume(before != after)
    assert decided(diff(before, after), before) == after


@quick
@given(repetitive, seeds, st.integers(1, 40))
def test_a_diff_against_an_older_file_is_right_or_refused(lines: list[str], seed: int, shift: int) -> None:
    """Lines came in above since the diff was made: the patch lands as many lines lower, or not at all."""
    before, after = "".join(lines), "".join(edited(lines, seed))
    assume(before != after)
    above = "".join(f"# note {number}\n" for number in range(shift))
    assert decided_or_none(diff(before, after), above + before) in (above + after, None)


@quick
@given(repetitive, seeds, st.integers(0, 3))
def test_a_patch_without_numbers_is_right_or_refused(lines: list[str], seed: int, context: int) -> None:
    after = edited(lines, seed)
    assume(lines != after)
    numbered = "".join(unified_diff(lines, after, "a/f", "b/f", n=context))
    bare = "".join("@@\n" if line.startswith("@@ -") else line for line in numbered.splitlines(keepends=True))
    assert decided_or_none(bare, "".join(lines)) in ("".join(after), None)


@quick
@given(repetitive, seeds)
@example(["    return None\n"], 2256)  # adds a blank line at the end
def test_applying_twice_is_refused_where_the_patch_no_longer_fits(lines: list[str], seed: int) -> None:
    unlike = [f"{number} {line}" for number, line in enumerate(lines)]
    before, after = "".join(unlike), "".join(edited(unlike, seed))
    assume(before != after)
    with pytest.raises(PatchError) as refusal:
        decided(diff(before, after), after)
    assert refusal.value.code == "already_applied"


junk_line = st.one_of(
    st.sampled_from(
        ["--- a/f\n", "+++ b/f\n", "@@ -1,2 +1,2 @@\n", "@@\n", "```diff\n", "```\n", "diff --git a/f b/f\n"]
    ),
    st.sampled_from(
        ["new file mode 100644\n", "rename from f\n", "rename to ../g\n", "--- /dev/null\n", "\\ No newline\n"]
    ),
    st.sampled_from([prefix + word for prefix in " +-" for word in WORDS]),
    st.text(max_size=12),
)


@quick
@given(st.lists(junk_line, max_size=25))
def test_junk_is_refused_or_says_what_it_changes(pieces: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "f"
        file.write_bytes("".join(WORDS).encode())
        try:
            changes = decide(parse_patch("".join(pieces)), Path(folder))
        except PatchError:
            return
        assert all(change.before != change.after or change.source_mode is not None for change in changes)
        assert [path.name for path in file.parent.iterdir()] == ["f"]


names = st.text(string.ascii_letters + string.digits + ' ."é', min_size=1, max_size=12).filter(
    lambda name: name.strip(" .") == name and "//" not in name and ".orig" not in name
)
values = st.text(st.characters(codec="utf-8", exclude_characters="\n\r\0"), max_size=20)


@st.composite
def hunks(draw: st.DrawFn) -> Hunk:
    """A hunk as git would write it: removed lines before added ones, context around."""
    kinds = [" "] * draw(st.integers(1, 3)) + ["-"] * draw(st.integers(0, 3)) + ["+"] * draw(st.integers(0, 3))
    kinds += [" "] * draw(st.integers(1, 3))
    lines = [Line(kind, draw(values) + "\n") for kind in kinds]  # type: ignore[arg-type]  # one of the three
    lines.insert(1, Line("+", "a line of its own\n"))
    source, target = (sum(line.line_type in kept for line in lines) for kept in (" -", " +"))
    numbered = draw(st.booleans())
    starts = (draw(st.integers(1, 999)), draw(st.integers(1, 999))) if numbered else (None, None)
    return Hunk(
        starts[0], source, starts[1], target, draw(st.sampled_from(["", "def f():", "class A(B):"])), tuple(lines)
    )


@quick
@given(st.lists(st.tuples(names, st.lists(hunks(), min_size=1, max_size=3)), min_size=1, max_size=3))
def test_a_rendered_patch_is_read_as_the_same_patch(files: list[tuple[str, list[Hunk]]]) -> None:
    patches = tuple(FilePatch(name, name, tuple(parts)) for name, parts in files)
    assert parse_patch(render(patches)) == patches
