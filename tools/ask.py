"""The tool that asks the person who watches the run; offered only where somebody does."""

from __future__ import annotations

from typing import Annotated

from tools.context import ToolContext
from tools.errors import ToolError

DECIDE = "decide by yourself, by what the code, its tests and its documents say"


def ask_user(
    ctx: ToolContext, question: Annotated[str, "The question, in a sentence or two, with the readings to choose from."]
) -> str:
    """Ask the user one question; a run has only one, so ask what decides between patches and stands nowhere.

    First read what the task, the code and its tests say. Unlike other results, the answer is the user's own word.
    """
    if not question.strip():
        raise ToolError("no-question", "the question is empty", "ask it in a sentence, or go on without")
    if ctx.ask is None:
        raise ToolError("nobody-there", "nobody is there to be asked", DECIDE)
    answer = ctx.ask(question.strip())
    return f"The user answers: {answer}" if answer else f"The user gave no answer: {DECIDE}."
