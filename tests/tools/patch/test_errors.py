"""Errors of tools: what they say, and that they survive the way between processes."""

import pickle
from pathlib import Path

import pytest

from tests.support import write_files
from tools.errors import PatchError, ToolError
from tools.patch import apply_patch


def test_an_error_reads_as_its_message_and_the_next_move() -> None:
    assert str(ToolError("no-file", "there is no file x", "look at the tree")) == "there is no file x\nlook at the tree"
    assert str(ToolError("no-file", "there is no file x")) == "there is no file x"


def test_errors_survive_pickling() -> None:
    tool_error = pickle.loads(pickle.dumps(ToolError("a", "b", "c")))
    assert (tool_error.code, tool_error.message, tool_error.hint) == ("a", "b", "c")
    error = pickle.loads(pickle.dumps(PatchError("a", "b", "c", path="d", line=5)))
    assert (error.code, error.message, error.hint, error.path, error.line) == ("a", "b", "c", "d", 5)
    assert str(error) == "b\nc"


def test_bytes_that_are_no_text_are_shown_as_bytes() -> None:
    assert str(PatchError("a", "caf\udce9", "not é")) == "caf\\xe9\nnot é"


@pytest.mark.parametrize("marks", ["sub/deep/x", ".git/HEAD", "sub/deep/.git/HEAD"])
def test_a_path_from_the_repository_s_root_is_explained_in_a_subfolder(marks: str, tmp_path: Path) -> None:
    write_files(tmp_path, {"shop/cart.py": "x = 1\n", "sub/deep/notes.md": "", marks: ""})
    with pytest.raises(PatchError) as refusal:
        apply_patch("--- a/shop/cart.py\n+++ b/shop/cart.py\n@@\n-x = 1\n+x = 2\n", tmp_path / "sub" / "deep")
    below_a_root = marks == ".git/HEAD"
    assert (
        "; shop/cart.py lies at the repository's root, so apply the patch in ../.." in refusal.value.hint
    ) == below_a_root
    assert refusal.value.code == "missing-file"
