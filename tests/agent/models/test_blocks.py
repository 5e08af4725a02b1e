"""Tool calls as fenced blocks: what models write is read, and what is written reads the same again."""

from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.models.blocks import Block, arguments_of, described, split, written
from tests.asking import TOOLS
from tools.schema import tool_spec
from tools.spec import ToolCall


def try_patches(ctx: object, patches: Annotated[list[str], "Diffs."]) -> str:
    """Try several."""
    raise NotImplementedError


def write_file(ctx: object, path: str, text: str, force: bool = False, share: float = 1.0) -> str:
    """Write a text."""
    raise NotImplementedError


def show_diff(ctx: object) -> str:
    """Show it."""
    raise NotImplementedError


ALL = (*TOOLS, tool_spec(try_patches), tool_spec(write_file), tool_spec(show_diff))
DIFF = "--- a/x\n+++ b/x\n@@\n-a\n+b\n"
# What a model writes: its words, and its calls as (name, arguments).
READ: dict[str, tuple[str, str, list[tuple[str, dict[str, Any]]]]] = {
    "words alone": ("I see.", "I see.", []),
    "named values": (
        "Look:\n```read_file\npath: a.py\nstart: 3\n```",
        "Look:",
        [("read_file", {"path": "a.py", "start": 3})],
    ),
    "a value without its name is the first": ("```read_file\na.py\n```", "", [("read_file", {"path": "a.py"})]),
    "a raw patch": (f"```apply_patch\n{DIFF}```\n", "", [("apply_patch", {"patch": DIFF})]),
    "a patch of a file with fences": (
        "````apply_patch\n@@\n-```\n```python\n```\n````",
        "",
        [("apply_patch", {"patch": "@@\n-```\n```python\n```\n"})],
    ),
    "context lines are no fence": (
        "```apply_patch\n@@\n ```\n+x\n```",
        "",
        [("apply_patch", {"patch": "@@\n ```\n+x\n"})],
    ),
    "tildes and spaces": ("~~~  read_file \npath:  a.py  \n~~~ ", "", [("read_file", {"path": "a.py"})]),
    "an end that was left out": ("```read_file\npath: a.py", "", [("read_file", {"path": "a.py"})]),
    "nothing": ("```show_diff\n```", "", [("show_diff", {})]),
    "several": (
        "A\n```show_diff\n```\nB\n```read_file\na.py\n```\nC",
        "A\nB\nC",
        [("show_diff", {}), ("read_file", {"path": "a.py"})],
    ),
    "a list": (f"```try_patches\n{DIFF}%%\n{DIFF}```", "", [("try_patches", {"patches": [DIFF, DIFF]})]),
    "a list of one": (f"```try_patches\n{DIFF}```", "", [("try_patches", {"patches": [DIFF]})]),
    "a text of several lines beside others": (
        "```write_file\npath: a.py\nforce: yes\nshare: 0.5\ntext:\nx = 1\n\nkey: y\n```",
        "",
        [("write_file", {"path": "a.py", "force": True, "share": 0.5, "text": "x = 1\n\nkey: y\n"})],
    ),
    "a value that fits nothing stays text": (
        "```read_file\npath: a.py\nstart: top\n```",
        "",
        [("read_file", {"path": "a.py", "start": "top"})],
    ),
    "JSON all the same": (
        '```read_file\n{"path": "a.py", "start": 3}\n```',
        "",
        [("read_file", {"path": "a.py", "start": 3})],
    ),
    "code is words": (
        "So:\n```python\nread_file(1)\n```\nand\n```\nx\n```",
        "So:\n```python\nread_file(1)\n```\nand\n```\nx\n```",
        [],
    ),
    "a call inside of an example is words": (
        "````markdown\n```read_file\n```\n````",
        "```markdown\n```read_file\n```\n```",
        [],
    ),
    "a tool that is none": ("```write_files\na\n```", "", [("write_files", {"argument": "a"})]),
}


@pytest.mark.parametrize("name", READ)
def test_what_a_model_writes_is_read(name: str) -> None:
    text, words, calls = READ[name]
    said, blocks = split(text, ALL)
    assert (said, [(block.name, arguments_of(block, ALL)) for block in blocks]) == (words, calls)


def test_a_block_that_was_not_closed_says_so() -> None:
    assert split("```read_file\npath: a.py", ALL)[1] == (Block("read_file", ("path: a.py",), closed=False),)


# What cannot stand in one line keeps its last line end; nothing else is lost.
WORDS = st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp", "Cs"])
LINES = st.text(WORDS, min_size=1).map(str.strip).filter(bool)
TEXTS = st.lists(LINES, min_size=2).map(lambda lines: "\n".join(lines) + "\n")
NUMBERS = st.integers(0, 10**6)
CALLS = st.one_of(
    st.builds(lambda text: ToolCall("1", "apply_patch", {"patch": text}), TEXTS | LINES),
    st.builds(lambda path, start: ToolCall("1", "read_file", {"path": path, "start": start}), LINES, NUMBERS),
    st.just(ToolCall("1", "show_diff", {})),
)


@given(CALLS)
def test_a_call_that_is_written_reads_the_same_again(call: ToolCall) -> None:
    first = next(iter(call.arguments.values()), "")
    if str(first).startswith(("{", "path:", "start:")):  # taken for JSON, or for a name
        return
    _, blocks = split(f"Words.\n{written(call, ALL)}\nMore.", ALL)
    assert [(block.name, arguments_of(block, ALL)) for block in blocks] == [(call.name, call.arguments)]


def test_a_tool_is_described_in_words() -> None:
    assert described(ALL[0]) == (
        "## read_file\nShow lines of a file.\nArguments:\n- path: Path from the root.\n"
        "- start (integer): First line. Optional."
    )
    assert described(ALL[-1]) == "## show_diff\nShow it.\nNo argument."
