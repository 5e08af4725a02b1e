"""Errors of tools: what they say, and that they survive the way between processes."""

import pickle

from tools.errors import PatchError, ToolError


def test_an_error_reads_as_its_message_and_the_next_move() -> None:
    assert (
        str(ToolError("no-file", "there is no file x", "look with list_dir"))
        == "there is no file x\nlook with list_dir"
    )
    assert str(ToolError("no-file", "there is no file x")) == "there is no file x"


def test_errors_survive_pickling() -> None:
    tool_error = pickle.loads(pickle.dumps(ToolError("a", "b", "c")))
    assert (tool_error.code, tool_error.message, tool_error.hint) == ("a", "b", "c")
    error = pickle.loads(pickle.dumps(PatchError("a", "b", "c", path="d", line=5)))
    assert (error.code, error.message, error.hint, error.path, error.line) == ("a", "b", "c", "d", 5)
    assert str(error) == "b\nc"
