"""A long conversation loses old answers, all in one step, and nothing that matters."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from agent.core.errors import ContextTooLong
from agent.core.message import Message, Reply
from agent.core.protocols import Remaining, RunView
from agent.core.step import Step
from agent.core.task import Task
from agent.core.usage import Usage
from agent.models.card import ModelCard
from agent.models.scripted import ScriptedModel
from agent.propose.compaction import COMPACT_AT_TOKENS, KEPT_ANSWERS, room_tokens, shortened
from agent.propose.model import ModelProposer, Talk
from tools.registry import Registry
from tools.search import search
from tools.spec import Observation, ToolCall
from tools.testing.results import TestRun

LONG = "a line of the answer\n" * 100
OPENING = [Message("system", "rules " * 100), Message("user", "task " * 100)]


def exchange(number: int, name: str = "search", text: str = LONG, **arguments: object) -> list[Message]:
    """A call of a model and its answer."""
    call = ToolCall(f"c{number}", name, arguments)
    return [Message("assistant", "I look.", (call,)), Message("tool", text, call_id=call.call_id)]


def talk_of(*exchanges: list[Message]) -> list[Message]:
    return [*OPENING, *(message for pair in exchanges for message in pair)]


def test_old_answers_become_a_line_each_and_everything_else_stays() -> None:
    many = [exchange(n, pattern=f"p{n}") for n in range(KEPT_ANSWERS + 2)]
    before = talk_of(*many)
    short = shortened(before, "diff of now\n")
    assert short is not None
    changed = [at for at, pair in enumerate(zip(before, short.messages, strict=True)) if pair[0] != pair[1]]
    assert (changed, short.answers) == ([3, 5], 2)
    assert short.messages[3].text == ('[101 lines of search(pattern="p0") left out: call it again if you need them.]')
    assert short.messages[5].text.endswith("The changes in the workspace by now:\ndiff of now")


def test_the_answer_to_the_last_patch_stays_and_that_to_an_earlier_one_goes() -> None:
    patches = [exchange(n, "apply_patch", f"applied {n}\n{LONG}", patch="p" * 999) for n in (1, 2)]
    short = shortened(talk_of(*patches, *[exchange(n) for n in range(3, 4 + KEPT_ANSWERS)]), "")
    assert short is not None
    assert short.messages[3].text.startswith("[102 lines of apply_patch() left out")
    assert short.messages[5].text.startswith("applied 2")


def test_answers_that_the_model_has_not_seen_stay_unless_they_do_not_fit() -> None:
    calls = tuple(ToolCall(f"new{n}", "search", {"pattern": str(n)}) for n in range(KEPT_ANSWERS + 2))
    new = [Message("assistant", "I look.", calls), *(Message("tool", LONG, call_id=call.call_id) for call in calls)]
    talk = [*talk_of(*[exchange(n) for n in range(6)]), *new]
    short, least = shortened(talk, ""), shortened(talk, "", 1)
    assert short is not None
    assert least is not None
    assert list(short.messages[-len(new) :]) == new
    assert [message.text == LONG for message in least.messages if message.role == "tool"].count(True) == 1


@pytest.mark.parametrize(
    "exchanges",
    [
        [exchange(n) for n in range(KEPT_ANSWERS)],
        [exchange(n, text="short") for n in range(20)],
        [exchange(1), *[exchange(n, text=LONG * 20) for n in range(2, 2 + KEPT_ANSWERS)]],
    ],
    ids=["only new ones", "short ones", "little to save"],
)
def test_where_little_would_be_saved_the_cache_is_worth_more(exchanges: list[list[Message]]) -> None:
    assert shortened(talk_of(*exchanges), "") is None


def test_a_model_that_holds_little_is_shortened_earlier() -> None:
    assert room_tokens(ModelCard("m", context_tokens=16_000, max_output_tokens=4_000)) == 9_000
    assert room_tokens(ModelCard("gpt-4.1", context_tokens=1_000_000)) == COMPACT_AT_TOKENS


def reply(number: int) -> Reply:
    return Reply("", (ToolCall(f"c{number}", "search", {"pattern": str(number)}),), Usage(1), "m", "tool_calls")


def conversation(
    script: Sequence[Reply | ContextTooLong], room: int, folder: Path
) -> tuple[ScriptedModel, list[tuple[str, object]]]:
    """A talk that goes on as long as the script, each call answered at length; and what was recorded of it."""
    model = ScriptedModel(script)
    recorded: list[tuple[str, object]] = []
    talk = Talk(model, Registry([search]).specs, lambda text: None, room_tokens=room,
                record=lambda name, **fields: recorded.append((name, fields.get("answers"))))  # fmt: skip
    proposer = ModelProposer(talk)
    steps: tuple[Step, ...] = ()
    for _ in [item for item in script if isinstance(item, Reply)]:
        task = Task("x", "x", "", problem_statement="broken " * 200)
        step = proposer.propose(RunView(task, TestRun(), (), steps, Remaining(99, 9.0), folder, patch="diff"))
        call = step.tool_calls[0]
        steps = (*steps, Step(step.index, "", step.tool_calls, (Observation(call.call_id, LONG),)))
    return model, recorded


def test_a_conversation_only_grows_until_it_is_long_and_is_then_shortened_in_one_step(tmp_path: Path) -> None:
    model, recorded = conversation([reply(n) for n in range(9)], 5000, tmp_path)
    grows = [heard[: len(before)] == before for before, heard in zip(model.heard, model.heard[1:], strict=False)]
    assert grows.count(False) == 1
    assert recorded == [("compacted", grows.index(False) + 1 - KEPT_ANSWERS)]


def test_what_does_not_fit_is_shortened_and_sent_once_more_never_as_it_was(tmp_path: Path) -> None:
    script: list[Reply | ContextTooLong] = [*map(reply, range(4)), ContextTooLong("too long"), reply(4)]
    model, recorded = conversation(script, 10**6, tmp_path)
    refused, again = model.heard[4:6]
    assert (recorded, len(refused) == len(again), refused != again) == ([("compacted", 3)], True, True)


def test_what_does_not_fit_twice_ends_the_talk(tmp_path: Path) -> None:
    twice = [ContextTooLong("too long")] * 2
    with pytest.raises(ContextTooLong):
        conversation([*[reply(n) for n in range(4)], *twice, reply(4)], 10**6, tmp_path)


def test_an_opening_that_does_not_fit_is_sent_without_code_where_it_has_any(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("def broken():\n    return 1\n")
    with pytest.raises(ContextTooLong):
        conversation([ContextTooLong("too long"), reply(1)], 10**6, tmp_path / "nowhere")
    task = Task("x", "x", "", problem_statement="`broken` is broken")
    model = ScriptedModel([ContextTooLong("too long"), reply(1)])
    talk = Talk(model, Registry([search]).specs, lambda text: None)
    ModelProposer(talk).propose(RunView(task, TestRun(), (), (), Remaining(9, 9.0), tmp_path))
    first, second = (heard[-1].text for heard in model.heard)
    assert ("def broken" in first, "def broken" in second, "`broken` is broken" in second) == (True, False, True)
