"""What a person says to a model while a run goes on: kept, and said again at the same place when the run goes on.

A place is the number of the request before which it was said, counted over all conversations of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from agent.core.protocols import Person
from agent.trace.journal import Event
from tools.ask import DECIDE
from tools.errors import ToolError

SAID = "user_said"
ANSWERED = "user_answered"


@dataclass(frozen=True, slots=True)
class Spoken:
    """What was said, each with its place; and the answer to the run's question, None where none was asked."""

    said: tuple[tuple[int, str], ...] = ()
    answer: str | None = None


NOTHING = Spoken()


def spoken_of(events: Iterable[Event]) -> Spoken:
    """What a journal or a recording holds of it; KeyError, TypeError or ValueError where an event is none."""
    said: list[tuple[int, str]] = []
    answer: str | None = None
    for event in events:
        if event.event == SAID:
            said.append((int(event.fields["request"]), str(event.fields["text"])))
        if event.event == ANSWERED and answer is None:
            answer = str(event.fields["answer"])
    return Spoken(tuple(said), answer)


@dataclass(slots=True)
class Hearing:
    """Hands a person's words to the model, and the model's question to the person; `record` takes both for the journal.

    What was `kept` of the run is said again, and answered again, in its place. New words wait as long as the run is
    `replaying` what it had paid for: said among that, they would make it another conversation.
    """

    person: Person | None = None
    record: Callable[..., object] = lambda name, **fields: None
    kept: Spoken = NOTHING
    asks: bool = False
    """Whether the model may ask."""
    replaying: Callable[[], bool] = lambda: False
    so_far: list[str] = field(default_factory=list)
    requests: int = 0
    asked: bool = False

    def words(self) -> Sequence[str]:
        """What is to be said before the next request, which this call counts."""
        self.requests += 1
        again = [text for request, text in self.kept.said if request == self.requests]
        new = [] if self.person is None or self.replaying() else self._heard(self.person, self.requests)
        self.so_far += [*again, *new]
        return [*again, *new]

    def close(self) -> None:
        """Keep what was said too late for this session: it is the first that another one tells."""
        if self.person is not None:
            self._heard(self.person, self.requests + 1)

    def _heard(self, person: Person, request: int) -> list[str]:
        new = list(person.words())
        for text in new:
            self.record(SAID, request=request, text=text)
        return new

    def ask(self, question: str) -> str:
        """The answer to the run's one question, "" for none; ToolError when it was asked before."""
        if self.asked:
            raise ToolError("asked-before", "the one question of this run was asked before", DECIDE)
        self.asked = True
        if self.kept.answer is not None:
            return self.kept.answer
        answer = self.person.answer(question) if self.person is not None else ""
        self.record(ANSWERED, question=question, answer=answer)
        return answer
