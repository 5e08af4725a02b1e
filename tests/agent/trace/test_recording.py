"""A recording holds what was sent and what came; a replay gives it again, or says where the talk is another one."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from agent.core.errors import EndpointProblem, OverBudget, RegreenError, UsageProblem
from agent.core.message import Image, Message, Reply
from agent.core.usage import Usage
from agent.models.scripted import ScriptedModel
from agent.trace.recording import NAME, Exchange, Recorded, Recording, new_recording, read_recording, tool_rows
from agent.trace.replaying import HINT, Replaying
from tests.asking import TOOLS
from tools.spec import ToolCall, ToolSpec

LOOK = Reply(
    "look \udcff", (ToolCall("c1", "read_file", {"path": "a.py"}),), Usage(1, 10, 2, 3, 0.5), "m", "tool_calls"
)
BAD = Reply("", (ToolCall("c2", "x"),), Usage(1, cost_usd=None), "m", "tool_calls", {"c2": "not JSON"})
OPENING = [Message("system", "You mend code."), Message("user", "It fails:\n    assert 1 == 2\nin 0.03s")]
AGAIN = [*OPENING, Message("assistant", LOOK.text, LOOK.tool_calls), Message("tool", "1 a", call_id="c1")]
BUSY = EndpointProblem("the endpoint is busy", "later")


TALKS: list[tuple[Sequence[Message], Reply | RegreenError]] = [(OPENING, LOOK), (AGAIN, BAD), (OPENING[1:], BUSY)]


def record(folder: Path, talks: Sequence[tuple[Sequence[Message], Reply | RegreenError]] = TALKS) -> Recorded:
    """A recording of these conversations, each in a step of its own."""
    steps: Iterator[int] = iter(range(1, 99))
    with new_recording(folder, model="gpt-4.1", patch_format="unified") as recorder:
        model = Recording(ScriptedModel([came for _, came in talks]), recorder, lambda: next(steps))
        for messages, _ in talks:
            said(model, messages)
    return read_recording(folder)


def said(model: Recording | Replaying, messages: Sequence[Message], tools: Sequence[ToolSpec] = TOOLS) -> object:
    """The reply, or what the user is told of the error."""
    try:
        return model.complete(messages, tools)
    except RegreenError as error:
        return type(error), error.message, error.hint


def test_a_recording_comes_back_whole(tmp_path: Path) -> None:
    recorded = record(tmp_path / "tape")
    *answered, failed = recorded.exchanges
    tools = tuple(tool_rows(TOOLS))
    assert answered == [Exchange(1, tuple(OPENING), tools, LOOK), Exchange(2, tuple(AGAIN), tools, BAD)]
    assert (failed.messages, str(failed.came), type(failed.came)) == (tuple(OPENING[1:]), str(BUSY), EndpointProblem)
    assert (recorded.model, recorded.patch_format) == ("gpt-4.1", "unified")


@pytest.mark.parametrize("stronger", [None, "begin-patch"])
def test_a_recording_says_whether_a_stronger_model_was_there(tmp_path: Path, stronger: str | None) -> None:
    with new_recording(tmp_path, model="gpt-4.1-mini", patch_format="unified", stronger=stronger):
        pass
    assert read_recording(tmp_path) == Recorded(tmp_path, "gpt-4.1-mini", "unified", (), stronger)


def test_what_was_sent_before_is_not_written_again(tmp_path: Path) -> None:
    record(tmp_path)
    rows = [json.loads(line) for line in (tmp_path / NAME).read_text().splitlines()]
    assert [(row["same"], len(row["messages"]), row["tools"] is None) for row in rows[1:]] == [
        (0, 2, False),
        (2, 2, True),
        (0, 1, True),
    ]


def test_a_replay_gives_replies_and_errors_in_order_and_says_what_is_left(tmp_path: Path) -> None:
    model = Replaying(record(tmp_path))
    assert [said(model, messages) for messages, _ in TALKS[:2]] == [LOOK, BAD]
    assert model.unused == 1
    assert said(model, TALKS[2][0]) == (EndpointProblem, "the endpoint is busy", "later")
    assert said(model, OPENING) == (UsageProblem, "the recording ends after step 3, and the run goes on", HINT)


def test_an_error_that_ends_a_run_ends_its_replay(tmp_path: Path) -> None:
    model = Replaying(record(tmp_path, [(OPENING, OverBudget("no money", "raise --max-cost"))]))
    assert said(model, OPENING) == (OverBudget, "no money", "raise --max-cost")


SAME = {
    "a duration": ("ended in 0.12s", "ended in 11 s"),
    "an address": ("<object at 0x7f5d1c0a2b10>", "<object at 0x7f5d1c0a9990>"),
    "a temporary folder": ("/tmp/regreen-run-41-work-ab_1/view", "/tmp/regreen-run-99-work-zz9/view"),
    "pytest's folder": ("/tmp/pytest-of-root/pytest-3/x", "/tmp/pytest-of-root/pytest-12/x"),
    "a secret": ("log in with [secret:environment:1] now", "log in with sk-test-0123 now"),
    "how far the engine came": ("tried 12 of 60 small edits", "tried 60 of 60 small edits"),
}


@pytest.mark.parametrize("name", SAME)
def test_what_differs_from_run_to_run_is_no_difference(tmp_path: Path, name: str) -> None:
    was, now = SAME[name]
    model = Replaying(record(tmp_path, [([Message("user", was)], LOOK)]))
    assert said(model, [Message("user", now)]) == LOOK


OTHER = "a" * 200
DIFFERENCES: dict[str, tuple[Sequence[Message], str]] = {
    "a line": (
        [OPENING[0], replace(OPENING[1], text="It fails:\n    assert 1 == 3\nin 0.03s")],
        "message 2 (user): line 2 was '    assert 1 == 2', now it is '    assert 1 == 3'",
    ),
    "a long line": (
        [replace(OPENING[0], text=OTHER), OPENING[1]],
        f"message 1 (system): line 1 was 'You mend code.', now it is '{OTHER[:119]}…'",
    ),
    "a line more": (
        [replace(OPENING[0], text="You mend code.\nWell."), OPENING[1]],
        "message 1 (system): line 2 was '', now it is 'Well.'",
    ),
    "a message more": (AGAIN, "message 3 (assistant) is new: 'look \\udcff'"),
    "a message less": (OPENING[:1], "message 2 (user) is missing: 'It fails:'"),
    "another speaker": (
        [OPENING[0], replace(OPENING[1], role="assistant")],
        "message 2 (assistant): it was the user's",
    ),
    "another picture": (
        [OPENING[0], replace(OPENING[1], images=(Image("a.png", "image/png", "AAAA"),))],
        "message 2 (user): it shows other images",
    ),
    "another call": ([OPENING[0], replace(OPENING[1], call_id="c9")], "message 2 (user): it belongs to other calls"),
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_another_talk_is_refused_with_its_step_and_the_first_difference(tmp_path: Path, name: str) -> None:
    messages, difference = DIFFERENCES[name]
    where = "the replay differs from the recording at step 1 (exchange 1 of 3)"
    assert said(Replaying(record(tmp_path)), messages) == (UsageProblem, f"{where}: {difference}", HINT)


@pytest.mark.parametrize("tools", [TOOLS[:1], [replace(TOOLS[0], description="?"), TOOLS[1]]])
def test_tools_that_are_described_otherwise_are_a_difference(tmp_path: Path, tools: Sequence[ToolSpec]) -> None:
    told = said(Replaying(record(tmp_path)), OPENING, tools)
    name = "apply_patch" if len(tools) == 1 else "read_file"
    assert f"exchange 1 of 3): the tool {name} is described otherwise" in str(told)


def test_a_folder_that_cannot_take_a_recording_is_a_usage_problem(tmp_path: Path) -> None:
    record(tmp_path / "tape")
    (tmp_path / "file").write_text("")
    for folder, message in ((tmp_path / "tape", "holds a recording already"), (tmp_path / "file", "is no folder")):
        with pytest.raises(UsageProblem, match=message), new_recording(folder):
            pass


BROKEN = {
    "nothing": "",
    "no head": '{"v": 1, "seq": 1, "time": 1, "event": "exchange"}',
    "another head": '{"v": 1, "seq": 1, "time": 1, "event": "recording_started", "model": "m"}',
    "half an exchange": '{"v": 1, "seq": 2, "time": 1, "event": "exchange", "step": 1, "same": 0, "messages": []}',
    "messages that are missing": '{"v": 1, "seq": 2, "time": 1, "event": "exchange", "step": 1, "same": 7}',
}
HEAD = '{"v": 1, "seq": 1, "time": 1, "event": "recording_started", "model": "m", "patch_format": "unified"}\n'


@pytest.mark.parametrize("name", BROKEN)
def test_a_recording_that_cannot_be_read_is_a_usage_problem(tmp_path: Path, name: str) -> None:
    head = HEAD if '"seq": 2' in BROKEN[name] else ""
    (tmp_path / NAME).write_text(head + BROKEN[name])
    with pytest.raises(UsageProblem, match="cannot be read"):
        read_recording(tmp_path)


def test_a_folder_without_a_recording_is_a_usage_problem(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match=r"^no recording in .*: No such file or directory$"):
        read_recording(tmp_path / "nowhere")
