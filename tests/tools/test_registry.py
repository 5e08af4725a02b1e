"""The registry: calls by name, and every failure a proposer can mend as an observation."""

from pathlib import Path

import pytest

from tests.support import new_repository, new_sites
from tools.context import ToolContext
from tools.errors import PatchError, ToolError
from tools.registry import Registry
from tools.spec import Observation, Result, ToolCall
from tools.testing.results import TestRun


def echo(ctx: ToolContext, word: str) -> str:
    """Say it again."""
    return word


def measure(ctx: ToolContext, word: str) -> Result:
    """Say how long it is."""
    return Result(f"{len(word)} letters", len(word))


def refuse(ctx: ToolContext, kind: str = "tool") -> str:
    """Refuse."""
    if kind == "bug":
        raise ZeroDivisionError
    if kind == "patch":
        raise PatchError("no-match", "m.py: no such lines", "read the file", path="m.py", line=3)
    raise ToolError("no", "not today", "come back tomorrow")


REGISTRY = Registry([echo, measure, refuse])


@pytest.fixture
def ctx(tmp_path: Path) -> ToolContext:
    repository = new_repository(tmp_path / "repo", {"m.py": ""})
    assert repository.head
    site = new_sites(repository, tmp_path / "sites").open(repository.head)
    return ToolContext(site.workspace, lambda tests: TestRun())


def test_tools_are_shown_in_their_order() -> None:
    assert [spec.name for spec in REGISTRY.specs] == ["echo", "measure", "refuse"]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (ToolCall("1", "echo", {"word": "hello"}), Observation("1", "hello")),
        (ToolCall("2", "measure", {"word": "hello"}), Observation("2", "5 letters", data=5)),
        (ToolCall("3", "refuse"), Observation("3", "not today\ncome back tomorrow", ok=False, code="no")),
        (
            ToolCall("4", "refuse", {"kind": "patch"}),
            Observation("4", "m.py: no such lines\nread the file", ok=False, code="no-match"),
        ),
        (
            ToolCall("5", "ecko", {"word": "x"}),
            Observation("5", "there is no tool 'ecko'\ntools: echo, measure, refuse", ok=False, code="unknown-tool"),
        ),
        (
            ToolCall("6", "echo", {}),
            Observation("6", "echo needs 'word'\nit takes: word", ok=False, code="missing-argument"),
        ),
        (
            ToolCall("7", "echo", {"word": "x", "ctx": None}),
            Observation("7", "echo has no argument 'ctx'\nit takes: word", ok=False, code="unknown-argument"),
        ),
    ],
    ids=lambda value: value.call_id,
)
def test_a_call_is_answered(ctx: ToolContext, call: ToolCall, expected: Observation) -> None:
    assert REGISTRY.call(call, ctx) == expected


def test_a_bug_of_ours_is_not_an_observation(ctx: ToolContext) -> None:
    with pytest.raises(ZeroDivisionError):
        REGISTRY.call(ToolCall("1", "refuse", {"kind": "bug"}), ctx)


def test_secrets_are_taken_out_of_every_observation(ctx: ToolContext) -> None:
    registry = Registry([echo, refuse], lambda text: text.replace("today", "***").replace("hunter2", "***"))
    texts = [registry.call(ToolCall("1", *call), ctx).text for call in (("echo", {"word": "hunter2!"}), ("refuse", {}))]
    assert texts == ["***!", "not ***\ncome back tomorrow"]
