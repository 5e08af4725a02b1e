"""Replies of a model in the journal: given again in order while the talk is the same, then the model is asked."""

from pathlib import Path

from agent.core.message import Message, Reply
from agent.core.usage import Usage
from agent.models.scripted import ScriptedModel
from agent.trace.journal import Journal, read_journal
from agent.trace.replies import REPLIED, KeptReply, Remembering, replies_of
from tools.spec import ToolCall, ToolSpec

REPLIES = (
    Reply("first \udcff", (ToolCall("c1", "read_file", {"path": "a.py"}),), Usage(1, 10, 2, 3, 0.5), "m", "tool_calls"),
    Reply("", (ToolCall("c2", "x"),), Usage(1, cost_usd=None), "m", "tool_calls", {"c2": "not JSON"}),
    Reply("the end", (), Usage(2, 20, 0, 1, 0.25), "m", "stop"),
)
NO_TOOLS: tuple[ToolSpec, ...] = ()


def talk(length: int) -> list[Message]:
    return [Message("user", "words")] * length


def kept(path: Path) -> list[KeptReply]:
    journal = Journal(path)
    model = Remembering(ScriptedModel(REPLIES), journal.append, lambda usage: None)
    for length in (2, 4, 6):
        model.complete(talk(length), NO_TOOLS)
    journal.close()
    return replies_of(read_journal(path))


def test_replies_come_back_as_they_were(tmp_path: Path) -> None:
    found = kept(tmp_path / "j")
    assert found == [KeptReply(length, reply) for length, reply in zip((2, 4, 6), REPLIES, strict=True)]


def test_they_are_given_again_and_settled_before_the_model_is_asked(tmp_path: Path) -> None:
    settled: list[Usage] = []
    journal = Journal(tmp_path / "k")
    model = Remembering(ScriptedModel(REPLIES[2:]), journal.append, settled.append, kept(tmp_path / "j")[:2])
    assert [model.complete(talk(length), NO_TOOLS) for length in (2, 4, 6)] == list(REPLIES)
    assert settled == [REPLIES[0].usage, REPLIES[1].usage]
    assert [event.fields["text"] for event in read_journal(tmp_path / "k")] == ["the end"]


def test_a_talk_that_went_another_way_pays_for_them_and_asks(tmp_path: Path) -> None:
    settled: list[Usage] = []
    journal = Journal(tmp_path / "k")
    model = Remembering(ScriptedModel(REPLIES[2:]), journal.append, settled.append, kept(tmp_path / "j"))
    assert model.complete(talk(3), NO_TOOLS) == REPLIES[2]
    assert settled == [reply.usage for reply in REPLIES]


def test_a_reply_that_cannot_be_read_ends_the_list(tmp_path: Path) -> None:
    found = kept(tmp_path / "j")
    journal = Journal(tmp_path / "j", goes_on=True)
    journal.append(REPLIED, messages="many", text=[])
    journal.close()
    assert replies_of(read_journal(tmp_path / "j")) == found
