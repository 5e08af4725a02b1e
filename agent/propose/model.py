"""A model as a proposer: one append-only conversation, so that the provider's cache keeps its beginning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace

from agent.context.turn_one import first_message
from agent.context.whole import whole_repository
from agent.core.errors import ContextTooLong
from agent.core.message import Image, Message, Reply
from agent.core.protocols import Model, Progress, RunView
from agent.core.step import Step
from agent.core.usage import Usage
from agent.models.card import estimate_tokens
from agent.models.estimate import Estimator
from agent.models.worth import Worth
from agent.propose.compaction import COMPACT_AT_TOKENS, KEPT_WHEN_REFUSED, Shortened, shortened
from agent.propose.habits import Habits, told
from agent.trace.spoken import Hearing
from prompts import render
from tools.spec import Observation, ToolSpec

MAX_REMINDERS = 2
OPENING = 2  # messages
MAX_WORDS = 400  # characters of a last reply that are told on


@dataclass(frozen=True, slots=True)
class Beside:
    """What is shown with the task: images, and the whole repository where `worth`, given its tokens, says it pays."""

    images: tuple[Image, ...] = ()
    worth: Callable[[int], Worth] | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """What a model is sent first, and a sentence on its price where there is one to say."""

    messages: tuple[Message, ...]
    about: str = ""


@dataclass(frozen=True, slots=True)
class Talk:
    """What a conversation needs: the model, the tools it may call, the format it is taught to write patches in.

    `record` takes events for the journal; `beside` is shown with the task. From `room_tokens` on old answers are left
    out. `hearing` has what a person says meanwhile.
    """

    model: Model
    tools: Sequence[ToolSpec]
    progress: Progress
    patch_format: str = "unified"
    record: Callable[..., object] = lambda name, **fields: None
    beside: Beside = Beside()
    room_tokens: int = COMPACT_AT_TOKENS
    hearing: Hearing = field(default_factory=Hearing)


class ModelProposer:
    """Shows the model the task, then what its calls gave; a reply without a call is unfinished and is told so."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._tools = taught(talk.tools, talk.patch_format)
        self._messages: list[Message] = []
        self._answered = 0
        self._reminders = MAX_REMINDERS
        self._habits = Habits()
        self._estimator = Estimator()

    def propose(self, view: RunView) -> Step:
        """The model's next calls; a step without calls when it stops or goes in circles, in spite of what it was told.

        Raises OverBudget.
        """
        self._catch_up(view)
        index = len(view.steps) + 1
        if self._habits.ending:
            return Step(index, f"the model was stopped: {self._habits.ending}")
        spent = Usage()
        for _ in range(self._reminders + 1):
            self._talk.progress(f"step {index}: asking the model")
            self._messages.extend(said(self._talk.hearing.words()))
            reply = self._reply(view)
            spent = spent + reply.usage
            self._messages.append(Message("assistant", reply.text, reply.tool_calls))
            if reply.tool_calls and not reply.malformed:
                return Step(index, reply.text, reply.tool_calls, usage=spent)
            self._messages.extend(_reminders(reply))
        return Step(index, f"the model stopped without a tool call: {reply.text[:MAX_WORDS]}", usage=spent)

    def _reply(self, view: RunView) -> Reply:
        """The model's reply; of a conversation that is long, or does not fit, a shorter one is sent."""
        if self._estimator.tokens(self._messages, self._tools) > self._talk.room_tokens:
            self._shorten(shortened(self._messages, view.patch))
        try:
            reply = self._talk.model.complete(self._messages, self._tools)
        except ContextTooLong:
            if not self._shorten(self._fitting(view)):
                raise
            reply = self._talk.model.complete(self._messages, self._tools)
        self._estimator.learn(self._messages, self._tools, reply.usage.input_tokens)
        return reply

    def _fitting(self, view: RunView) -> Shortened | None:
        """The conversation as short as it can be: nearly all answers left out, or an opening with the bare task."""
        if any(message.role == "tool" for message in self._messages):
            return shortened(self._messages, view.patch, KEPT_WHEN_REFUSED)
        bare = opening(view, self._talk.beside, bare=True).messages
        is_shorter = len(bare[-1].text) < len(self._messages[OPENING - 1].text)
        return Shortened((*bare, *self._messages[OPENING:]), 0) if is_shorter else None

    def _shorten(self, short: Shortened | None) -> bool:
        """Go on with a shorter conversation, where there is one; it is noted."""
        if short is None:
            return False
        before, self._messages = self._messages, list(short.messages)
        self._habits.forget()
        tokens = [self._estimator.tokens(messages, self._tools) for messages in (before, self._messages)]
        self._talk.record("compacted", answers=short.answers, before=tokens[0], after=tokens[1])
        return True

    def _catch_up(self, view: RunView) -> None:
        """The opening, and the observations of our own last step; steps of an earlier rung are in `hints_text`."""
        if not self._messages:
            opened = opening(view, self._talk.beside)
            self._messages = [*opened.messages, *said(self._talk.hearing.so_far)]
            if opened.about:
                self._talk.record("note", text=opened.about)
            self._habits = Habits(opened.messages[-1].text, view.patch)
            self._answered = len(view.steps)
            if view.verdict is not None:  # asked which reading is meant, it may answer that the patch in place is right
                self._reminders = 0
        for step in view.steps[self._answered :]:
            self._messages.extend(_answers(step.observations, self._noticed(step, view.patch)))
        self._answered = len(view.steps)

    def _noticed(self, step: Step, patch: str) -> str:
        """What the model is told of calls that brought nothing; all of them are recorded."""
        found = self._habits.watch(step, patch)
        for waste in found:
            self._talk.record("wasted", **asdict(waste))
        return told(found)


def opening(view: RunView, beside: Beside = Beside(), *, bare: bool = False) -> Opening:
    """The system message and the task, with all that is shown beside it; a `bare` one holds no code."""
    documents, about = ("", "") if bare else _documents(view, beside)
    told = first_message(view, [image.name for image in beside.images], documents, bare=bare)
    return Opening((Message("system", render("system")), Message("user", told, images=beside.images)), about)


def _documents(view: RunView, beside: Beside) -> tuple[str, str]:
    """The whole repository, "" where it does not pay, and a sentence on that."""
    if beside.worth is None:
        return "", ""
    whole = whole_repository(view.tree, view.denied)
    if not whole.complete:
        return "", "the whole repository is too large to be shown; what the task names is shown instead"
    worth = beside.worth(estimate_tokens(whole.text))
    return (whole.text, worth.about) if worth.pays else ("", f"{worth.about}; what the task names is shown instead")


def said(words: Sequence[str]) -> list[Message]:
    """What a person said, as the messages that tell a model so."""
    return [Message("user", render("user_says", text=text)) for text in words]


def taught(tools: Sequence[ToolSpec], patch_format: str) -> list[ToolSpec]:
    """The tools as a model is told of them, with the format in which it shall write patches."""
    return [_taught(spec, patch_format) for spec in tools]


def _taught(spec: ToolSpec, patch_format: str) -> ToolSpec:
    """The tool as it is, or with what teaches another format of patches in its description."""
    if spec.name != "apply_patch" or patch_format == "unified":
        return spec
    other = {"begin-patch": render("patches_begin_patch"), "search-replace": render("patches_search_replace")}
    first_line, _, _ = spec.description.partition("\n")
    return replace(spec, description=f"{first_line}\n\n{other[patch_format]}")


def _answers(observations: Sequence[Observation], note: str) -> list[Message]:
    answers = [Message("tool", observation.text, call_id=observation.call_id) for observation in observations]
    if note and answers:
        answers[-1] = replace(answers[-1], text=f"{answers[-1].text}\n\n{note}")
    return answers


def _reminders(reply: Reply) -> list[Message]:
    """What a reply that cannot be carried out is answered: nothing of it was run."""
    if not reply.tool_calls:
        return [Message("user", render("unfinished"))]
    not_run = "not run: another call of this reply could not be read; send them again"
    return [
        Message("tool", reply.malformed.get(call.call_id, not_run), call_id=call.call_id) for call in reply.tool_calls
    ]
