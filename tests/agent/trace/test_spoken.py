"""What a person says is told at its place, kept, and told again there; the one question is asked once."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from agent.trace.journal import Journal, read_journal
from agent.trace.spoken import Hearing, Spoken, spoken_of
from tools.ask import DECIDE
from tools.errors import ToolError


class Ada:
    """Somebody who says what is put into her mouth."""

    def __init__(self, *answers: str) -> None:
        self.says: list[str] = []
        self.asked: list[str] = []
        self._answers = list(answers)

    def words(self) -> Sequence[str]:
        said, self.says = self.says, []
        return said

    def answer(self, question: str) -> str:
        self.asked.append(question)
        return self._answers.pop(0)


def test_words_are_told_before_the_next_request_and_again_when_the_run_goes_on(tmp_path: Path) -> None:
    journal, ada = Journal(tmp_path / "journal.jsonl"), Ada("gross")
    first = Hearing(ada, journal.append, asks=True)
    assert first.words() == []
    ada.says = ["look at units.py"]
    assert (first.words(), first.words()) == (["look at units.py"], [])
    assert first.ask("gross or net?") == "gross"
    ada.says = ["too late for this session"]
    first.close()
    kept = spoken_of(read_journal(journal.path))
    assert kept == Spoken(((2, "look at units.py"), (4, "too late for this session")), "gross")
    later = Hearing(None, journal.append, kept, asks=True)
    told = [list(later.words()) for _ in range(4)]
    assert told == [[], ["look at units.py"], [], ["too late for this session"]]
    assert (later.ask("gross or net?"), later.so_far) == ("gross", [text for _, text in kept.said])
    assert spoken_of(read_journal(journal.path)) == kept


def test_new_words_wait_while_paid_replies_are_given_again() -> None:
    paid, ada = ["reply"], Ada()
    hearing = Hearing(ada, kept=Spoken(((1, "kept"),)), replaying=lambda: bool(paid))
    ada.says = ["new"]
    assert hearing.words() == ["kept"]
    paid.clear()
    assert hearing.words() == ["new"]


def test_a_second_question_is_refused_and_an_answer_that_was_none_stays_none() -> None:
    ada = Ada("", "never given")
    hearing = Hearing(ada, asks=True)
    assert hearing.ask("gross or net?") == ""
    with pytest.raises(ToolError, match="asked before") as caught:
        hearing.ask("really?")
    assert (caught.value.code, caught.value.hint, ada.asked) == ("asked-before", DECIDE, ["gross or net?"])
    again = Hearing(ada, kept=Spoken(answer=""), asks=True)
    assert (again.ask("gross or net?"), ada.asked) == ("", ["gross or net?"])
