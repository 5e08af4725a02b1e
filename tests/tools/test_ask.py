"""The tool that asks a person: his answer is told as his own, and where there is none, who decides."""

from pathlib import Path
from typing import cast

from agent.cli.compose import TOOLS, tools_of
from tools.ask import ask_user
from tools.context import ToolContext
from tools.registry import Registry
from tools.spec import Observation, ToolCall
from tools.testing.results import TestRun
from tools.workspace.checkout import Workspace


def asked(answer: str | None, question: str = " gross or net? ") -> Observation:
    """What a question gives; nobody is there for None."""
    heard = (lambda text: answer if text == question.strip() else "another question") if answer is not None else None
    ctx = ToolContext(cast(Workspace, Path()), lambda tests: TestRun(), ask=heard)
    return Registry([ask_user]).call(ToolCall("1", "ask_user", {"question": question}), ctx)


def test_an_answer_is_the_users_own_and_no_answer_leaves_it_to_the_model() -> None:
    assert asked("gross").text == "The user answers: gross"
    assert asked("").text.startswith("The user gave no answer: decide by yourself")
    assert [asked(None).code, asked("x", " ").code] == ["nobody-there", "no-question"]


def test_it_is_offered_only_where_a_person_is_there() -> None:
    assert tools_of(asks=False) == TOOLS
    assert [spec.name for spec in Registry(tools_of(asks=True)).specs][-1] == "ask_user"
