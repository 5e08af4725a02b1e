"""A `raise` is changed to another error, never to what cannot be raised."""

import pytest

from agent.repair.source import Module
from agent.repair.templates import candidates

CODE = """\
class Reader:
    pass


class Broken(ValueError):
    pass


class Lost(Broken):
    pass


def make(text):
    return Lost(text)


def f(text, error):
    try:
        g(text)
    except Odd:
        raise KeyError(text)
    raise error
"""
RAISED = [(21, "Broken"), (21, "Lost"), (21, "make"), (21, "ValueError"), (22, "text")]
NOT_RAISED = [(21, "Reader"), (21, "str"), (22, "Reader")]


def becomes(line: int) -> set[str]:
    """What the line raises under each candidate, as far as a name goes."""
    module, old = Module.parse("m.py", CODE), CODE.split("\n")
    edits = [candidate.edit for candidate in candidates(module, [line])]
    texts = [CODE[: edit.start] + edit.text + CODE[edit.end :] for edit in edits]
    changed = [text.split("\n")[line - 1] for text in texts if len(text.split("\n")) == len(old)]
    return {text.strip().removeprefix("raise ").partition("(")[0] for text in changed}


@pytest.mark.parametrize(("line", "name"), RAISED)
def test_errors_variables_and_makers_of_errors_are_raised(line: int, name: str) -> None:
    assert name in becomes(line)


@pytest.mark.parametrize(("line", "name"), NOT_RAISED)
def test_other_classes_and_values_are_not(line: int, name: str) -> None:
    assert name not in becomes(line)


def test_a_text_is_not_raised() -> None:
    assert not any(text.startswith(('"', "'")) for text in becomes(21))
