"""Rendering a prompt is strict; tests/architecture/test_prompts.py renders the real files."""

import pytest

import prompts

GREETING = "Hello {who}, you are {age}. {who}!"


def test_every_field_is_replaced_wherever_it_stands() -> None:
    assert prompts.fill(GREETING, {"who": "Ada", "age": 36}, title="greeting") == "Hello Ada, you are 36. Ada!"


def test_other_braces_are_plain_text() -> None:
    text = '{"a": {}} {A} {0} { b }'
    assert prompts.fill(text, {}, title="braces") == text


def test_a_value_is_never_taken_for_a_field() -> None:
    assert prompts.fill(GREETING, {"who": "{age}", "age": 1}, title="greeting") == "Hello {age}, you are 1. {age}!"


def test_a_paragraph_whose_fields_are_all_empty_is_left_out() -> None:
    template = "# Heading\n{text}\n\n{who} is {age}.\n\nno field"
    values: dict[str, str | int] = {"text": "", "who": "", "age": 0}
    assert prompts.fill(template, values, title="page") == " is 0.\n\nno field"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"who": "Ada"}, "greeting: no value for age"),
        ({}, "greeting: no value for age, who"),
        ({"who": "Ada", "age": "1", "size": "2"}, "greeting: no field called size"),
    ],
)
def test_a_missing_or_unused_field_is_refused(values: dict[str, str], message: str) -> None:
    with pytest.raises(prompts.PromptError) as refused:
        prompts.fill(GREETING, values, title="greeting")
    assert str(refused.value) == message


@pytest.mark.parametrize("name", ["gone", "../README", ""])
def test_only_a_prompt_of_ours_is_read(name: str) -> None:
    for ask in (prompts.render, prompts.fields):
        with pytest.raises(prompts.PromptError, match="no prompt called"):
            ask(name)
